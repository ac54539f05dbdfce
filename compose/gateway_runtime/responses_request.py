"""A Responses request for an upstream that has only chat completions goes in; such a one as its chat
template and its strictness allow comes out, or a refusal where it leans on what nobody kept.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from itertools import groupby
from typing import Any

import litellm

from .messages_turns import told_in_turn
from .web_search import leave_search_to_those_who_do_it

log = logging.getLogger("gateway")

_INSTRUCTIONS = ("system", "developer")

# Set while LiteLLM translates a Responses request: its call of chat completions comes inside.
_is_translating: ContextVar[bool] = ContextVar("gateway_translates_responses", default=False)


def refuse_what_nobody_kept(kwargs: Mapping[str, object], call_type: object) -> None:
    """Raises `litellm.BadRequestError` for a `previous_response_id` that nothing can look up.

    LiteLLM 1.106.2 answers without the conversation, as if it had just begun.
    """
    response = kwargs.get("previous_response_id")
    if response and _is_for_chat(kwargs, call_type):
        raise litellm.BadRequestError(
            message=f"previous response {response} not found: this upstream keeps none, "
            "send the whole conversation as `input`",
            llm_provider="openai",
            model=str(kwargs.get("model")),
        )


def mend_responses_request(kwargs: MutableMapping[str, Any], call_type: object) -> None:
    """The arguments of any call to a deployment; only those of Responses requests change."""
    kind = getattr(call_type, "value", call_type)
    try:
        if kind == "aresponses":
            _is_translating.set(_is_for_chat(kwargs, call_type))
        elif kind == "acompletion" and _is_translating.get():
            _as_chat_templates_want_it(kwargs)
    except Exception as error:  # it goes on as LiteLLM would send it
        log.warning("gateway: a request is not mended: %s", type(error).__name__)


def _is_for_chat(kwargs: Mapping[str, object], call_type: object) -> bool:
    is_responses = getattr(call_type, "value", call_type) == "aresponses"
    return is_responses and kwargs.get("use_chat_completions_api") is True


def _as_chat_templates_want_it(kwargs: MutableMapping[str, Any]) -> None:
    """Codex sends its instructions, and what is new, in several messages of one role."""
    messages = list(kwargs.get("messages") or ())
    others = (at for at, each in enumerate(messages) if _role(each) not in _INSTRUCTIONS)
    first = next(others, len(messages))
    kwargs["messages"] = [*_one_system(messages[:first]), *_turns(messages[first:])]
    leave_search_to_those_who_do_it(kwargs)


def _one_system(messages: list[Any]) -> list[Any]:
    if len(messages) < 2:
        return messages
    text = "\n\n".join(_text(each.get("content")) for each in messages)
    return [{"role": "system", "content": text}]


def _turns(messages: list[Any]) -> list[Any]:
    """Users' messages in a row as one; the others have calls and ids in them, and stay."""
    told: list[Any] = []
    for role, group in groupby(messages, _role):
        same = list(group)
        told += told_in_turn(same) if role == "user" else same
    return told


def _role(message: Any) -> object:
    return message.get("role") if isinstance(message, Mapping) else None


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(each.get("text") or "") for each in content or ())
