"""`gateway restart`: stop and start, so that everything is read anew."""

from __future__ import annotations

import typer

from gateway.cli.options import Colour, ColourOption, EngineName, EngineOption, ProjectOption, QuietOption, project_root


def command(
    engine: EngineOption = EngineName.AUTO,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
    quiet: QuietOption = False,
) -> None:
    """Stop the stack and start it again; a changed `.env` alone needs only `gateway up`."""
    from gateway.cli.running import render_and_start  # noqa: PLC0415 - `gateway --help` loads no core

    stack = render_and_start(project_root(project), engine, color, quiet=quiet, stop_first=True)
    if not quiet:
        typer.echo(stack.url)
