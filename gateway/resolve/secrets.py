"""Fragments in, diagnostics out about literal secrets: a key's shape anywhere, a value under a secret's name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.diagnostics import Diagnostic
from gateway.diagnostics.secrets import find_secrets, looks_like_a_secret
from gateway.model import Fragment, SourceFile, Span
from gateway.yaml_text import shown

ENV_PREFIX = "os.environ/"

_SECRET_NAME = re.compile(
    r"(?i)^(.*[-_])?(api[-_]?key|apikey|authorization|token|secret|password|credentials?|private[-_]?key)([-_].*)?$"
)
# Names that say so but hold none: limits and counts of tokens, token names of models.
_NOT_SECRET = re.compile(r"(?i)(max|min|num|count|per|limit|cost|budget|input|output|tokens?_)[a-z]*[-_]|tokens$|[-_](count|limit|param|params|type|name|id)$")
_SOME_NAME = re.compile(r"(?i)key|authorization|token|secret|password|credential")
_MAY_HOLD = ("litellm", "headers", "params", "providers")
_HINT = "put it into a variable of `.env` and write the variable's name here"


def find_literal_secrets(source: SourceFile) -> Iterator[Diagnostic]:
    """Every place in the text, comments included, that has the shape of a provider's key."""
    for start, end in find_secrets(source.text):
        span = _span_at(source.text, start, end)
        yield Diagnostic("GW220", "a literal secret", source.path, span, _HINT, hides_value=True)


def find_named_secrets(fragment: Fragment) -> Iterator[Diagnostic]:
    """Any text under a name that says it is a secret: a password has no shape."""
    if not _SOME_NAME.search(fragment.source.text):
        return
    for path, node in fragment.spans.items():
        if not path or not isinstance(path[-1], str) or path[0] not in _MAY_HOLD:
            continue
        name = path[-1]
        if not _SECRET_NAME.match(name) or _NOT_SECRET.search(name):
            continue
        value = _value_at(fragment, path)
        if not isinstance(value, str) or value in ("", "none") or value.startswith(ENV_PREFIX):
            continue
        if looks_like_a_secret(value):
            continue  # found by its shape
        yield Diagnostic(
            "GW220",
            f"a literal secret under `{shown(name)}`",
            fragment.path,
            node.value,
            f"put it into a variable of `.env` and write `{ENV_PREFIX}NAME` here",
            hides_value=True,
        )


def _value_at(fragment: Fragment, path: tuple[str | int, ...]) -> object:
    value: object = fragment.data
    for part in path:
        value = value[part]  # type: ignore[index]
    return value


def _span_at(text: str, start: int, end: int) -> Span:
    line = text.count("\n", 0, start) + 1
    line_start = text.rfind("\n", 0, start) + 1
    return Span(line, start - line_start + 1, line, end - line_start + 1)
