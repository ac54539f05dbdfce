"""`gateway models`: the table of models, their chains and where they are served."""

from __future__ import annotations

from gateway.cli.options import (
    Colour,
    ColourOption,
    Format,
    FormatOption,
    ProjectOption,
    product,
    project_root,
)


def command(
    project: ProjectOption = None,
    format: FormatOption = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """List the models, the default first, with their chains."""
    from gateway.cli.chain_text import models_json, models_text  # noqa: PLC0415 - `--help` loads no core
    from gateway.cli.routes_text import routes_text  # noqa: PLC0415
    from gateway.cli.stack import check_or_exit  # noqa: PLC0415

    blueprint = check_or_exit(project_root(project), color)
    as_text = f"{models_text(blueprint)}{routes_text(blueprint)}"
    product(models_json(blueprint) if format is Format.JSON else as_text)
