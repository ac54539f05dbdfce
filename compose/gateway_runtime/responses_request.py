"""A Responses request for an upstream without that API goes in; one that leans on what the upstream
never kept is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

import litellm


def refuse_what_nobody_kept(kwargs: Mapping[str, object], call_type: object) -> None:
    """Raises `litellm.BadRequestError` for a `previous_response_id` that nothing can look up.

    LiteLLM 1.106.2 answers without the conversation, as if it had just begun.
    """
    is_responses = getattr(call_type, "value", call_type) == "aresponses"
    if is_responses and kwargs.get("use_chat_completions_api") is True:
        response = kwargs.get("previous_response_id")
        if response:
            raise litellm.BadRequestError(
                message=f"previous response {response} not found: this upstream keeps none, "
                "send the whole conversation as `input`",
                llm_provider="openai",
                model=str(kwargs.get("model")),
            )
