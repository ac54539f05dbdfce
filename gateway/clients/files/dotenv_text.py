"""A `.env` file, edited by lines: a variable's last line is the one that counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.clients.env_formats import dotenv_line
from gateway.clients.files.client_file import Document, Place

_LINE = re.compile(
    r"(?m)^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*(?P<raw>[^\r\n]*)\r?\n?"
)


@dataclass(frozen=True, slots=True)
class _Dotenv:
    name: str = "dotenv"

    def read(self, text: str) -> Mapping[str, Any]:
        return {match["name"]: _Read.from_line(match) for match in _LINE.finditer(text)}

    def put(self, text: str, place: Place, value: Any) -> str:
        newline = "\r\n" if "\r\n" in text else "\n"
        said = value.line if isinstance(value, _Read) else dotenv_line(place[0], value)
        line = said + newline
        found = _last(text, place[0])
        if found is not None:
            return text[: found.start()] + line + text[found.end() :]
        return text + (newline if text and not text.endswith("\n") else "") + line

    def take_out(self, text: str, place: Place) -> str:
        while (found := _last(text, place[0])) is not None:
            text = text[: found.start()] + text[found.end() :]
        return text


class _Read(str):
    """A value that was read, and the line that says it: what an undo puts back is the user's own spelling."""

    __slots__ = ("line",)
    line: str

    @classmethod
    def from_line(cls, match: re.Match[str]) -> _Read:
        read = cls(_unquoted(match["raw"].strip()))
        read.line = match[0].rstrip("\r\n")
        return read


def _last(text: str, name: str) -> re.Match[str] | None:
    return next((m for m in reversed(list(_LINE.finditer(text))) if m["name"] == name), None)


def _unquoted(raw: str) -> str:
    """Good enough to see whether the value is the one that is meant; what is not known stays as it is."""
    if len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "'\"":
        return raw[1:-1]
    return raw


DOTENV: Document = _Dotenv()
