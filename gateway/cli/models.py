"""`gateway models`: the table of models, their chains and where they are served."""

from __future__ import annotations

import typer

from gateway.cli.options import Colour, ColourOption, Format, FormatOption, ProjectOption, product, project_root


def command(
    project: ProjectOption = None, format: FormatOption = Format.TEXT, color: ColourOption = Colour.AUTO
) -> None:
    """List the models, the default first, with their chains."""
    from gateway.cli.chain_text import models_json, models_text  # noqa: PLC0415 - `gateway --help` loads no core
    from gateway.cli.report import report  # noqa: PLC0415
    from gateway.pipeline import check  # noqa: PLC0415

    checked = check(project_root(project))
    if checked.blueprint is None:
        report(checked, colour=color)
        raise typer.Exit(1)
    product(models_json(checked.blueprint) if format is Format.JSON else models_text(checked.blueprint))
