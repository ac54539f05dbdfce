"""A chat completion's arguments go in; a search that the model does not do is not in them any more."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any


def leave_search_to_those_who_do_it(kwargs: MutableMapping[str, Any]) -> None:
    """Takes `web_search_options` out, in place, unless the model is known to search.

    LiteLLM makes it of the search tools of Anthropic's and OpenAI's clients; Codex offers one with
    each request. Strict servers refuse the field. Known is what the fragment's `capabilities` or
    LiteLLM's own table of models says.
    """
    if "web_search_options" in kwargs and not _searches(kwargs):
        kwargs.pop("web_search_options")


def _searches(kwargs: Mapping[str, Any]) -> bool:
    from litellm import supports_web_search  # noqa: PLC0415 - as slow as LiteLLM

    info = kwargs.get("model_info")
    stated = info.get("supports_web_search") if isinstance(info, Mapping) else None
    if isinstance(stated, bool):
        return stated
    model = str(kwargs.get("model"))
    return bool(supports_web_search(model, kwargs.get("custom_llm_provider")))
