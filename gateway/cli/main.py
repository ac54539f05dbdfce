"""The `gateway` command: its commands by name, and what becomes of every error."""

from __future__ import annotations

import sys

import typer

from gateway.cli import demo, down, explain, init, logs, models, new, render, restart, schema, status, up, validate
from gateway.constants import LITELLM_VERSION, VERSION
from gateway.model import GatewayError

app = typer.Typer(
    name="gateway",
    help="Small YAML fragments, one per model, become a checked, running LiteLLM deployment.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (init, new, validate, render, explain, models, schema, up, down, restart, status, logs, demo):
    app.command(_command.__name__.rpartition(".")[2])(_command.command)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"gateway {VERSION} (LiteLLM {LITELLM_VERSION})\n")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
    ),
) -> None:
    """Small YAML fragments, one per model, become a checked, running LiteLLM deployment."""


def run() -> None:
    """The console script. 0 fine, 1 the answer is no, 2 could not do the job, 130 interrupted."""
    try:
        app()
    except GatewayError as error:
        sys.stderr.write(f"gateway: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"  = hint: {error.hint}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(2)


if __name__ == "__main__":
    run()
