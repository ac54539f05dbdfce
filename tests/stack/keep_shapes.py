"""Requests of a real client go in, the same in shape and without a word of theirs come out.

`python tests/stack/keep_shapes.py RECORDED… FOLDER`: each RECORDED is a JSON file with `method`, `path`,
`headers` and `body`, as `recorder.py` sees them; the name of the file becomes the shape's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_HEADERS = (
    "anthropic-version",
    "anthropic-beta",
    "user-agent",
    "x-app",
    "accept",
    "x-stainless-lang",
)
_PROSE = (
    *("text", "description", "title", "prompt", "user_id", "query", "url", "command", "file_path"),
    *("output", "instructions", "prompt_cache_key"),
)
_DROPPED = ("$schema", "examples", "default")
_MOST_TOOLS = 3
WORDS = "Some words."


def shape_of(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """A request as it may be kept and sent again."""
    headers = {
        name.lower(): value
        for name, value in recorded["headers"].items()
        if name.lower() in _HEADERS
    }
    shape = {"method": recorded["method"], "path": recorded["path"], "headers": headers}
    body = recorded.get("body")
    if not isinstance(body, Mapping):
        return shape
    kept = {name: _without_words(name, value) for name, value in body.items()}
    for about_a_machine in ("safeguards", "client_metadata"):
        if about_a_machine in kept:
            kept[about_a_machine] = {"about": WORDS}
    if "tools" in kept:
        kept["tools"] = _few(kept["tools"])
    return {**shape, "body": {**kept, "model": "m"}}


def _without_words(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            each: _without_words(each, inner)
            for each, inner in value.items()
            if each not in _DROPPED
        }
    if isinstance(value, list):
        return [_without_words(name, each) for each in value]
    is_prose = name in _PROSE or (name in ("content", "system") and isinstance(value, str))
    return WORDS if isinstance(value, str) and (is_prose or len(value) > 120) else value


def _few(tools: list[Any]) -> list[Any]:
    """Some plain ones, and each that is special."""
    known = (None, "function")
    plain = [e for e in tools if e.get("type") in known and not e.get("defer_loading")]
    return [each for each in tools if each not in plain or each in plain[:_MOST_TOOLS]]


def main() -> None:
    *recorded, folder = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    for path in recorded:
        shape = shape_of(json.loads(path.read_text("utf-8")))
        (folder / path.name).write_text(json.dumps(shape, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
