"""What the commands that need a stack share: build it or leave with the findings, write it, say so."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import typer

from gateway.cli.counting import counted
from gateway.cli.options import Colour, talk
from gateway.cli.report import report
from gateway.constants import ENV_FILE, OAUTH_DIR, RUNTIME_PACKAGE, STACK_DIR
from gateway.diagnostics import has_errors
from gateway.diagnostics.text import summary
from gateway.env_file import ensure_env_file, is_env_ignored
from gateway.keys.logins import ensure_folder, with_login
from gateway.model import Blueprint, FileChange, Verb
from gateway.pipeline import Built, build, check
from gateway.resolve.quotas import has_state
from gateway.state_folder import ensure_state_folder
from gateway.write import apply

_PLAIN = (Verb.CREATE, Verb.UPDATE, Verb.REMOVE)
NOT_IGNORED = f"put {ENV_FILE} into .gitignore: it holds the keys"


def build_or_exit(root: Path, colour: Colour = Colour.AUTO) -> Built:
    """The project's stack, rendered in memory; on errors prints the findings and leaves with 1."""
    built = build(root)
    found = report(built.checked, colour=colour, stream=sys.stderr)
    if has_errors(found):
        talk(summary(found, len(built.checked.project.fragments)) + "; nothing was written")
        raise typer.Exit(1)
    return built


def check_or_exit(root: Path, colour: Colour = Colour.AUTO) -> Blueprint:
    """The project's blueprint, nothing rendered; on errors prints the findings and leaves with 1.

    Warnings are counted: whoever asks something else has read them, or `gateway validate` tells them.
    """
    checked = check(root)
    if checked.blueprint is None:
        report(checked, colour=colour, stream=sys.stderr)
        raise typer.Exit(1)
    if checked.diagnostics:
        talk(f"{counted(len(checked.diagnostics), 'warning')}: see `gateway validate`")
    return checked.blueprint


def write_or_exit(
    built: Built, root: Path, *, force: bool = False, quiet: bool = False, more_unchanged: int = 0
) -> None:
    """Writes the stack and a missing `.env`; on a file edited by hand writes nothing and leaves with 1.

    `more_unchanged` files were left as they are before, and are counted with the others.
    """
    conflicts = [change for change in built.changes if change.verb is Verb.CONFLICT]
    if conflicts and not force:
        say_changes(conflicts)
        talk(
            "edited by hand since the last render: nothing was written\n"
            "  = hint: move the edit into gateway.yaml, models.d/ or templates/, or overwrite it with --force"
        )
        raise typer.Exit(1)
    apply(built.changes, root)
    assert built.checked.blueprint is not None  # noqa: S101 - build_or_exit left otherwise
    if has_state(built.checked.blueprint):
        ensure_state_folder(root)
    if not quiet:
        say_changes(built.changes, force=force)
    made = ensure_env_file(root, built.checked.blueprint.variables)
    for name in made:
        more = " (a new master key; fill in the providers' keys)" if name == ENV_FILE else ""
        talk(f"{Verb.CREATE:>9}  {name}{more}")
    if made and not is_env_ignored(root):
        talk(NOT_IGNORED)
    # Before Docker makes it, as root, for the container to look into.
    if with_login(built.checked.blueprint) and ensure_folder(root):
        talk(f"{Verb.CREATE:>9}  {OAUTH_DIR}/")
    verbs = [change.verb for change in built.changes]
    if not quiet:
        say_unchanged(verbs.count(Verb.UNCHANGED) + more_unchanged)


def say_what_would_be(built: Built, *, is_check: bool, force: bool, quiet: bool) -> int:
    """What a render would do, nothing done. The exit code: 1 where `--check` sees a difference, or
    where a render would refuse because of a hand edit."""
    verbs = {change.verb for change in built.changes} - {Verb.UNCHANGED}
    say_changes(built.changes, force=force)
    if is_check and not quiet:
        talk(
            "the stack differs from what a render would write"
            if verbs
            else "the stack is up to date"
        )
    is_refused = Verb.CONFLICT in verbs and not force
    return 1 if is_refused or (is_check and verbs) else 0


def say_changes(changes: Sequence[FileChange], *, force: bool = False) -> None:
    """`   update  compose/compose.yaml`, a line for each file that changes; one for this package's copies."""
    copied: Counter[str] = Counter()
    for change in changes:
        verb = _verb(change, force=force)
        if _is_copied(change.path) and change.verb in _PLAIN:
            copied[verb] += 1
        elif change.verb is not Verb.UNCHANGED:
            talk(f"{verb:>9}  {change.path}")
    for verb, count in copied.items():
        talk(f"{verb:>9}  {STACK_DIR}/{RUNTIME_PACKAGE}/*.py ({counted(count, 'file')})")


def _is_copied(path: str) -> bool:
    file = PurePosixPath(path)
    return file.parent.name == RUNTIME_PACKAGE and file.suffix == ".py"


def _verb(change: FileChange, *, force: bool) -> str:
    if change.verb is Verb.CONFLICT and force:
        return Verb.REMOVE if change.new is None else "overwrite"
    return change.verb


def say_unchanged(count: int) -> None:
    if count:
        talk(f"{count} file{'s' if count > 1 else ''} unchanged")
