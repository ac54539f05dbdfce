"""`gateway logs`: the proxy's own lines."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import EngineName, EngineOption, ProjectOption, project_root


def command(
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on printing as lines come.")
    ] = False,
    tail: Annotated[
        int, typer.Option("--tail", metavar="N", min=0, help="Begin with the last N lines.")
    ] = 100,
    engine: EngineOption = EngineName.AUTO,
    project: ProjectOption = None,
) -> None:
    """Print the proxy's log: of what runs, else of what ran last."""
    import os  # noqa: PLC0415 - `--help` loads no core

    from gateway.engine import logging_engine  # noqa: PLC0415

    found = logging_engine(engine.value, project_root(project), os.environ)
    raise typer.Exit(found.follow_logs(tail=tail, follow=follow))
