"""`gateway validate`: findings about the project's files, and nothing else: no engine, no network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.formats import (
    FindingsFormat,
    FindingsFormatOption,
    ReportOption,
    chosen_format,
    report_files,
)
from gateway.cli.options import Colour, ColourOption, ProjectOption, QuietOption, project_root

if TYPE_CHECKING:
    from gateway.project import Project


def command(  # noqa: PLR0913, PLR0917 - each one is an option
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]...", help="Report on these files only; all files are still read."
        ),
    ] = None,
    project: ProjectOption = None,
    format: FindingsFormatOption = FindingsFormat.AUTO,
    reports: ReportOption = None,
    color: ColourOption = Colour.AUTO,
    quiet: QuietOption = False,
) -> None:
    """Find every mistake in gateway.yaml and models.d/."""
    from gateway.cli.report import report, say_summary, write_reports  # noqa: PLC0415 - `--help` loads no core
    from gateway.diagnostics import has_errors  # noqa: PLC0415
    from gateway.pipeline import check  # noqa: PLC0415

    wanted, shown_as = report_files(reports or []), chosen_format(format)
    checked = check(project_root(project))
    only = _paths_of(files or [], checked.project)
    write_reports(checked, wanted, only)
    found = report(checked, format=shown_as, colour=color, only=only)
    if not (quiet and not found):
        say_summary(checked, shown_as, only)
    raise typer.Exit(1 if has_errors(found) else 0)


def _paths_of(files: list[Path], project: Project) -> tuple[str, ...]:
    """The files, and those in the folders, as paths of the project. Raises GatewayError."""
    from gateway.model import GatewayError  # noqa: PLC0415

    known = (project.settings.path, *(fragment.path for fragment in project.fragments))
    paths: list[str] = []
    for file in files:
        if not file.exists():
            raise GatewayError(f"{file} does not exist")
        # A fragment may be a link to somewhere else: only its folder is resolved.
        place = file.resolve() if file.is_dir() else file.parent.resolve() / file.name
        relative = os.path.relpath(place, project.root.resolve())
        found = [path for path in known if path == relative or path.startswith(f"{relative}/")]
        if not found and relative != ".":
            hint = "name gateway.yaml, files of models.d/, or another project with --project DIR"
            raise GatewayError(f"{file} is not a file of the project {project.root}", hint)
        paths += found or known
    return tuple(dict.fromkeys(paths))
