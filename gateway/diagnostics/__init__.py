"""Diagnostics as values: the type, the table of codes, and one renderer per format."""

from gateway.diagnostics.diagnostic import (
    Diagnostic,
    Excused,
    Related,
    Severity,
    has_errors,
    ordered,
)

__all__ = ["Diagnostic", "Excused", "Related", "Severity", "has_errors", "ordered"]
