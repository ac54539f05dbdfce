"""The real `gateway import` on each of the other tools' configurations."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.command_line import run_gateway, tree
from import_sources.reading import CASES, imported_of, source_of

from gateway.constants import MASTER_KEY


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_source_becomes_a_project_that_validates(case: Path, tmp_path: Path) -> None:
    source, project = source_of(case), tmp_path / "project"
    before = tree(case)
    done = run_gateway("import", source, "--into", project, cwd=tmp_path)
    assert done.code == 0, done.err
    imported = imported_of(case)
    for note in imported.notes:
        assert f"{source.name}:{note.line}: {note.message}\n" in done.err
    for value in imported.secrets.values():
        assert value not in done.out + done.err or value in source.name
    assert (project / ".env").stat().st_mode & 0o777 == 0o600
    assert f"\n{MASTER_KEY}=" in (project / ".env").read_text()
    assert (project / "compose/litellm_config.yaml").is_file()
    assert tree(case) == before


def test_a_file_of_no_tool_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"a": 1}')
    done = run_gateway("import", "config.json", "--into", "project", cwd=tmp_path)
    assert done.code == 2
    assert "is nothing that can be imported" in done.err
    assert not (tmp_path / "project").exists()


def test_a_file_that_names_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "proxy.env").write_text("PROXY_API_KEY=x\nGEMINI_API_KEY_1=y\n")
    done = run_gateway("import", "proxy.env", "--into", "project", cwd=tmp_path)
    assert done.code == 2
    assert "proxy.env names no model" in done.err
    assert "GEMINI_MODELS=" in done.err
    assert not (tmp_path / "project").exists()


def test_the_database_of_a_newer_router_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "ccr.sqlite").write_bytes(b"SQLite format 3\x00\x10\x00\xff\xfe")
    done = run_gateway("import", "ccr.sqlite", "--into", "project", cwd=tmp_path)
    assert done.code == 2
    assert "Traceback" not in done.err
