"""`gateway render`: the stack's files, written, compared or printed."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import (
    Colour,
    ColourOption,
    DryRunOption,
    ProjectOption,
    QuietOption,
    product,
    project_root,
)


def command(  # noqa: PLR0913, PLR0917 - each one is an option
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; end with 1 where files would change.")
    ] = False,
    stdout: Annotated[
        bool, typer.Option("--stdout", help="Write nothing; print every file.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files that were edited by hand.")
    ] = False,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
    quiet: QuietOption = False,
) -> None:
    """Write the stack into compose/.

    It is litellm_config.yaml, compose.yaml, the runtime package and .env.example.
    """
    from gateway.cli.stack import build_or_exit, say_what_would_be, write_or_exit  # noqa: PLC0415 - `--help` loads no core

    root = project_root(project)
    built = build_or_exit(root, color)
    if stdout:
        product("".join(f"# --- {path}\n{text}" for path, text in built.rendered.items()))
        raise typer.Exit(0)
    if check or dry_run:
        raise typer.Exit(say_what_would_be(built, is_check=check, force=force, quiet=quiet))
    write_or_exit(built, root, force=force, quiet=quiet)
