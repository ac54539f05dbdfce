"""`gateway init`: a new project; what exists is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.completion import complete_path
from gateway.cli.options import talk


def command(
    directory: Annotated[
        Path,
        typer.Argument(metavar="[DIR]", help="Where; default: here.", autocompletion=complete_path),
    ] = Path(),
) -> None:
    """Make a project of sample fragments; what exists is kept.

    It has gateway.yaml, models.d/, the rendered stack, and .env with a strong random master key.
    """
    from gateway.cli.new_project import make_project  # noqa: PLC0415 - `--help` loads no core

    make_project(directory)
    where = "" if directory == Path() else f"cd {directory} && "
    talk(
        f"next: put your keys into .env and your own models into models.d/, then\n  {where}gateway up"
    )
