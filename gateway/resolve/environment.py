"""A fragment in, diagnostics out about `os.environ/NAME` where LiteLLM would not read it as a variable."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.diagnostics import Diagnostic
from gateway.model import Fragment, Path

_REFERENCE = re.compile(r"os\.environ/[A-Za-z_][A-Za-z0-9_]*\Z")
# Where a value may be a reference; everywhere else it would be sent as it stands.
_ALLOWED = ("litellm", "headers", "params")


def find_environment_mistakes(fragment: Fragment) -> Iterator[Diagnostic]:
    if "os.environ" not in fragment.source.text:
        return
    for path, value in _texts(fragment.data, ()):
        if "os.environ" not in value:
            continue
        span = fragment.value_span(path)
        if not _may_refer(path):
            message = "a reference to a variable cannot stand here"
            hint = "write the variable's name in `api_keys` of the provider" if path[0] == "providers" else None
        elif not _REFERENCE.match(value):
            message = "LiteLLM expands a variable only where the whole value is `os.environ/NAME`"
            hint = "put the whole value into the variable"
        else:
            continue
        yield Diagnostic("GW219", message, fragment.path, span, hint)


def _may_refer(path: Path) -> bool:
    if path[0] == "providers":
        return len(path) > 3 and path[2] == "headers"
    return path[0] in _ALLOWED and not any(isinstance(part, int) for part in path)


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


