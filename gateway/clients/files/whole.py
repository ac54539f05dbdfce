"""A file that is ours alone: another program's settings, in a folder where each file counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.clients.files.client_file import Document, Place

CONTENT: Place = ("content",)


@dataclass(frozen=True, slots=True)
class _Whole:
    name: str = "whole"

    def read(self, text: str) -> Mapping[str, Any]:
        return {CONTENT[0]: text} if text else {}

    def put(self, text: str, place: Place, value: Any) -> str:  # noqa: ARG002 - there is one place
        return str(value)

    def take_out(self, text: str, place: Place) -> str:  # noqa: ARG002 - likewise
        return ""


WHOLE: Document = _Whole()
