"""`gateway validate`: findings about the project's files, and nothing else: no engine, no network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import (
    Colour,
    ColourOption,
    Format,
    FormatOption,
    ProjectOption,
    QuietOption,
    product,
    project_root,
)


def command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]...", help="Report on these files only; all files are still read."
        ),
    ] = None,
    project: ProjectOption = None,
    format: FormatOption = Format.TEXT,
    color: ColourOption = Colour.AUTO,
    quiet: QuietOption = False,
) -> None:
    """Find every mistake in gateway.yaml and models.d/."""
    from gateway.cli.chosen_files import chosen_paths  # noqa: PLC0415 - `--help` loads no core
    from gateway.cli.fix_report import mendable  # noqa: PLC0415
    from gateway.cli.report import report  # noqa: PLC0415
    from gateway.diagnostics import has_errors  # noqa: PLC0415
    from gateway.diagnostics.text import summary  # noqa: PLC0415
    from gateway.pipeline import check  # noqa: PLC0415

    checked = check(project_root(project))
    only = chosen_paths(files or [], checked.project)
    found = report(checked, format=format, colour=color, only=only)
    if format is Format.TEXT and not (quiet and not found):
        said = summary(found, len(only) or len(checked.project.fragments))
        product(said + mendable(checked, only) + "\n")
    raise typer.Exit(1 if has_errors(found) else 0)
