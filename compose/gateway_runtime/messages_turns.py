"""The messages of a conversation go in; out they come with nobody but user and assistant, in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def told_in_turn(messages: Iterable[Any]) -> list[Any]:
    """One message for each turn, as Anthropic's API reads them.

    Chat templates that want the roles to take turns (Gemma, Mistral) refuse two of one role in a row.
    A `system` message among the others, in which Claude Code tells what is new, becomes text of the
    user's: LiteLLM 1.106.2 makes a second message of it. It gets the words in which Claude Code tells
    older models of the same, the same in each turn, so that an upstream's prefix cache holds.
    """
    told: list[Any] = []
    for message in messages:
        if not isinstance(message, Mapping):
            told.append(message)
            continue
        turn = message
        if message.get("role") == "system":
            turn = {"role": "user", "content": [_reminder(message.get("content"))]}
        is_same = bool(told) and told[-1].get("role") == turn.get("role")
        told = _joined(told, turn) if is_same else [*told, turn]
    return told


def _joined(told: list[Any], message: Mapping[str, Any]) -> list[Any]:
    """The last message with another's blocks behind its own; results of tools stay in front."""
    blocks = [*_blocks(told[-1].get("content")), *_blocks(message.get("content"))]
    blocks.sort(key=lambda each: each.get("type") != "tool_result")
    return [*told[:-1], {**told[-1], "content": blocks}]


def _blocks(content: Any) -> list[Any]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [each for each in content or () if isinstance(each, Mapping)]


def _reminder(content: Any) -> dict[str, Any]:
    text = "\n\n".join(str(each.get("text") or "") for each in _blocks(content))
    return {"type": "text", "text": f"<system-reminder>\n{text}\n</system-reminder>"}
