"""Configurations of other tools after their own examples: what each becomes, to be reviewed by eye."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from import_sources.reading import CASES, imported_of

from gateway.diagnostics import Severity
from gateway.importing.imported import Imported
from gateway.importing.place import env_text, project_files
from gateway.importing.recognise import KINDS
from gateway.pipeline import build


def notes_of(imported: Imported) -> Iterator[str]:
    yield f"# {imported.kind}"
    for note in imported.notes:
        yield f"{note.path}:{note.line}: {note.message}"
        if note.hint:
            yield f"  = hint: {note.hint}"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_source_becomes_what_was_reviewed(case: Path, golden: Any) -> None:
    imported = imported_of(case)
    files = {
        "notes.txt": "\n".join(notes_of(imported)) + "\n",
        "env.txt": env_text(imported, "(as it was)"),
        **project_files(imported, case.name),
    }
    golden.check_folder(case / "expected", files)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_what_it_becomes_validates_and_renders(case: Path, tmp_path: Path) -> None:
    for path, text in project_files(imported_of(case), "case").items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    built = build(tmp_path)
    found = built.checked.diagnostics
    assert [d for d in found if d.severity is Severity.ERROR] == []
    assert "compose/litellm_config.yaml" in built.rendered


def test_there_are_cases_for_every_kind() -> None:
    assert {imported_of(case).kind for case in CASES} | {"litellm"} == {k.name for k in KINDS}
