"""The options that mean the same in every command, and what they make of the project and the terminal."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from gateway.cli.completion import complete_path
from gateway.constants import SETTINGS_FILE


class Colour(StrEnum):
    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


class EngineName(StrEnum):
    AUTO = "auto"
    DOCKER = "docker"
    PROCESS = "process"


ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
        autocompletion=complete_path,
        help="The project's folder; default: the nearest with a gateway.yaml.",
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How the result is printed.")]
ColourOption = Annotated[Colour, typer.Option("--color", help="Whether output is coloured.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Say what would be done, and do nothing.")
]
EngineOption = Annotated[
    EngineName,
    typer.Option(
        "--engine", help="What runs the stack; auto: docker where an engine answers, else process."
    ),
]


def project_root(project: Path | None) -> Path:
    """The folder that --project names, or the nearest project. Raises GatewayError."""
    from gateway.model import GatewayError  # noqa: PLC0415 - `gateway --help` needs no project
    from gateway.project import find_project  # noqa: PLC0415

    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise GatewayError("the current folder does not exist any more", "go to another") from None
    if project is None:
        return find_project(here)
    root = Path(os.path.normpath(here / project))
    if not os.path.lexists(root / SETTINGS_FILE):
        hint = f"run `gateway init {project}`, or name a project's folder with --project"
        raise GatewayError(f"no {SETTINGS_FILE} in {project}", hint)
    return root


def wants_colour(choice: Colour, stream: TextIO) -> bool:
    """The flag, then NO_COLOR, then FORCE_COLOR, then whether `stream` is a terminal."""
    if choice is not Colour.AUTO:
        return choice is Colour.ALWAYS
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty()


def talk(text: str) -> None:
    """What the command says about its work: to stderr, for stdout is the product."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def product(text: str) -> None:
    """What was asked for: to stdout, as it stands."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        from gateway.model import GatewayError  # noqa: PLC0415

        # What is still in the buffer would fail once more at the end (docs.python.org, SIGPIPE).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        reason = (error.strerror or "").lower()
        raise GatewayError(f"the standard output cannot be written ({reason})") from None
