"""The tools of a Messages request go in, those that an upstream can offer as functions come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Tool = Mapping[str, Any]

_OF_A_FUNCTION = ("type", "name", "description", "input_schema", "cache_control", "strict")
# Understood by LiteLLM: a search becomes `web_search_options`, MCP servers may be its own.
_LITELLMS = ("web_search_", "mcp", "function")
_PATH = {"type": "string", "description": "Absolute path of a file or directory."}
_TEXT = {"type": "string"}
_LINE = {"type": "integer"}
_VIEW = {"type": "array", "items": _LINE, "description": "First and last line to view."}
_EDIT = {"path": _PATH, "file_text": _TEXT, "old_str": _TEXT, "new_str": _TEXT, "view_range": _VIEW}
_INSERT = {"insert_line": _LINE, "insert_text": _TEXT}


def _commands(names: Sequence[str], **properties: object) -> Mapping[str, Any]:
    command = {"type": "string", "enum": list(names)}
    return {
        "type": "object",
        "properties": {"command": command, **properties},
        "required": ["command"],
    }


# Tools that the client runs and whose parameters Claude was taught: other models have to be told.
_TAUGHT: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "bash_": (
        "Run a command in a persistent bash session; `restart` begins a new one.",
        {"type": "object", "properties": {"command": _TEXT, "restart": {"type": "boolean"}}},
    ),
    "text_editor_": (
        "View, create and edit text files.",
        _commands(("view", "create", "str_replace", "insert"), **_EDIT, **_INSERT),
    ),
    "memory_": (
        "Read and write the files of the memory directory, `/memories`.",
        _commands(
            ("view", "create", "str_replace", "insert", "delete", "rename"),
            **_EDIT, **_INSERT, old_path=_TEXT, new_path=_TEXT,
        ),
    ),
}  # fmt: skip


def tools_for_functions(tools: Iterable[Any], messages: Any) -> list[Any]:
    """Without the tools that only Anthropic's servers run, and those that are to be found first.

    A tool with `defer_loading` is shown once a `tool_reference` in the messages names it.
    """
    given = list(tools)
    is_deferring = any(isinstance(each, Mapping) and each.get("defer_loading") for each in given)
    found = tuple(_referenced(messages)) if is_deferring else ()
    return [
        function
        for each in given
        if isinstance(each, Mapping)
        and (each.get("defer_loading") is not True or each.get("name") in found)
        for function in _function(each)
    ]


def _function(tool: Tool) -> list[Tool]:
    kind = tool.get("type")
    if kind in (None, "custom") or "input_schema" in tool:
        return [{name: tool[name] for name in _OF_A_FUNCTION if name in tool}]
    if str(kind).startswith(_LITELLMS):
        return [tool]
    for prefix, (description, schema) in _TAUGHT.items():
        if str(kind).startswith(prefix):
            name = tool.get("name")
            return [{"name": name, "description": description, "input_schema": schema}]
    return []


def _referenced(content: Any) -> Iterator[str]:
    """The names in the `tool_reference` blocks of messages, and of tool results in them."""
    for each in content if isinstance(content, list) else ():
        if not isinstance(each, Mapping):
            continue
        if each.get("type") == "tool_reference":
            yield str(each.get("tool_name"))
        else:
            yield from _referenced(each.get("content"))
