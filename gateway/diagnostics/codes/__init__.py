"""The table of all codes: what each stands for, why it matters, and an example; never reused."""

from __future__ import annotations

from gateway.diagnostics.codes import (
    across_files,
    adjusting,
    apps,
    claude_code,
    keys,
    meaning,
    names,
    oauth,
    params,
    raw_litellm,
    reading,
    rendering,
    schema,
    upstreams,
)
from gateway.diagnostics.codes.code import Code
from gateway.diagnostics.diagnostic import Severity
from gateway.diagnostics.nearest import nearest
from gateway.model import GatewayError

_MODULES = (
    reading,
    schema,
    names,
    across_files,
    raw_litellm,
    upstreams,
    meaning,
    adjusting,
    claude_code,
    apps,
    keys,
    oauth,
    params,
    rendering,
)

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
    parts.append(_how_to_adjust(entry))
    return "\n\n".join(parts) + "\n"


def _how_to_adjust(entry: Code) -> str:
    if not entry.is_adjustable:
        return "Always an error: no sound stack comes out of what it finds."
    other = next(severity for severity in Severity if severity is not entry.severity)
    rules = f"rules:\n  {entry.code}: {other}  # or off"
    return (
        f"By default: {entry.severity}. For the whole project, in gateway.yaml:\n\n{_indented(rules)}\n\n"
        "For one place, at the end of its line or on a line of its own above it:\n\n"
        f"{_indented(f'# gateway: allow {entry.code} — the reason')}"
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip("\n").split("\n"))
