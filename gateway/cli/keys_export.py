"""A project in, its variables with their values out: the one text of this tool that holds them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gateway.cli.options import Colour, talk
from gateway.cli.stack import check_or_exit
from gateway.env_file import environment_of, read_environment
from gateway.keys.exporting import ExportFormat, exported
from gateway.model import GatewayError


def export_text(root: Path, format: str, colour: Colour, *, show: bool) -> str:
    """Leaves with the findings where the project has mistakes. Raises GatewayError."""
    if sys.stdout.isatty() and not show:
        raise GatewayError(
            "this would show every key on the terminal",
            "pipe it to where it is needed, or add --show",
        )
    blueprint = check_or_exit(root, colour)
    values = read_environment(root, [v.name for v in blueprint.variables], os.environ)
    text = exported(
        environment_of(blueprint.variables, values), ExportFormat(format), blueprint.server.project
    )
    talk("these are the keys in clear text: keep them out of files that others read")
    missing = [v.name for v in blueprint.variables if v.name not in values and not v.may_be_empty]
    if missing:
        talk(f"not set, and written as what no provider takes for a key: {', '.join(missing)}")
    return text
