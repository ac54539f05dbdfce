"""YAML whose settings are scalars at the top, edited by lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.clients.files.client_file import Document, Place
from gateway.fixing.edits import Lines
from gateway.yaml_text import encode_block, read


@dataclass(frozen=True, slots=True)
class _Yaml:
    name: str = "yaml"

    def read(self, text: str) -> Mapping[str, Any]:
        document = read(text)
        if not text.strip() or (document.data is None and not document.problems):
            return {}
        if document.problems or not isinstance(document.data, dict):
            raise ValueError("not a mapping in plain YAML")
        return document.data

    def put(self, text: str, place: Place, value: Any) -> str:
        entry = encode_block({place[0]: value})
        if place[0] in self.read(text):
            start, end = _lines_of(text, place[0])
            return text[:start] + entry + text[end:]
        return text + ("\n" if text and not text.endswith("\n") else "") + entry

    def take_out(self, text: str, place: Place) -> str:
        start, end = _lines_of(text, place[0])
        return text[:start] + text[end:]


def _lines_of(text: str, key: str) -> tuple[int, int]:
    lines = Lines(text)
    spans = read(text).spans[(key,)]
    assert spans.key is not None  # noqa: S101 - an entry of a mapping has a key
    start = lines.start_of_line(lines.offset(*spans.key[:2]))
    last = lines.offset(*spans.value[2:])
    end = last if text[:last].endswith("\n") else lines.after_line(last)
    return start, end


YAML: Document = _Yaml()
