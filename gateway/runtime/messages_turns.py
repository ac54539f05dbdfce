"""The messages of a conversation go in; out they come with nobody but user and assistant, in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any


def told_in_turn(messages: Iterable[Any]) -> list[Any]:
    """One message for each turn, as Anthropic's API reads them.

    Chat templates that want the roles to take turns (Gemma, Mistral) refuse two of one role in a row.
    A `system` message among the others, in which Claude Code tells what is new, becomes text of the
    user's: LiteLLM 1.106.2 makes a second message of it. It gets the words in which Claude Code tells
    older models of the same, the same in each turn, so that an upstream's prefix cache holds.
    """
    told: list[Any] = []
    for role, group in groupby(map(_turn, messages), _role):
        turns = list(group)
        told += turns if role is None else [_joined(turns)]
    return told


def _turn(message: Any) -> Any:
    if not isinstance(message, Mapping) or message.get("role") != "system":
        return message
    return {"role": "user", "content": [_reminder(message.get("content"))]}


def _role(message: Any) -> object:
    """None for what is no message: it stays as it is."""
    return str(message.get("role")) if isinstance(message, Mapping) else None


def _joined(turns: list[Any]) -> Any:
    """The first message with the others' blocks behind its own; results of tools stay in front."""
    if len(turns) == 1:
        return turns[0]
    blocks = [block for turn in turns for block in _blocks(turn.get("content"))]
    blocks.sort(key=lambda each: each.get("type") != "tool_result")
    return {**turns[0], "content": blocks}


def _blocks(content: Any) -> list[Any]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [each for each in content or () if isinstance(each, Mapping)]


def _reminder(content: Any) -> dict[str, Any]:
    text = "\n\n".join(str(each.get("text") or "") for each in _blocks(content))
    return {"type": "text", "text": f"<system-reminder>\n{text}\n</system-reminder>"}
