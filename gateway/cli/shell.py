"""`gateway shell`: the client in a container from which nothing but the gateway can be reached."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.client_words import ClientCommand
from gateway.cli.options import EngineName, ProjectOption, QuietOption
from gateway.cli.run import AppOption, KeepOption, ModelArgument

ShellCommand = ClientCommand


def command(  # noqa: PLR0913, PLR0917 - one for each option
    model: ModelArgument = "",
    args: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CMD", help="What runs inside; left out, or options alone, Claude Code."
        ),
    ] = None,
    app: AppOption = None,
    keep: KeepOption = False,
    project: ProjectOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run Claude Code, or a command, in a container.

    It reaches the gateway and nothing else.
    """
    from gateway.cli.client_gateway import Wanted  # noqa: PLC0415 - `--help` loads no core
    from gateway.cli.failing import own_failures  # noqa: PLC0415
    from gateway.cli.shell_client import run_shell  # noqa: PLC0415

    with own_failures():
        docker = EngineName.DOCKER
        run_shell(Wanted(model or None, tuple(args or ()), docker, project, keep, quiet, app))
