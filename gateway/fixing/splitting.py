"""A text of several YAML documents in, a text for each of their files out: every line in exactly one of them."""

from __future__ import annotations

import re

from gateway.constants import MODELS_DIR
from gateway.load import fragment_file
from gateway.yaml_text import read

# At the start of a line these three always are a marker, in whatever text they stand (YAML 1.2, 9.1.2).
_MARKER = re.compile(r"(?m)^---(?:[ \t]+(?=\S)|[ \t]*(?:\r?\n|\Z))")
_OTHER_MARKERS = re.compile(r"(?m)^(?:\.\.\.|%)")
_MODELINE = re.compile(r"(?m)^# yaml-language-server:.*\n")


def split_documents(path: str, text: str) -> dict[str, str] | None:
    """Path -> text: the first document stays in its file, each other goes to one named by its `name:`.

    None where a document does not say its name, or where two say the same. Documents that hold
    nothing but comments are no files of their own: the comments stay where they are.
    """
    if _OTHER_MARKERS.search(text):
        return None
    first, *others = _parts(text)
    texts = {path: first}
    for part in others:
        data = read(part).data
        if data is None and not read(part).problems:
            texts[path] += part
            continue
        name = data.get("name") if isinstance(data, dict) else None
        file = fragment_file(name) if isinstance(name, str) else None
        if file is None or file in texts or not path.startswith(f"{MODELS_DIR}/"):
            return None
        modeline = _MODELINE.search(first)
        has_own = modeline is None or _MODELINE.search(part)
        texts[file] = part if has_own or modeline is None else modeline[0] + part
    return texts


def _parts(text: str) -> list[str]:
    """The documents without their markers; what stands before the first is part of it."""
    marks = list(_MARKER.finditer(text))
    ends = [*(mark.start() for mark in marks), len(text)]
    starts = [0, *(mark.end() for mark in marks)]
    parts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    if len(parts) > 1 and read(parts[0]).data is None and not read(parts[0]).problems:
        parts[:2] = [text[: starts[1]] + parts[1]]  # a marker that begins the first document stays
    return parts
