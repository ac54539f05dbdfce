"""The body of a chat completion goes in, what a strict server would refuse in it comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema

_FIELDS = {
    *("model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop"),
    *("stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "response_format"),
    *("reasoning_effort", "prompt_cache_key", "seed", "user"),
}
_OF_A_MESSAGE = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    # Not OpenAI's; servers of models that think have it.
    "assistant": {"role", "content", "tool_calls", "reasoning_content"},
    "tool": {"role", "content", "tool_call_id"},
}
_PARTS = {"text", "image_url", "file"}


def complaints(body: Mapping[str, Any]) -> list[str]:
    """In words; empty where it would be served."""
    return [*_fields(body), *_messages(body["messages"]), *_tools(body.get("tools") or [])]


def _fields(body: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(set(body) - _FIELDS):
        yield f"no such field: {name}"


def _messages(messages: list[Mapping[str, Any]]) -> Iterator[str]:
    open_calls: set[str] = set()
    before = None
    for at, message in enumerate(messages):
        role = message["role"]
        if role not in _OF_A_MESSAGE:
            yield f"message {at}: no such role: {role}"
            continue
        for name in sorted(set(message) - _OF_A_MESSAGE[role]):
            if (name, message[name]) != ("content", None):
                yield f"message {at}: no such field: {name}"
        if role == "system" and at:
            yield f"message {at}: a system message that is not the first"
        if role == before and role in ("user", "assistant"):
            yield f"message {at}: a second message of the {role} in a row"
        if open_calls and role != "tool":
            yield f"message {at}: a call without a result before it"
        if role == "tool":
            if message["tool_call_id"] not in open_calls:
                yield f"message {at}: a result of no call"
            open_calls.discard(message["tool_call_id"])
        open_calls |= {each["id"] for each in message.get("tool_calls") or []}
        yield from _parts(at, role, message.get("content"))
        before = role


def _parts(at: int, role: str, content: Any) -> Iterator[str]:
    for part in content if isinstance(content, list) else []:
        allowed = _PARTS if role == "user" else {"text"}
        if part.get("type") not in allowed:
            yield f"message {at}: a part of type {part.get('type')} of the {role}"


def _tools(tools: list[Mapping[str, Any]]) -> Iterator[str]:
    for tool in tools:
        if tool.get("type") != "function" or set(tool) != {"type", "function"}:
            yield f"a tool that is no function: {tool.get('type')}"
            continue
        function = tool["function"]
        for name in sorted(set(function) - {"name", "description", "parameters", "strict"}):
            yield f"tool {function['name']}: no such field: {name}"
        if "defer_loading" in function.get("parameters", {}):
            yield f"tool {function['name']}: a schema that is none"
        try:
            jsonschema.Draft202012Validator.check_schema(function.get("parameters", {}))
        except jsonschema.SchemaError as error:
            yield f"tool {function['name']}: {error.message}"
