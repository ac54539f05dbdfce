"""`gateway keys`: see, set, check, rotate and export the secrets of a project; never shown."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli.completion import complete_holder, complete_login, complete_variable
from gateway.cli.options import (
    Colour,
    ColourOption,
    DryRunOption,
    Format,
    FormatOption,
    ProjectOption,
    QuietOption,
    product,
    project_root,
)

app = typer.Typer(
    help="See, set, check, rotate and export the keys.\n\nNames and where they come from, never values.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class ExportName(StrEnum):
    DOTENV = "dotenv"
    JSON = "json"
    SHELL = "shell"
    DOCKER = "docker"
    K8S_SECRET = "k8s-secret"  # noqa: S105 - a format's name


@app.command("list")
def list_(
    project: ProjectOption = None,
    format: FormatOption = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """List the variables: where each comes from, what needs it.

    Also how long it is, when it was last used, and what is odd about it; never the value.
    """
    from gateway.cli.keys_list import list_text  # noqa: PLC0415 - `--help` loads no core

    product(list_text(project_root(project), color, as_json=format is Format.JSON))


# What is pasted behind the name must not come back in an error: this command looks at it itself.
@app.command("set", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def set_(  # noqa: PLR0913, PLR0917 - each one is an option
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="The variable's name.", autocompletion=complete_variable
        ),
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Also a variable that nothing in the project names.")
    ] = False,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Put a value into `.env`.

    It is typed without being shown, or comes from the standard input.
    """
    from gateway.cli.keys_set import refuse_more, set_value_of  # noqa: PLC0415 - `--help` loads no core

    refuse_more(name, context.args)
    set_value_of(project_root(project), name, color, force=force, dry_run=dry_run)


@app.command("check")
def check(  # noqa: PLR0913, PLR0917 - each one is an option
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAMES]...",
            help="These variables only; default: every provider's key.",
            autocompletion=complete_variable,
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option("--timeout", metavar="SECONDS", min=0.1, max=600, help="The most for all."),
    ] = 3.0,
    project: ProjectOption = None,
    format: FormatOption = Format.TEXT,
    color: ColourOption = Colour.AUTO,
    quiet: QuietOption = False,
) -> None:
    """Show each key once to its provider.

    All at once, at the list of models; ends with 1 where one is refused.
    """
    from gateway.cli.keys_check import check_or_say  # noqa: PLC0415 - `--help` loads no core

    root, is_json = project_root(project), format is Format.JSON
    found = check_or_say(root, names or (), timeout, color, as_json=is_json, quiet=quiet)
    raise typer.Exit(0 if found else 1)


@app.command("rotate")
def rotate(
    whose: Annotated[
        str,
        typer.Argument(
            metavar="WHOSE",
            help="An app, or `master` for the master key.",
            autocompletion=complete_holder,
        ),
    ],
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Put a new random key into `.env`.

    What runs keeps the old one until `gateway up`.
    """
    from gateway.cli.keys_rotate import rotate_key  # noqa: PLC0415 - `--help` loads no core

    rotate_key(project_root(project), whose, color, dry_run=dry_run)


@app.command("export")
def export(
    format: Annotated[
        ExportName, typer.Option("--format", help="How they are written.")
    ] = ExportName.DOTENV,
    show: Annotated[bool, typer.Option("--show", help="On a terminal, too.")] = False,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Print the variables with their values, in clear text.

    For a host that has no `.env`.
    """
    from gateway.cli.keys_export import export_text  # noqa: PLC0415 - `--help` loads no core

    product(export_text(project_root(project), format.value, color, show=show))


@app.command("login")
def login(  # noqa: PLR0913, PLR0917 - each one is an option
    provider: Annotated[
        str,
        typer.Argument(
            metavar="PROVIDER",
            help="A provider that declares `oauth`.",
            autocompletion=complete_login,
        ),
    ],
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address instead of opening it.")
    ] = False,
    device: Annotated[
        bool, typer.Option("--device", help="By a code that is typed in on any device.")
    ] = False,
    timeout: Annotated[
        float,
        typer.Option("--timeout", metavar="SECONDS", min=1, max=3600, help="The most to wait."),
    ] = 300.0,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Log in to a provider by OAuth.

    The proxy uses the token, and renews it, from then on.
    """
    from gateway.cli.keys_login import log_in  # noqa: PLC0415 - `--help` loads no core

    root = project_root(project)
    log_in(root, provider, color, seconds=timeout, browser=not no_browser, device=device)


@app.command("logout")
def logout(
    provider: Annotated[
        str,
        typer.Argument(
            metavar="PROVIDER",
            help="A provider that declares `oauth`.",
            autocompletion=complete_login,
        ),
    ],
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Forget a provider's tokens.

    They are given back where the server has a place for that.
    """
    from gateway.cli.keys_login import log_out  # noqa: PLC0415 - `--help` loads no core

    log_out(project_root(project), provider, color)
