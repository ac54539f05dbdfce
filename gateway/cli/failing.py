"""An error in, what stderr says of it out; and commands whose own failures must not look like a client's."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import typer

from gateway.cli.bash_words import COMPLETING
from gateway.model import GatewayError

OWN_FAILURE = 125
"""What `env`, `nohup` and `docker run` end with where they fail and not what they were to run."""

_PACKAGE = Path(__file__).parents[1]
_DEBUG = "GATEWAY_DEBUG"


def say_error(error: GatewayError) -> None:
    sys.stderr.write(f"gateway: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"  = hint: {error.hint}\n")


def report_bug(error: Exception) -> None:
    """Its type and place; never its words, which may hold a value of the user's."""
    if os.environ.get(COMPLETING) and not os.environ.get(_DEBUG):
        return  # it would stand in the line that somebody is typing
    if os.environ.get(_DEBUG):
        from gateway.cli.debug_text import debug_text  # noqa: PLC0415 - only a bug needs it

        sys.stderr.write(debug_text(error))
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).is_relative_to(_PACKAGE)] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}, in {ours[-1].name}"
    sys.stderr.write(f"gateway: this is a bug of gateway ({type(error).__name__} at {place})\n")
    sys.stderr.write(f"  = hint: report it; with {_DEBUG}=1 it shows where it came from\n")


@contextlib.contextmanager
def own_failures() -> Iterator[None]:
    """Every failure of ours leaves with 125, or with the code that a missing program has in shells."""
    try:
        yield
    except GatewayError as error:
        say_error(error)
        raise typer.Exit(getattr(error, "code", OWN_FAILURE)) from None
    except typer.Exit as leaving:
        raise typer.Exit(OWN_FAILURE if leaving.exit_code else 0) from None
    except Exception as error:
        report_bug(error)
        raise typer.Exit(OWN_FAILURE) from None
