"""`gateway validate`: findings about the project's files, and nothing else: no engine, no network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.completion import complete_path
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

if TYPE_CHECKING:
    from gateway.project import Project


def command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]...",
            help="Report on these files only; all files are still read.",
            autocompletion=complete_path,
        ),
    ] = None,
    project: ProjectOption = None,
    format: FormatOption = Format.TEXT,
    color: ColourOption = Colour.AUTO,
    quiet: QuietOption = False,
) -> None:
    """Find every mistake in gateway.yaml and models.d/."""
    from gateway.cli.report import report  # noqa: PLC0415 - `--help` loads no core
    from gateway.diagnostics import has_errors  # noqa: PLC0415
    from gateway.diagnostics.text import summary  # noqa: PLC0415
    from gateway.pipeline import check  # noqa: PLC0415

    checked = check(project_root(project))
    only = _paths_of(files or [], checked.project)
    found = report(checked, format=format, colour=color, only=only)
    if format is Format.TEXT and not (quiet and not found):
        product(summary(found, len(only) or len(checked.project.fragments)) + "\n")
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
