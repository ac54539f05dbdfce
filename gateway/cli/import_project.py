"""A source file and a folder in, the imported project in it out, with a line for what was not carried over."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.cli.new_project import finish_project, make_folder, project_name
from gateway.cli.options import product, talk
from gateway.cli.report import report
from gateway.cli.stack import NOT_IGNORED
from gateway.constants import ENV_FILE, MODELS_DIR
from gateway.diagnostics import has_errors
from gateway.env_file import is_env_ignored
from gateway.importing.default_model import with_default_model
from gateway.importing.imported import Imported, Note
from gateway.importing.place import (
    Placement,
    env_text,
    plan_import,
    project_files,
    write_import,
)
from gateway.importing.recognise import recognise
from gateway.importing.sound import origin_of, without_mistakes
from gateway.model import Verb
from gateway.pipeline import check
from gateway.project import read_file


def import_project(
    source: Path, into: Path, kind: str | None, default_model: str | None, *, dry_run: bool
) -> int:
    """The exit code: 0 imported, 1 refused or imported with errors. Raises GatewayError."""
    file = read_file(Path("/") if source.is_absolute() else Path(), source.as_posix())
    imported = recognise(file, kind).read(file, Path())
    if not imported.fragments:
        _say_notes(imported.notes)
        talk(f"{file.path} has no model that can be imported; nothing was written")
        return 1
    imported = with_default_model(imported, default_model)
    imported = without_mistakes(imported, origin_of(file.path, 1))
    _say_notes(imported.notes)
    if dry_run:
        _show(imported, project_name(into))
        return 0
    placement = plan_import(imported, into, project_name(into))
    if placement.conflicts:
        return _refuse(placement.conflicts, into)
    make_folder(into)
    elsewhere = write_import(placement, into)
    if elsewhere:
        return _refuse(elsewhere, into)
    _say_written(placement, file.path)
    if not is_env_ignored(into):
        talk(NOT_IGNORED)
    return _finish(imported, into)


def _say_notes(notes: Sequence[Note]) -> None:
    for note in sorted(notes, key=lambda n: (n.path, n.line)):
        talk(f"{note.path}:{note.line}: {note.message}")
        if note.hint:
            talk(f"  = hint: {note.hint}")


def _show(imported: Imported, project: str) -> None:
    files = {**project_files(imported, project), ENV_FILE: env_text(imported, "***")}
    product("\n".join(f"# {path}\n{text}" for path, text in files.items()))


def _refuse(conflicts: Sequence[str], into: Path) -> int:
    for path in conflicts:
        talk(f"{Verb.CONFLICT:>9}  {(into / path).as_posix()}")
    talk(
        "these files exist and say something else: nothing was written\n"
        "  = hint: import into an empty folder with --into DIR, and take over from there what you want"
    )
    return 1


def _say_written(placement: Placement, source: str) -> None:
    for path in placement.new:
        talk(f"{Verb.CREATE:>9}  {path}")
    if placement.moved:
        talk(f"what stood literally in {source} is in {ENV_FILE} now: {', '.join(placement.moved)}")
    if placement.to_add:
        talk(
            f"{ENV_FILE} exists and was kept: give it the values of {', '.join(placement.to_add)} "
            f"({source} still has those that stand there)"
        )
    if placement.unwritable:
        talk(
            f"no line of {ENV_FILE} can hold the value of {', '.join(placement.unwritable)}: "
            f"{source} still has it"
        )


def _finish(imported: Imported, into: Path) -> int:
    """Validates the new project and renders its stack, as `gateway init` does."""
    count = f"{len(imported.fragments)} model{'s' if len(imported.fragments) != 1 else ''}"
    lost = f"; what is different: {len(imported.notes)} notes above" if imported.notes else ""
    checked = check(into)
    if has_errors(checked.diagnostics):
        report(checked, stream=sys.stderr)
        talk(
            f"imported {count}, with mistakes to be mended in {MODELS_DIR}/ and gateway.yaml{lost}"
        )
        return 1
    finish_project(into)
    where = "" if into == Path() else f"cd {into} && "
    talk(
        f"imported {count}{lost}\nnext: look at {ENV_FILE} and models.d/, then\n  {where}gateway up"
    )
    return 0
