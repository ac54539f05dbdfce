"""`gateway lsp`: the language server, for editors to start."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    stdio: Annotated[
        bool, typer.Option("--stdio", hidden=True, help="The only way; editors like to say it.")
    ] = True,
) -> None:
    """Speak with an editor, by the language server protocol.

    Findings as you type, definitions, hovers, names: see docs/editors.md.
    """
    from gateway.model import GatewayError  # noqa: PLC0415 - `--help` loads no core

    del stdio
    try:
        from gateway.editor.server import serve  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in ("pygls", "lsprotocol"):
            raise
        hint = "pip install '<the checkout>[lsp]'"
        raise GatewayError("`gateway lsp` needs pygls, which is not installed", hint) from None
    serve()
