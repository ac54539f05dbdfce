"""The table of all codes: what each stands for, why it matters, and an example; never reused."""

from __future__ import annotations

from gateway.diagnostics.codes import (
    across_files,
    meaning,
    names,
    raw_litellm,
    reading,
    rendering,
    schema,
    upstreams,
)
from gateway.diagnostics.codes.code import Code
from gateway.diagnostics.nearest import nearest
from gateway.model import GatewayError

_MODULES = (reading, schema, names, across_files, raw_litellm, upstreams, meaning, rendering)

CODES: dict[str, Code] = {code.code: code for module in _MODULES for code in module.CODES}
"""Code -> its entry, from GW001 on: GW0xx reading YAML, 1xx schema, 2xx across files, 3xx rendering."""


def explanation(code: str) -> str:
    """What a code means, as text for a terminal. Raises GatewayError for a code that is none."""
    entry = CODES.get(code.upper())
    if entry is None:
        likely = nearest(code.upper(), CODES)
        raise GatewayError(f"{code} is not a code", f"did you mean {likely}?" if likely else None)
    parts = [f"{entry.code}: {entry.title}", entry.reason]
    if entry.bad:
        parts.append(f"Wrong, in {entry.file}:\n\n{_indented(entry.bad)}")
        place = f", in {entry.good_file}" if entry.good_file else ""
        parts.append(f"Right{place}:\n\n{_indented(entry.good)}")
    return "\n\n".join(parts) + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip("\n").split("\n"))
