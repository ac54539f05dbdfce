"""Projects before and after `gateway fix`, found by walking, with what it said and what is left."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.diagnostics.text import as_text, summary
from gateway.fixing import Plan, plan
from gateway.fixing.applying import apply
from gateway.fixing.diff_text import diff_text
from gateway.pipeline import check

HERE = Path(__file__).parent
CASES = sorted((HERE / "fix").iterdir())
SECRETS = ("c4narychars", "hunter2")


def planned(case: Path, root: Path) -> Plan:
    """A case whose name begins with `tidy` is sorted and gets its modelines too."""
    tidies = case.name.startswith("tidy")
    return plan(check(root), modelines=tidies, sort=tidies)


def said(done: Plan) -> str:
    lines = "".join(f"fixed {mended.path}: {mended.done}\n" for mended in done.mended)
    lines += "".join(f"kept {d.path}: {d.message}: {why}\n" for d, why in done.kept)
    project = done.checked.project
    texts = {file.path: file.text for file in (project.settings, *project.fragments)}
    left = as_text(done.checked.diagnostics, texts)
    return lines + left + summary(done.checked.diagnostics, len(project.fragments)) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_before_becomes_after(case: Path, tmp_path: Path, golden) -> None:
    root = tmp_path / "project"
    shutil.copytree(case / "before", root)
    done = planned(case, root)
    golden.check_text(case / "expected.txt", said(done))
    assert [*apply(done, root)] == [*done.changes()]
    files = (path for path in root.rglob("*") if path.is_file())
    after = {path.relative_to(root).as_posix(): path.read_bytes().decode() for path in files}
    golden.check_folder(case / "after", after)
    again = planned(case, root)
    assert again.mended == (), "a second run changes nothing"
    assert again.before.diagnostics == done.checked.diagnostics
    assert not any(secret in diff_text(done) + said(done) for secret in SECRETS)


def test_every_case_is_a_project_before_and_after() -> None:
    assert len(CASES) >= 14
    for case in CASES:
        assert sorted(path.name for path in case.iterdir()) == ["after", "before", "expected.txt"]
