"""Diagnostics in, one JSON document out, always with an array and a format version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gateway.diagnostics.diagnostic import Diagnostic, Severity
from gateway.model import Span

FORMAT_VERSION = "1.1"


def as_json(diagnostics: Sequence[Diagnostic], excused_count: int = 0) -> str:
    errors = sum(found.severity is Severity.ERROR for found in diagnostics)
    document = {
        "format_version": FORMAT_VERSION,
        "valid": errors == 0,
        "error_count": errors,
        "warning_count": len(diagnostics) - errors,
        "excused_count": excused_count,
        "diagnostics": [_one(found) for found in diagnostics],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _one(found: Diagnostic) -> dict[str, Any]:
    return {
        "path": found.path,
        **_place(found.span),
        "severity": str(found.severity),
        "code": found.code,
        "message": found.message,
        "hint": found.hint,
        "related": [
            {"path": other.path, **_place(other.span), "message": other.message}
            for other in found.related
        ],
    }


def _place(span: Span) -> dict[str, int]:
    return dict(zip(("line", "column", "end_line", "end_column"), span, strict=True))
