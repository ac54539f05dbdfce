"""`gateway fix`: mends the findings that have one right answer, and says what is left."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import (
    Colour,
    ColourOption,
    DryRunOption,
    ProjectOption,
    QuietOption,
    project_root,
)


def command(  # noqa: PLR0913, PLR0917 - each one is an option
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILES]...", help="Mend these files only."),
    ] = None,
    modelines: Annotated[
        bool, typer.Option("--modeline", help="Also add the line that gives editors the schema.")
    ] = False,
    sort: Annotated[
        bool, typer.Option("--sort", help="Also put the keys of each file into the usual order.")
    ] = False,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
    quiet: QuietOption = False,
) -> None:
    """Mend every finding that has one right answer.

    Comments, order and line ends stay.
    """
    from gateway.cli.chosen_files import chosen_paths  # noqa: PLC0415 - `--help` loads no core
    from gateway.cli.fix_report import report_left, show, write  # noqa: PLC0415
    from gateway.fixing import plan  # noqa: PLC0415
    from gateway.pipeline import check  # noqa: PLC0415

    root = project_root(project)
    checked = check(root)
    only = chosen_paths(files or [], checked.project)
    planned = plan(checked, only, modelines=modelines, sort=sort)
    if dry_run:
        show(planned, color)
    else:
        write(planned, root, quiet=quiet)
    raise typer.Exit(report_left(planned, only, color, dry_run=dry_run, quiet=quiet))
