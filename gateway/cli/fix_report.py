"""A plan of fixes in, what is said about it out: a line for each thing done, the diff, what is left."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

from gateway.cli.options import Colour, product, talk, wants_colour
from gateway.cli.report import report, summary_line
from gateway.diagnostics import has_errors
from gateway.fixing import Plan
from gateway.fixing.applying import apply
from gateway.fixing.diff_text import diff_text
from gateway.model import Verb


def show(planned: Plan, colour: Colour) -> None:
    """The diff alone, on the standard output: what would be done, nothing done."""
    product(diff_text(planned, colour=wants_colour(colour, sys.stdout)))


def write(planned: Plan, root: Path, *, quiet: bool) -> None:
    """Says of each file what was done when it was done: a kill in between says what is true."""
    created = {path for path, (old, _) in planned.changes().items() if old is None}
    for path in apply(planned, root):
        if quiet:
            continue
        if path in created:
            talk(f"{Verb.CREATE:>9}  {path}")
        for mended in planned.mended:
            if mended.path == path:
                talk(f"{'fixed':>9}  {path}: {mended.done}")


def report_left(
    planned: Plan, only: Collection[str], colour: Colour, *, dry_run: bool, quiet: bool
) -> int:
    """Prints what no fix could mend, to stderr; the exit code: 1 where an error is left."""
    left = report(planned.checked, colour=colour, only=only, stream=sys.stderr)
    for found, why in planned.kept:
        talk(f"{'kept':>9}  {found.path}: {found.message}: {why}")
    if not quiet or left:
        count = len(planned.mended)
        done = f"would fix {count}" if dry_run and count else f"{count or 'nothing'} fixed"
        talk(f"{done}; {summary_line(planned.checked, only)}")
    return 1 if has_errors(left) else 0
