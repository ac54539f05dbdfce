"""Chat messages go in, a reply as one body or as streamed chunks comes out."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .texts import pieces_of, text_of

Json = dict[str, Any]

_TOOL = re.compile(r"tool:\s*([\w.-]+)\s*")
_THINK = re.compile(r"think:\s*(.*)", re.DOTALL)
_FRAGMENT = 6


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the assistant asks for; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the assistant says: text, calls of tools, or both."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()
    usage: Json | None = None
    """As OpenAI writes it; None counts the text."""

    @property
    def all_text(self) -> str:
        return self.reasoning + self.text + "".join(call.arguments for call in self.calls)

    @property
    def finish_reason(self) -> str:
        return "tool_calls" if self.calls else "stop"


Script = Callable[[Json], Reply | None]
"""A chat request's body in, the reply to it out; None is what the stand-in says of itself."""


def reply_to(name: str, messages: list[Json], tools: Any) -> Reply:
    """Reply as the upstream called `name`.

    A last user message with `tool: NAME {…}` is answered with a call of that tool, if it is offered;
    a user's `think: …` adds reasoning.
    """
    text = next(
        (text_of(each.get("content")) for each in reversed(messages) if each.get("role") == "user"),
        "",
    )
    thought = _THINK.search(text)
    reasoning = f"thinking about {thought[1]}" if thought else ""
    call = _TOOL.search(text)
    if call and messages[-1].get("role") == "user" and call[1] in _names(tools):
        arguments = _arguments(text[call.end() :])
        return Reply(reasoning=reasoning, calls=(ToolCall(f"call_{call[1]}", call[1], arguments),))
    return Reply(f"{name} says: {text}", reasoning)


def chat_body(request: Json, reply: Reply, usage: Json) -> Json:
    """The reply as a `chat.completion`."""
    message: Json = {"role": "assistant", "content": reply.text or None}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.calls:
        message["tool_calls"] = [_tool_call(call, call.arguments) for call in reply.calls]
    choice = {"index": 0, "message": message, "logprobs": None}
    choice["finish_reason"] = reply.finish_reason
    return {**_head(request, "chat.completion"), "choices": [choice], "usage": usage}


def chat_chunks(request: Json, reply: Reply, usage: Json) -> Iterator[Json]:
    """The reply as `chat.completion.chunk`s: role, pieces, finish and, where asked for, usage."""
    head = _head(request, "chat.completion.chunk")
    with_usage = bool((request.get("stream_options") or {}).get("include_usage"))
    if with_usage:
        head["usage"] = None
    for delta in _deltas(reply):
        yield {**head, "choices": [_chunk_choice(delta, None)]}
    yield {**head, "choices": [_chunk_choice({}, reply.finish_reason)]}
    if with_usage:
        yield {**head, "choices": [], "usage": usage}


def _deltas(reply: Reply) -> Iterator[Json]:
    yield {"role": "assistant", "content": None if reply.calls else ""}
    for piece in pieces_of(reply.reasoning):
        yield {"reasoning_content": piece}
    for piece in pieces_of(reply.text):
        yield {"content": piece}
    for index, call in enumerate(reply.calls):
        yield {"tool_calls": [{"index": index, **_tool_call(call, "")}]}
        for start in range(0, len(call.arguments), _FRAGMENT):
            fragment = call.arguments[start : start + _FRAGMENT]
            yield {"tool_calls": [{"index": index, "function": {"arguments": fragment}}]}


def _tool_call(call: ToolCall, arguments: str) -> Json:
    function = {"name": call.name, "arguments": arguments}
    return {"id": call.id, "type": "function", "function": function}


def _chunk_choice(delta: Json, finish_reason: str | None) -> Json:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _head(request: Json, kind: str) -> Json:
    return {
        "id": "chatcmpl-stand-in",
        "object": kind,
        "created": int(time.time()),
        "model": request["model"],
    }


def _names(tools: Any) -> set[str]:
    functions = [each.get("function") for each in tools or [] if isinstance(each, dict)]
    return {each["name"] for each in functions if isinstance(each, dict) and "name" in each}


def _arguments(text: str) -> str:
    """The JSON object that the text starts with, else an empty one."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return "{}"
    return json.dumps(value) if isinstance(value, dict) else "{}"
