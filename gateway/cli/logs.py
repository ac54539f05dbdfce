"""`gateway logs`: the proxy's own lines."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import EngineName, EngineOption, ProjectOption, project_root


def command(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on printing as lines come.")] = False,
    tail: Annotated[int, typer.Option("--tail", metavar="N", help="Begin with the last N lines.")] = 100,
    engine: EngineOption = EngineName.AUTO,
    project: ProjectOption = None,
) -> None:
    """Print the proxy's log."""
    import os  # noqa: PLC0415 - `gateway --help` loads no core

    from gateway.cli.running import rendered_stack  # noqa: PLC0415
    from gateway.engine import choose_engine, running_engine  # noqa: PLC0415

    stack = rendered_stack(project_root(project))
    running = running_engine(engine.value, stack, os.environ)
    found = running[0] if running else choose_engine(engine.value, stack, os.environ)
    raise typer.Exit(found.follow_logs(tail=tail, follow=follow))
