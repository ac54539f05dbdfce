"""`gateway status`: what runs, whether it is what is rendered, the models and their chains."""

from __future__ import annotations

import typer

from gateway.cli.options import (
    Colour,
    ColourOption,
    EngineName,
    EngineOption,
    Format,
    FormatOption,
    ProjectOption,
    product,
    project_root,
)


def command(
    engine: EngineOption = EngineName.AUTO,
    project: ProjectOption = None,
    format: FormatOption = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Say what runs and whether it is what is rendered.

    Ends with 1 where it is not.
    """
    from gateway.cli.status_text import read_status, status_json, status_text  # noqa: PLC0415 - `--help` loads no core

    found = read_status(project_root(project), engine, color)
    product(status_json(found) if format is Format.JSON else status_text(found))
    raise typer.Exit(0 if found.is_in_sync else 1)
