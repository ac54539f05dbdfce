"""`gateway new`: a fragment from flags, or from questions on a terminal."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gateway.cli.completion import complete_mode, complete_model, complete_provider
from gateway.cli.options import DryRunOption, ProjectOption, product, project_root, talk


def command(  # noqa: PLR0913, PLR0917 - each one is an option
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The model's name: what clients ask for.")
    ],
    provider: Annotated[
        str | None,
        typer.Option(
            help="A name of `providers` in gateway.yaml.", autocompletion=complete_provider
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model's id at the provider.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is, for people.")] = None,
    fallback: Annotated[
        list[str] | None,
        typer.Option(
            "--fallback",
            help="A model to ask next; may be repeated.",
            autocompletion=complete_model,
        ),
    ] = None,
    alias: Annotated[
        list[str] | None, typer.Option("--alias", help="Another name; may be repeated.")
    ] = None,
    mode: Annotated[
        str | None, typer.Option(help="What it does; default: chat.", autocompletion=complete_mode)
    ] = None,
    context_window: Annotated[
        int | None, typer.Option(help="How many tokens a prompt may have.")
    ] = None,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
) -> None:
    """Write a new fragment.

    Its first line gives editors its schema.
    """
    from gateway.cli.new_fragment import report_new, write_fragment  # noqa: PLC0415
    from gateway.fragment_text import fragment_path, fragment_text  # noqa: PLC0415

    root = project_root(project)
    values = {
        "description": description,
        "provider": provider or _ask("provider", "a name of `providers` in gateway.yaml"),
        "model": model or _ask("model", "the model's id at the provider"),
        "mode": mode,
        "aliases": alias or None,
        "fallbacks": fallback or None,
        "context_window": context_window,
    }
    path = fragment_path(name)
    text = fragment_text(name, path, values)
    if dry_run:
        return product(text)
    write_fragment(root, path, text)
    talk(f"   create  {path}")
    raise typer.Exit(report_new(root, path))


def _ask(flag: str, what: str) -> str:
    """Asks on a terminal. Elsewhere raises GatewayError that names the flag."""
    if not sys.stdin.isatty():
        from gateway.model import GatewayError  # noqa: PLC0415

        raise GatewayError(
            f"--{flag} is missing: {what}", f"add --{flag} …; there is no terminal to ask on"
        )
    try:
        answer: str = typer.prompt(f"{flag} ({what})", err=True)
    except typer.Abort:
        raise KeyboardInterrupt from None
    return answer
