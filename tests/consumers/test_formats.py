"""One set of findings, one golden for each format; and what no format may ever show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from consumers.awkward_findings import EXCUSED, FINDINGS, SECRET, SOURCES

from gateway.diagnostics.fingerprint import fingerprints
from gateway.diagnostics.github import as_github
from gateway.diagnostics.gitlab import as_gitlab
from gateway.diagnostics.json import as_json
from gateway.diagnostics.junit import as_junit
from gateway.diagnostics.markdown import as_markdown
from gateway.diagnostics.sarif import as_sarif
from gateway.diagnostics.text import as_text, summary

GOLDEN = Path(__file__).parent / "findings"
FORMATS: dict[str, Callable[[], str]] = {
    "findings.txt": lambda: as_text(FINDINGS, SOURCES),
    "findings.json": lambda: as_json(FINDINGS),
    "findings.sarif": lambda: as_sarif(FINDINGS, SOURCES),
    "excused.sarif": lambda: as_sarif(FINDINGS, SOURCES, EXCUSED),
    "findings.github.txt": lambda: as_github(FINDINGS),
    "findings.junit.xml": lambda: as_junit(FINDINGS, SOURCES),
    "findings.gitlab.json": lambda: as_gitlab(FINDINGS, SOURCES),
    "findings.md": lambda: as_markdown(FINDINGS, summary(FINDINGS, 4)),
}


def test_every_format_is_as_expected(golden) -> None:
    golden.check_folder(GOLDEN, {name: render() for name, render in FORMATS.items()})


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_shows_a_secret_or_its_shape(name: str) -> None:
    text = FORMATS[name]()
    for piece in (SECRET, SECRET[:8], SECRET[-8:]):
        assert piece not in text


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_deterministic(name: str) -> None:
    assert FORMATS[name]() == FORMATS[name]()


def test_nothing_found_is_a_document_too() -> None:
    assert as_github(()) == ""
    assert json.loads(as_gitlab((), SOURCES)) == []
    assert json.loads(as_sarif((), SOURCES))["runs"][0]["results"] == []
    assert as_markdown((), "0 errors") == "### gateway validate\n\n0 errors\n"


def test_github_is_told_when_it_will_not_show_all() -> None:
    assert "GitHub shows" not in as_github(FINDINGS[:1] * 10)
    lines = as_github(FINDINGS[:1] * 11).splitlines()
    assert len(lines) == 12
    assert lines[-1].startswith("GitHub shows 10 errors and 10 warnings of a step")


def test_a_summary_for_people_stops_before_it_is_refused() -> None:
    text = as_markdown(FINDINGS[:1] * 1000, "1000 errors")
    assert text.endswith("\nand 800 more\n")
    assert len(text) < 2**20


def test_fingerprints_differ_and_stay_when_lines_move() -> None:
    names = fingerprints(FINDINGS, SOURCES)
    assert len(set(names)) == len(FINDINGS)
    moved_sources = {path: f"# new\n\n{text}" for path, text in SOURCES.items()}
    moved = [
        type(f)(f.code, f.message, f.path, f.span._replace(line=f.span.line + 2), hides_value=f.hides_value)
        for f in FINDINGS
    ]  # fmt: skip
    known = {n for n, f in zip(names, FINDINGS, strict=True) if f.path in SOURCES}
    assert known <= set(fingerprints(moved, moved_sources))


def test_a_fingerprint_knows_nothing_of_a_line_that_may_hold_a_secret() -> None:
    others = {path: text.replace(SECRET, f"{SECRET}x") for path, text in SOURCES.items()}
    assert others != SOURCES
    assert fingerprints(FINDINGS, others) == fingerprints(FINDINGS, SOURCES)
    changed = {path: text.replace("[1]", "[2]") for path, text in SOURCES.items()}
    assert fingerprints(FINDINGS, changed) != fingerprints(FINDINGS, SOURCES)
