"""`gateway render`: the stack's files, written, compared or printed."""

from __future__ import annotations

import sys
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
    talk,
)


def command(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; end with 1 where files would change.")] = False,
    stdout: Annotated[bool, typer.Option("--stdout", help="Write nothing; print every file.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that were edited by hand.")] = False,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    color: ColourOption = Colour.AUTO,
    quiet: QuietOption = False,
) -> None:
    """Write the stack: litellm_config.yaml, compose.yaml, the runtime package, .env.example."""
    from gateway.cli.stack import build_or_exit, say_changes  # noqa: PLC0415 - `gateway --help` loads no core
    from gateway.model import Verb  # noqa: PLC0415

    root = project_root(project)
    built = build_or_exit(root, color)
    if stdout:
        product("".join(f"# --- {path}\n{text}" for path, text in built.rendered.items()))
        raise typer.Exit(0)
    differs = any(change.verb is not Verb.UNCHANGED for change in built.changes)
    if check or dry_run:
        say_changes(built.changes, stream=sys.stderr, show_unchanged=False)
        if check and not quiet:
            talk("the stack differs from what a render would write" if differs else "the stack is up to date")
        raise typer.Exit(1 if check and differs else 0)
    from gateway.cli.stack import write_or_exit  # noqa: PLC0415

    write_or_exit(built, root, force=force, quiet=quiet)
