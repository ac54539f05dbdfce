"""`gateway env`: what a client has to be told to talk to this gateway, printed or merged into its file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.completion import complete_client, complete_model
from gateway.cli.options import (
    Colour,
    ColourOption,
    DryRunOption,
    ProjectOption,
    product,
    project_root,
)
from gateway.cli.run import AppOption


class EnvFormat(StrEnum):
    AUTO = "auto"
    SHELL = "shell"
    FISH = "fish"
    DOTENV = "dotenv"
    JSON = "json"
    SETTINGS = "settings"
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
    app: AppOption = None,
    write: Annotated[
        bool, typer.Option("--write", help="Merge it into the client's own file instead.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Bring that file back to what it was.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="The client's file, where it is another one."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite values of your own in that file.")
    ] = False,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Print what leads a client here: for a shell, a `.env`, a program, or its own settings."""
    from gateway.cli.env_text import Asked, env_text  # noqa: PLC0415 - `--help` loads no core
    from gateway.cli.env_write import require_one, undo_file, write_file  # noqa: PLC0415

    require_one(write=write, undo=undo, format=None if format is EnvFormat.AUTO else format.value)
    asked = Asked(project_root(project), client, model, format.value, key, color, app)
    if undo:
        undo_file(asked, file, dry_run=dry_run)
    elif write:
        write_file(asked, file, force=force, dry_run=dry_run)
    else:
        product(env_text(asked))
