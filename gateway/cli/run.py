"""`gateway run`: a client on a model, and the gateway as long as clients need it."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.client_words import ClientCommand
from gateway.cli.completion import complete_app, complete_model, complete_program
from gateway.cli.options import EngineName, EngineOption, ProjectOption, QuietOption

RunCommand = ClientCommand

ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        show_default=False,
        help="A model or an alias; left out, Claude Code keeps Anthropic's names and the routes decide.",
        autocompletion=complete_model,
    ),
]

AppOption = Annotated[
    str | None,
    typer.Option(
        "--app",
        metavar="NAME",
        autocompletion=complete_app,
        help="Whose key it gets; default: $GATEWAY_APP, else the first of `apps`.",
    ),
]

KeepOption = Annotated[
    bool, typer.Option("--keep", help="Leave the gateway running, as `gateway up` does.")
]


def command(  # noqa: PLR0913, PLR0917 - one for each option
    model: ModelArgument = "",
    args: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGS", help="What the client gets, as it stands."),
    ] = None,
    client: Annotated[
        str,
        typer.Option(
            "--client",
            metavar="NAME",
            autocompletion=complete_program,
            help="Which program: claude, codex, aider or opencode.",
        ),
    ] = "claude",
    app: AppOption = None,
    keep: KeepOption = False,
    engine: EngineOption = EngineName.AUTO,
    project: ProjectOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run Claude Code, or another client, on a model.

    The gateway is started where it does not run, and stops with its last client.
    """
    from gateway.cli.client_gateway import Wanted  # noqa: PLC0415 - `--help` loads no core
    from gateway.cli.failing import own_failures  # noqa: PLC0415
    from gateway.cli.run_client import run_client  # noqa: PLC0415

    with own_failures():
        wanted = Wanted(model or None, tuple(args or ()), engine, project, keep, quiet, app)
        run_client(wanted, client)
