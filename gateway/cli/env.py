"""`gateway env`: what a client has to be told to talk to this gateway, printed or merged into its file."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli.completion import complete_client, complete_model
from gateway.cli.options import Colour, ColourOption, ProjectOption, product, project_root


class EnvFormat(StrEnum):
    AUTO = "auto"
    SHELL = "shell"
    FISH = "fish"
    DOTENV = "dotenv"
    JSON = "json"
    KEY = "key"


def command(  # noqa: PLR0913, PLR0917 - each one is an option
    client: Annotated[
        str,
        typer.Argument(
            metavar="CLIENT", help="Who is to talk to it.", autocompletion=complete_client
        ),
    ],
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL]",
            help="A model or an alias; default: the default model.",
            autocompletion=complete_model,
        ),
    ] = None,
    format: Annotated[
        EnvFormat,
        typer.Option("--format", help="How it is printed; auto: for the shell in $SHELL."),
    ] = EnvFormat.AUTO,
    key: Annotated[
        bool | None,
        typer.Option(
            "--with-key/--no-key",
            help="Write the key itself, or only where it is; default: docs/clients.md.",
        ),
    ] = None,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Print what leads a client here: for a shell, a `.env`, a program, or its own settings."""
    from gateway.cli.env_text import env_text  # noqa: PLC0415 - `--help` loads no core

    product(env_text(project_root(project), client, model, format.value, key, color))
