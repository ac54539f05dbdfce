"""A fragment's path and text in, its file written, with what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from gateway.cli.report import report
from gateway.diagnostics import has_errors
from gateway.model import GatewayError
from gateway.pipeline import check
from gateway.write import write_new


def write_fragment(root: Path, path: str, text: str) -> None:
    """Raises GatewayError where the file exists or cannot be written."""
    if not write_new(root / path, text, 0o644):
        raise GatewayError(f"{path} exists already", "edit it, or choose another name")


def report_new(root: Path, path: str) -> int:
    """Prints what is wrong with the new fragment; the exit code."""
    return 1 if has_errors(report(check(root), only=(path,))) else 0
