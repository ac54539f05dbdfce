"""`gateway restart`: stop and start, so that everything is read anew."""

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
    """Stop the stack and start it again.

    A changed `.env` alone needs only `gateway up`.
    """
    from gateway.cli.running import render_and_start  # noqa: PLC0415 - `--help` loads no core

    root = project_root(project)
    stack, _ = render_and_start(root, engine, color, quiet=quiet, stop_first=True)
    if not quiet:
        product(f"{stack.url}\n")
