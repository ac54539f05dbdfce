"""`gateway import`: another tool's configuration becomes a project; nothing that exists is replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import DryRunOption


def command(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="The file: litellm_config.yaml, say.")
    ],
    into: Annotated[
        Path, typer.Option("--into", metavar="DIR", help="The new project's folder; default: here.")
    ] = Path(),
    kind: Annotated[
        str | None, typer.Option(help="What SOURCE is, where it cannot be told by its content.")
    ] = None,
    default_model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The default model; default: SOURCE's, or its first."),
    ] = None,
    dry_run: DryRunOption = False,
) -> None:
    """Make a project of another tool's configuration.

    What could not be carried over is said.
    """
    from gateway.cli.import_project import import_project  # noqa: PLC0415 - `--help` loads no core

    raise typer.Exit(import_project(source, into, kind, default_model, dry_run=dry_run))
