"""Configurations of other tools after their own examples: what each becomes, to be reviewed by eye."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Golden
from import_sources.reading import write_project

from gateway.diagnostics import Severity
from gateway.importing.claude_code_router import (
    looks_like_claude_code_router,
    read_claude_code_router,
)
from gateway.importing.env_files.anthropic_proxy import (
    looks_like_anthropic_proxy,
    read_anthropic_proxy,
)
from gateway.importing.env_files.api_key_proxy import (
    looks_like_api_key_proxy,
    read_api_key_proxy,
)
from gateway.importing.env_files.claude_code_proxy import (
    looks_like_claude_code_proxy,
    read_claude_code_proxy,
)
from gateway.importing.imported import Imported
from gateway.model import SourceFile
from gateway.pipeline import build

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/source"))
KINDS = [
    (looks_like_claude_code_router, read_claude_code_router),
    (looks_like_api_key_proxy, read_api_key_proxy),
    (looks_like_anthropic_proxy, read_anthropic_proxy),
    (looks_like_claude_code_proxy, read_claude_code_proxy),
]


def imported_of(case: Path) -> Imported:
    (path,) = (p for p in (case / "source").iterdir() if p.name != "proxy.env" or p.is_file())
    text = path.read_text("utf-8")
    _, read = next(kind for kind in KINDS if kind[0](path.name, text))
    return read(SourceFile(path.name, text), case / "source")


def told(imported: Imported) -> Iterator[str]:
    """What an import says and makes, without a value of a secret."""
    yield f"# {imported.kind}"
    for note in imported.notes:
        yield f"{note.path}:{note.line}: {note.message}"
        if note.hint:
            yield f"  = hint: {note.hint}"
    yield "\n# gateway.yaml"
    yield from _written(imported.settings)
    for name, data in imported.fragments.items():
        yield f"\n# {name}"
        yield from _written(data)
    yield "\n# .env"
    yield from (f"{name}=(as it was)" for name in imported.secrets)
    yield from (f"{name}=" for name in imported.variables)


def _written(data: object) -> list[str]:
    return json.dumps(data, indent=2, ensure_ascii=False).split("\n")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_source_becomes_what_was_reviewed(case: Path, golden: Golden) -> None:
    golden.check_text(case / "expected.txt", "\n".join(told(imported_of(case))) + "\n")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_what_it_becomes_validates_and_renders(case: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    write_project(imported_of(case), root)
    built = build(root)
    found = built.checked.diagnostics
    assert [d for d in found if d.severity is Severity.ERROR] == []
    assert "compose/litellm_config.yaml" in built.rendered


def test_there_are_cases_for_every_kind() -> None:
    assert {imported_of(case).kind for case in CASES} >= {
        "claude-code-router", "claude-code-proxy", "anthropic-proxy", "llm-api-key-proxy",
    }  # fmt: skip
