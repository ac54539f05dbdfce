"""What the model says in each turn goes in, a script for a stand-in that many clients ask at once comes out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.stand_in import Reply, Script, ToolCall

Body = Mapping[str, Any]
Turn = Reply | Callable[[Body], Reply]
Scenes = Mapping[str, Sequence[Turn]]
"""Words of a prompt, and what is said to it turn by turn. The prompt is found in any user's message."""


def played(scenes: Scenes) -> Script:
    """A script that holds no state: which turn it is, the conversation says."""

    def reply(body: Body) -> Reply:
        messages = body["messages"]
        for at in range(len(messages) - 1, -1, -1):
            if messages[at]["role"] != "user":
                continue
            text = text_in(messages[at])
            turns = next((turns for words, turns in scenes.items() if words in text), None)
            if turns is not None:
                spoken = sum(each["role"] == "assistant" for each in messages[at:])
                turn = turns[min(spoken, len(turns) - 1)]
                return turn if isinstance(turn, Reply) else turn(body)
        return Reply("nobody wrote a scene for this")

    return reply


def calls(*tools: tuple[str, Mapping[str, Any]], text: str = "", reasoning: str = "") -> Reply:
    """A turn that calls tools, all at once."""
    return Reply(
        text,
        reasoning,
        tuple(
            ToolCall(f"call_{at}_{name}", name, json.dumps(arguments))
            for at, (name, arguments) in enumerate(tools)
        ),
    )


def says_results(before: str) -> Turn:
    """A turn that repeats what the tools came to."""
    return lambda body: Reply(before + " | ".join(results_in(body)))


def results_in(body: Body) -> list[str]:
    """What the tools answered, in order."""
    return [text_in(each) for each in body["messages"] if each["role"] == "tool"]


def system_in(body: Body) -> str:
    """The instructions that the conversation starts with."""
    return "\n".join(text_in(each) for each in body["messages"] if each["role"] == "system")


def prompts_in(body: Body) -> str:
    """Everything in the user's messages."""
    return "\n".join(text_in(each) for each in body["messages"] if each["role"] == "user")


def text_in(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content)
