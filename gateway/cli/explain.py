"""`gateway explain`: a code's reason and examples, a model's chain, a provider, an app, a saved request."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.completion import complete_explained, complete_path
from gateway.cli.options import (
    Colour,
    ColourOption,
    Format,
    FormatOption,
    ProjectOption,
    product,
    project_root,
)


class Protocol(StrEnum):
    MESSAGES = "messages"
    CHAT = "chat"


def command(  # noqa: PLR0913, PLR0917 - each one is an option
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A code such as GW201, or the name of a model (or one of Claude's), an alias, a provider or an app.",
            autocompletion=complete_explained,
        ),
    ] = None,
    request: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A saved request (its JSON body) instead of a name: which model answers it, and why; - is stdin.",
            autocompletion=complete_path,
        ),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="'NAME: VALUE'", help="A header of that request; can be repeated."),
    ] = None,
    protocol: Annotated[
        Protocol | None,
        typer.Option(help="What it speaks; default: as it was saved, else messages."),
    ] = None,
    project: ProjectOption = None,
    format: FormatOption = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Explain a code, a name, or who answers a request.

    A name is a model's, one of Claude's, an alias's, a provider's or an app's.
    """
    if request is not None and name is None:
        from gateway.cli.request_text import request_text  # noqa: PLC0415 - `--help` loads no core
        from gateway.cli.stack import check_or_exit  # noqa: PLC0415

        blueprint = check_or_exit(project_root(project), color)
        as_json = format is Format.JSON
        product(request_text(blueprint, request, header or (), protocol, as_json=as_json))
        return
    _of_name(_only(name, request, format), project, color)


def _only(name: str | None, request: str | None, format: Format) -> str:
    if name is None or request is not None:
        raise typer.BadParameter("give either NAME or --request FILE")
    if format is not Format.TEXT:
        raise typer.BadParameter("only with --request", param_hint="--format")
    return name


def _of_name(name: str, project: Path | None, color: Colour) -> None:
    if name.upper().startswith("GW") and name[2:].isdigit():
        product(_of_code(name.upper()))
        return
    from gateway.cli.chain_text import model_text  # noqa: PLC0415
    from gateway.cli.name_text import name_text  # noqa: PLC0415
    from gateway.cli.request_text import claude_name_text  # noqa: PLC0415
    from gateway.cli.stack import check_or_exit  # noqa: PLC0415

    root = project_root(project)
    text = name_text(root, name)
    if text is None:
        blueprint = check_or_exit(root, color)
        text = claude_name_text(blueprint, name) or model_text(blueprint, name)
    product(text)


def _of_code(code: str) -> str:
    from gateway.diagnostics.codes import CODES, explanation  # noqa: PLC0415 - `--help` loads no core
    from gateway.model import GatewayError  # noqa: PLC0415

    try:
        return explanation(code)
    except GatewayError as error:
        raise GatewayError(
            error.message, error.hint or f"there are: {', '.join(sorted(CODES))}"
        ) from None
