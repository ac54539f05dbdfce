"""A code as somebody wrote it in, why it can be neither set nor excused out."""

from __future__ import annotations

from gateway.diagnostics.codes import CODES
from gateway.diagnostics.nearest import nearest
from gateway.yaml_text import shown

ADJUSTABLE = {code: entry for code, entry in CODES.items() if entry.is_adjustable}
"""The codes whose findings a project may weigh for itself, with their entries."""


def why_not_adjustable(code: str) -> tuple[str, str | None] | None:
    """A message and a hint; None where the code can be set in `rules:` and excused in a comment."""
    if code in ADJUSTABLE:
        return None
    meant = code.upper()
    if meant in CODES and meant not in ADJUSTABLE:
        message = f"`{meant}` is always an error: no sound stack comes out of what it finds"
        return message, f"remove it; `gateway explain {meant}` says what to mend"
    likely = nearest(code, ADJUSTABLE)
    return f"`{shown(code)}` is not a code", f"rename it to `{likely}`" if likely else "remove it"
