"""`gateway up`: validate, render, start, wait until it is ready, say where it listens."""

from __future__ import annotations

from gateway.cli.options import (
    Colour,
    ColourOption,
    EngineName,
    EngineOption,
    ProjectOption,
    QuietOption,
    product,
    project_root,
)


def command(
    engine: EngineOption = EngineName.AUTO,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
    quiet: QuietOption = False,
) -> None:
    """Validate, render and start the stack.

    Waits until it answers.
    """
    from gateway.cli.running import render_and_start  # noqa: PLC0415 - `--help` loads no core

    stack, _ = render_and_start(project_root(project), engine, color, quiet=quiet)
    if not quiet:
        product(f"{stack.url}\n")
