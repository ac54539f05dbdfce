"""Whatever a finding says and wherever it is, each format can be read back and says the same."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

from consumers.github_runner import commands, dropped
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml
from markdown_it import MarkdownIt

from gateway.diagnostics import Diagnostic, Related, Severity, ordered
from gateway.diagnostics.codes import CODES
from gateway.diagnostics.fingerprint import fingerprints
from gateway.diagnostics.github import as_github
from gateway.diagnostics.gitlab import as_gitlab
from gateway.diagnostics.json import as_json
from gateway.diagnostics.junit import as_junit
from gateway.diagnostics.markdown import as_markdown
from gateway.diagnostics.sarif import as_sarif
from gateway.diagnostics.text import as_text
from gateway.model import Span

SOURCES = {"a.yaml": "one: 1\r\ntwo: {a: 2}\n\n\t\n", "b.yaml": "", "never found.yaml": "x"}
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
paths = st.one_of(st.sampled_from(["a.yaml", "b.yaml"]), texts)
numbers = st.integers(1, 9)
spans = st.tuples(numbers, numbers, numbers, numbers).map(
    lambda n: Span(n[0], n[1], n[0] + n[2] - 1, n[1] + n[3] - 1)
)
findings = st.lists(
    st.builds(
        Diagnostic,
        code=st.sampled_from(sorted(CODES)),
        message=texts,
        path=paths,
        span=spans,
        hint=st.none() | texts,
        severity=st.sampled_from(Severity),
        related=st.lists(st.builds(Related, paths, spans, texts), max_size=2).map(tuple),
        hides_value=st.booleans(),
    ),
    max_size=5,
).map(ordered)


@given(findings)
def test_every_format_is_made(found: tuple[Diagnostic, ...]) -> None:
    as_text(found, SOURCES).encode()
    assert len(json.loads(as_json(found))["diagnostics"]) == len(found)
    assert len(set(fingerprints(found, SOURCES))) == len(found)


@given(findings)
def test_sarif(found: tuple[Diagnostic, ...]) -> None:
    run = json.loads(as_sarif(found, SOURCES))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({each.code for each in found})
    for each, result in zip(found, run["results"], strict=True):
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9%/._~-]+", place["artifactLocation"]["uri"])
        assert unquote(place["artifactLocation"]["uri"]) == each.path
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == each.code
        text = result["message"]["text"].replace("{{", "{").replace("}}", "}")
        assert text.startswith(each.message)
        snippet = place["region"].get("snippet", {}).get("text", "")
        assert snippet in SOURCES.get(each.path, "")
        assert not (snippet and each.hides_value)


@given(findings)
def test_github(found: tuple[Diagnostic, ...]) -> None:
    read = commands(as_github(found))
    assert len(read) == len(found)
    for each, command in zip(found, read, strict=True):
        assert command.name == each.severity
        assert command.properties["file"] == each.path
        assert command.data.startswith(f"{each.path}:{each.span.line}:{each.span.column}: ")
        assert each.message in command.data
        assert dropped(command) == []


@given(findings)
def test_junit(found: tuple[Diagnostic, ...]) -> None:
    (suite,) = JUnitXml.fromstring(as_junit(found, SOURCES).encode())
    cases = list(suite)
    assert len(cases) == len({*SOURCES, *(each.path for each in found)})
    failed = {each.path for each in found if each.severity is Severity.ERROR}
    assert suite.failures == sum(bool(case.result) for case in cases) == len(failed)


@given(findings)
def test_gitlab(found: tuple[Diagnostic, ...]) -> None:
    issues = json.loads(as_gitlab(found, SOURCES))
    assert [issue["location"]["path"] for issue in issues] == [each.path for each in found]
    assert len({issue["fingerprint"] for issue in issues}) == len(found)


@given(findings)
def test_markdown_is_one_table_and_nothing_else(found: tuple[Diagnostic, ...]) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(as_markdown(found, "a summary"))
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    assert kinds <= {"heading", "inline", "paragraph", "table", "thead", "tbody", "tr", "th", "td"}
    cells = [token for token in tokens if token.type == "inline"][2:]
    assert len(cells) == (4 + 4 * len(found) if found else 0)
    for cell in cells:
        children = cell.children or []
        assert {child.type for child in children} <= {"text", "text_special", "html_inline"}
        marks = {child.content for child in children if child.type == "html_inline"}
        assert marks <= {"<code>", "</code>", "<br>"}
