"""`gateway explain`: a diagnostic code's reason and examples, or a model's chain and upstreams."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import Colour, ColourOption, ProjectOption, product, project_root


def command(
    name: Annotated[str, typer.Argument(help="A code such as GW201, or a model's name or alias.")],
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Explain a code of a finding, or what happens to a request for a model."""
    if name.upper().startswith("GW") and name[2:].isdigit():
        from gateway.diagnostics.codes import explanation  # noqa: PLC0415 - `gateway --help` loads no core

        product(explanation(name.upper()))
        return
    from gateway.cli.chain_text import model_text  # noqa: PLC0415
    from gateway.cli.stack import build_or_exit  # noqa: PLC0415

    blueprint = build_or_exit(project_root(project), color).checked.blueprint
    assert blueprint is not None  # noqa: S101 - build_or_exit left otherwise
    product(model_text(blueprint, name))
