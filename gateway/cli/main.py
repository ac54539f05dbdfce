"""The `gateway` command: its commands by name, and what becomes of every error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import typer

from gateway.cli.aliases import command as aliases
from gateway.cli.bash_words import COMPLETING, join_words
from gateway.cli.demo import command as demo
from gateway.cli.down import command as down
from gateway.cli.env import command as env
from gateway.cli.explain import command as explain
from gateway.cli.failing import report_bug, say_error
from gateway.cli.fix import command as fix
from gateway.cli.import_ import command as import_
from gateway.cli.init import command as init
from gateway.cli.keys import app as keys
from gateway.cli.logs import command as logs
from gateway.cli.lsp import command as lsp
from gateway.cli.models import command as models
from gateway.cli.new import command as new
from gateway.cli.render import command as render
from gateway.cli.restart import command as restart
from gateway.cli.run import RunCommand
from gateway.cli.run import command as run_client
from gateway.cli.schema import command as schema
from gateway.cli.shell import ShellCommand
from gateway.cli.shell import command as shell
from gateway.cli.status import command as status
from gateway.cli.up import command as up
from gateway.cli.validate import command as validate
from gateway.constants import LITELLM_VERSION, VERSION
from gateway.model import GatewayError

_COMMANDS: dict[str, Callable[..., None]] = {
    "init": init,
    "import": import_,
    "new": new,
    "validate": validate,
    "fix": fix,
    "render": render,
    "explain": explain,
    "models": models,
    "schema": schema,
    "lsp": lsp,
    "up": up,
    "down": down,
    "restart": restart,
    "status": status,
    "logs": logs,
    "run": run_client,
    "shell": shell,
    "env": env,
    "aliases": aliases,
    "demo": demo,
}
_OF_A_CLIENT = {"run": RunCommand, "shell": ShellCommand}

app = typer.Typer(
    name="gateway",
    help="Small YAML fragments, one per model, become a checked, running LiteLLM deployment.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name, _command in _COMMANDS.items():
    app.command(_name, cls=_OF_A_CLIENT.get(_name))(_command)
app.add_typer(keys, name="keys")


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"gateway {VERSION} (LiteLLM {LITELLM_VERSION})\n")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_print_version,
        is_eager=True,
        help="Print the version and leave.",
    ),
) -> None:
    """Small YAML fragments, one per model, become a checked, running LiteLLM deployment."""


def run() -> None:
    """The console script. 0 fine, 1 the answer is no, 2 could not do the job, 130 interrupted."""
    if os.environ.get(COMPLETING):
        _prepare_completion()
    try:
        app()
    except GatewayError as error:
        say_error(error)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        report_bug(error)
        sys.exit(2)


def _prepare_completion() -> None:
    join_words(os.environ)
    # Typer passes each line that zsh and fish show through rich, whose import takes half a second.
    sys.modules["rich"] = None  # type: ignore[assignment]


if __name__ == "__main__":
    run()
