"""`gateway validate`: findings about the project's files, and nothing else: no engine, no network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import (
    ColourOption,
    Colour,
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
        typer.Argument(metavar="[FILES]...", help="Report on these files only; all files are still read."),
    ] = None,
    project: ProjectOption = None,
    format: FormatOption = Format.TEXT,
    color: ColourOption = Colour.AUTO,
    quiet: QuietOption = False,
) -> None:
    """Find every mistake in gateway.yaml and models.d/."""
    from gateway.cli.report import report  # noqa: PLC0415 - `gateway --help` loads no core
    from gateway.diagnostics import has_errors  # noqa: PLC0415
    from gateway.diagnostics.text import summary  # noqa: PLC0415
    from gateway.pipeline import check  # noqa: PLC0415

    root = project_root(project)
    only = _inside(root, files or [])
    checked = check(root)
    found = report(checked, format=format, colour=color, only=only)
    if format is Format.TEXT and not (quiet and not found):
        product(summary(found, len(only) or len(checked.project.fragments)) + "\n")
    raise typer.Exit(1 if has_errors(found) else 0)


def _inside(root: Path, files: list[Path]) -> tuple[str, ...]:
    """The files as paths of the project. Raises GatewayError for one that is not of it."""
    from gateway.model import GatewayError  # noqa: PLC0415

    paths = []
    for file in files:
        if not file.exists():
            raise GatewayError(f"{file} does not exist")
        try:
            paths.append(file.resolve().relative_to(root.resolve()).as_posix())
        except ValueError:
            raise GatewayError(f"{file} is not in the project {root}", "name another with --project DIR") from None
    return tuple(paths)
