"""Token counts for `/v1/messages/count_tokens`: asked of OpenAI itself, else estimated here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .reachability import origin_of


def estimate_where_nobody_counts() -> None:
    """Keep LiteLLM from posting every prompt to `<api_base>/responses/input_tokens` first.

    Only OpenAI has that path. Elsewhere it costs a 404 and an error in the log for each count, or
    `request_timeout` seconds where the upstream is off; the estimate follows either way.
    """
    from litellm.llms.openai.responses.count_tokens.token_counter import (  # noqa: PLC0415
        OpenAITokenCounter,
    )

    ask_upstream = OpenAITokenCounter.count_tokens

    async def count_tokens(self: Any, *args: Any, **kwargs: Any) -> Any:
        # None makes LiteLLM go on to its own estimate.
        return await ask_upstream(self, *args, **kwargs) if _is_openai(kwargs) else None

    OpenAITokenCounter.count_tokens = count_tokens


def _is_openai(kwargs: Mapping[str, Any]) -> bool:
    deployment = kwargs.get("deployment")
    params = deployment.get("litellm_params") if isinstance(deployment, Mapping) else None
    origin = origin_of(params.get("api_base")) if isinstance(params, Mapping) else None
    return origin is not None and origin.host == "api.openai.com"
