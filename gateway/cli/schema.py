"""`gateway schema`: the JSON Schemas, for editors and other tools."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli.options import product


class Schema(StrEnum):
    MODEL = "model"
    GATEWAY = "gateway"


def command(
    name: Annotated[
        Schema, typer.Argument(help="model: a fragment's; gateway: that of gateway.yaml.")
    ] = Schema.MODEL,
) -> None:
    """Print the JSON Schema of fragments or of gateway.yaml."""
    import json  # noqa: PLC0415 - `--help` loads no core

    from gateway.validate import schema  # noqa: PLC0415

    product(json.dumps(schema(name.value), indent=2, ensure_ascii=False) + "\n")
