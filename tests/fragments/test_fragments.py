"""Whole small projects, found by walking: those in ok/ are in order, those in err/ say so exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.diagnostics import Severity
from gateway.diagnostics.codes import CODES
from gateway.diagnostics.json import as_json
from gateway.diagnostics.text import as_text, summary
from gateway.pipeline import build, check, examine
from gateway.project import read_project

HERE = Path(__file__).parent
OK = sorted(path for path in (HERE / "ok").iterdir())
ERR = sorted(path for path in (HERE / "err").iterdir())
# What err cases write where a secret does not belong: no output may repeat it.
CANARIES = ("c4narychars", "hunter2")


@pytest.mark.parametrize("case", OK, ids=lambda path: path.name)
def test_a_project_in_order_has_no_findings(case: Path) -> None:
    built = build(case)
    assert built.checked.diagnostics == ()
    assert built.rendered


@pytest.mark.parametrize("case", ERR, ids=lambda path: path.name)
def test_a_mistake_is_named_at_its_place(case: Path, golden) -> None:
    checked = check(case)
    files = (checked.project.settings, *checked.project.fragments)
    text = as_text(checked.diagnostics, {file.path: file.text for file in files})
    text += summary(checked.diagnostics, len(checked.project.fragments)) + "\n"
    golden.check_text(case / "expected.txt", text)
    assert checked.diagnostics != ()
    for output in (text, as_json(checked.diagnostics)):
        assert not any(canary in output for canary in CANARIES)


@pytest.mark.parametrize("case", ERR, ids=lambda path: path.name)
def test_a_stage_says_warning_where_the_project_may_decide(case: Path) -> None:
    for found in examine(read_project(case)).found:
        expected = Severity.WARNING if CODES[found.code].is_adjustable else Severity.ERROR
        assert found.severity is expected, found


def test_the_fourteen_mistakes_of_litellm_md_v1_are_all_here() -> None:
    numbers = [path.name[3:5] for path in ERR if path.name.startswith("v1_")]
    assert numbers == [f"{number:02}" for number in range(1, 15)]
    assert len(ERR) >= 34


def test_every_case_is_a_project() -> None:
    known = ("gateway.yaml", "models.d", "expected.txt", "templates")
    for case in (*OK, *ERR):
        assert (case / "gateway.yaml").is_file(), case
        assert [p.name for p in case.iterdir() if p.name not in known] == [], case
    assert not any((case / "expected.txt").exists() for case in OK)
