"""`gateway aliases`: a shell function for each model and for each command that runs the stack."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import (
    Colour,
    ColourOption,
    DryRunOption,
    ProjectOption,
    product,
    project_root,
)


class Shell(StrEnum):
    AUTO = "auto"
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def command(  # noqa: PLR0913, PLR0917 - each one is an option
    shell: Annotated[
        Shell, typer.Option("--shell", help="Whose functions; auto: the shell in $SHELL.")
    ] = Shell.AUTO,
    write: Annotated[
        bool,
        typer.Option("--write", help="Put them into the shell's start-up file, between markers."),
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="End with 1 where that file has other ones, or none.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take them out of that file.")] = False,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="The file, where it is another one."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace lines between the markers that are not ours.")
    ] = False,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Print a shell function for each model.

    `--write` keeps them in the shell's start-up file.
    """
    from gateway.cli import alias_file  # noqa: PLC0415 - `--help` loads no core

    target = alias_file.target_of(project_root(project), shell.value, file)
    if undo:
        alias_file.take_out(target, force=force, dry_run=dry_run)
    elif check:
        raise typer.Exit(alias_file.check(target, color))
    elif write:
        alias_file.write(target, color, force=force, dry_run=dry_run)
    else:
        product(alias_file.functions(target, color))
