"""A checked project in, its findings on a stream out, in the format that was asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from gateway.cli.options import Colour, Format, product, wants_colour
from gateway.diagnostics import Diagnostic, Related
from gateway.pipeline import Checked


def report(
    checked: Checked,
    *,
    format: Format = Format.TEXT,
    colour: Colour = Colour.AUTO,
    only: Collection[str] = (),
    stream: TextIO | None = None,
) -> tuple[Diagnostic, ...]:
    """Prints the findings, those about the paths in `only` where it names any, and returns them."""
    found = [d for d in checked.diagnostics if not only or d.path in only]
    prefix = _prefix(checked.project.root)
    shown = [_moved(diagnostic, prefix) for diagnostic in found]
    if format is Format.JSON:
        from gateway.diagnostics.json import as_json  # noqa: PLC0415 - one format is asked for

        _write(as_json(shown, excused_count(checked, only)), stream)
    elif shown:
        from gateway.diagnostics.text import as_text  # noqa: PLC0415

        files = (checked.project.settings, *checked.project.fragments)
        sources = {prefix + file.path: file.text for file in files}
        _write(as_text(shown, sources, colour=wants_colour(colour, stream or sys.stdout)), stream)
    return tuple(found)


def excused_count(checked: Checked, only: Collection[str] = ()) -> int:
    """How many findings a comment excuses, in the paths in `only` where it names any."""
    return sum(not only or excused.diagnostic.path in only for excused in checked.excused)


def _write(text: str, stream: TextIO | None) -> None:
    if stream is None:
        product(text)
    else:
        stream.write(text)


def _prefix(root: Path) -> str:
    """From here to the project, so that editors and CI find the file: empty, or ending in `/`."""
    relative = Path(os.path.relpath(root)).as_posix()
    return "" if relative == "." else f"{relative}/"


def _moved(found: Diagnostic, prefix: str) -> Diagnostic:
    if not prefix:
        return found
    related = tuple(
        Related(prefix + other.path, other.span, other.message) for other in found.related
    )
    return replace(found, path=prefix + found.path, related=related)
