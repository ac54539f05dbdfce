"""`gateway explain`: a diagnostic code's reason and examples, or a model's chain and upstreams."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.completion import complete_explained
from gateway.cli.options import Colour, ColourOption, ProjectOption, product, project_root


def command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A code such as GW201, or a model's name or alias.",
            autocompletion=complete_explained,
        ),
    ],
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Explain a code of a finding, or what happens to a request for a model."""
    if name.upper().startswith("GW") and name[2:].isdigit():
        product(_of_code(name.upper()))
        return
    from gateway.cli.chain_text import model_text  # noqa: PLC0415
    from gateway.cli.stack import check_or_exit  # noqa: PLC0415

    product(model_text(check_or_exit(project_root(project), color), name))


def _of_code(code: str) -> str:
    from gateway.diagnostics.codes import CODES, explanation  # noqa: PLC0415 - `--help` loads no core
    from gateway.model import GatewayError  # noqa: PLC0415

    try:
        return explanation(code)
    except GatewayError as error:
        raise GatewayError(
            error.message, error.hint or f"there are: {', '.join(sorted(CODES))}"
        ) from None
