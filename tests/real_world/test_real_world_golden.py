"""Configurations as people have them become these projects, with these notes, and no error is found in them.

`project.txt` shows every file that is written, `notes.txt` what is said about the rest: the notes of the
import, and below them the warnings of the validation, each of which is deserved.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gateway.diagnostics import has_errors
from gateway.diagnostics.text import as_text
from gateway.importing.place import env_text, project_files
from gateway.importing.recognise import recognise
from gateway.model import SourceFile
from gateway.pipeline import check

CASES = Path(__file__).parent
NAMES = sorted(path.name for path in CASES.iterdir() if (path / "litellm_config.yaml").exists())
CONFIG = "litellm_config.yaml"


@pytest.mark.parametrize("name", NAMES)
def test_it_becomes_this_project_without_an_error(
    name: str, tmp_path: Path, golden: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CASES / name)
    source = SourceFile(CONFIG, Path(CONFIG).read_text())
    kind = recognise(source)
    assert kind.name == "litellm"
    imported = kind.read(source, Path())
    files = project_files(imported, "project")
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    checked = check(tmp_path)
    assert not has_errors(checked.diagnostics)
    assert checked.blueprint is not None

    notes = "".join(
        f"{note.path}:{note.line}: {note.message}\n"
        + (f"  = hint: {note.hint}\n" if note.hint else "")
        for note in sorted(imported.notes, key=lambda note: (note.path, note.line))
    )
    sources = {
        file.path: file.text for file in (checked.project.settings, *checked.project.fragments)
    }
    warnings = as_text(list(checked.diagnostics), sources) if checked.diagnostics else ""
    golden.check_text(CASES / name / "notes.txt", notes + warnings)
    env = env_text(imported, "***")
    shown = "".join(f"# {path}\n{text}\n" for path, text in {**files, ".env": env}.items())
    golden.check_text(CASES / name / "project.txt", shown)


def test_every_file_belongs_to_a_case() -> None:
    for folder in (
        path for path in CASES.iterdir() if path.is_dir() and path.name != "__pycache__"
    ):
        assert folder.name in NAMES
        loose = {path.name for path in folder.iterdir() if path.is_file()}
        assert loose == {CONFIG, "notes.txt", "project.txt"}
        assert os.access(folder, os.R_OK)
