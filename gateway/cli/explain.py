"""`gateway explain`: a diagnostic code's reason and examples, a model's chain, a provider, an app."""

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
            help="A code such as GW201, or the name of a model, an alias, a provider or an app.",
            autocompletion=complete_explained,
        ),
    ],
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Explain a code of a finding, what happens to a request for a model, a provider or an app."""
    if name.upper().startswith("GW") and name[2:].isdigit():
        product(_of_code(name.upper()))
        return
    from gateway.cli.chain_text import model_text  # noqa: PLC0415
    from gateway.cli.name_text import name_text  # noqa: PLC0415
    from gateway.cli.stack import check_or_exit  # noqa: PLC0415

    root = project_root(project)
    product(name_text(root, name) or model_text(check_or_exit(root, color), name))


def _of_code(code: str) -> str:
    from gateway.diagnostics.codes import CODES, explanation  # noqa: PLC0415 - `--help` loads no core
    from gateway.model import GatewayError  # noqa: PLC0415

    try:
        return explanation(code)
    except GatewayError as error:
        raise GatewayError(
            error.message, error.hint or f"there are: {', '.join(sorted(CODES))}"
        ) from None
