"""Comments are found truly, an excuse hides its own code alone, and no comment crashes anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import yaml_like
from test_check_properties import GLM, SETTINGS, assert_in_order, run

from gateway.adjusting import ADJUSTABLE
from gateway.diagnostics import Diagnostic, Severity, ordered
from gateway.diagnostics.codes import CODES
from gateway.judge import judge
from gateway.load import load
from gateway.model import Fragment, SourceFile, Span
from gateway.pipeline import examine
from gateway.project import read_project
from gateway.yaml_text import find_comments, read

# Two warnings in one line, and one in the settings.
FINDINGS = f"{GLM}context_window: 2\ncapabilities: [tools]\nfallbacks: [small]\n"
SMALL = f"{GLM}context_window: 1\ncapabilities: []\n"
UNUSED = SETTINGS + "  unused: {litellm: openai, api_base: 'http://b', api_keys: []}\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judged")
    (folder / "models.d").mkdir()
    (folder / "models.d/glm.yaml").write_text(GLM)
    (folder / "models.d/small.yaml").write_text(SMALL)
    return folder


comment_like = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "# ",
                    "#",
                    " # gateway: allow GW212 — x",
                    "gateway:",
                    " allow ",
                    "GW212",
                    "GW264",
                ),
                *(
                    ",",
                    "—",
                    "-",
                    ":",
                    " why",
                    "\n",
                    "\r\n",
                    "\t",
                    "'",
                    '"',
                    "a: ",
                    "|\n  ",
                    "[",
                    "]",
                ),
                *("b", "é😀", "GW202", "# gateway: ", "- ", ">-\n", "  ", "''", "\\\n"),
            ]
        ),
        st.text(max_size=3),
    ),
    max_size=14,
).map("".join)


@given(st.one_of(comment_like, yaml_like))
@example("a: 'x\n  # y' # z\n")
@example("a: |2\n    # y\n   # z\nb: 1")
@example("- >\n # x\n\n# y\n")
def test_taking_a_comment_away_changes_nothing_else(text: str) -> None:
    document = read(text)
    if document.problems:
        return
    comments = find_comments(text) or ()
    lines = text.split("\n")
    for comment in comments:
        without = list(lines)
        line = without[comment.line - 1]
        assert line[comment.column - 1 :].rstrip("\r") == comment.text
        assert comment.is_alone is not bool(line[: comment.column - 1].strip(" \t"))
        without[comment.line - 1] = line[: comment.column - 1]
        assert read("\n".join(without)).data == document.data
    # and every other `#` is part of a value: it is still there when no comment is
    in_comments = sum(comment.text.count("#") for comment in comments)
    assert count(document.data) <= text.count("#") - in_comments


def count(data: object) -> int:
    """How many `#` a document's texts hold."""
    if isinstance(data, dict):
        return sum(key.count("#") + count(value) for key, value in data.items())
    if isinstance(data, list):
        return sum(map(count, data))
    return data.count("#") if isinstance(data, str) else 0


@given(st.lists(comment_like.map(lambda text: "#" + text.replace("\n", " ")), max_size=4))
def test_any_comment_in_any_place(root: Path, comments: list[str]) -> None:
    lines = FINDINGS.splitlines()
    for index, comment in enumerate(comments):
        lines.insert(index * 2 % (len(lines) + 1), comment)
        lines[-1 - index] += " " + comment
    assert_in_order(run(root, model="\n".join(lines) + "\n"))
    assert_in_order(run(root, settings="\n".join([*comments, UNUSED])))


codes = st.sampled_from(sorted(ADJUSTABLE))
levels = st.sampled_from(["error", "warning", "off"])


@given(st.lists(codes, min_size=1, max_size=3, unique=True), st.dictionaries(codes, levels))
def test_an_excuse_hides_its_own_code_and_rules_their_own(
    root: Path, excused: list[str], rules: dict[str, str]
) -> None:
    settings = UNUSED + "rules: {" + ", ".join(f"{k}: {v}" for k, v in rules.items()) + "}\n"
    plain = run(root, model=FINDINGS, settings=settings)
    comment = f" # gateway: allow {', '.join(excused)} — why\n"
    checked = run(root, model=FINDINGS.removesuffix("\n") + comment, settings=settings)
    assert_in_order(plain)
    assert_in_order(checked)
    assert plain is not None
    assert checked is not None
    expected = {c: s for c, s in rules.items() if c in ("GW212", "GW213", "GW210") and s != "off"}
    found = {d.code: str(d.severity) for d in plain.diagnostics}
    assert {code: found[code] for code in expected} == expected
    assert not {code for code, says in rules.items() if says == "off"} & found.keys()
    hidden = {each.diagnostic for each in checked.excused if each.diagnostic.code != "GW264"}
    assert {d.code for d in hidden} == found.keys() & set(excused) - {"GW210"}
    left = {d for d in checked.diagnostics if d.code != "GW264"}
    assert left | hidden == set(plain.diagnostics)
    idle = {d.message for d in checked.diagnostics if d.code == "GW264"}
    wanted = [
        code
        for code in excused
        if code not in found or code == "GW210"
        if rules.get(code) != "off" and rules.get("GW264") != "off"
    ]
    if "GW264" not in excused:
        assert idle == {f"this excuse is not needed: there is no `{c}` here" for c in wanted}


def fragment(path: str, text: str) -> Fragment:
    loaded, _ = load(SourceFile(path, text))
    assert loaded is not None
    return loaded


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(CODES)), st.integers(1, 3), st.sampled_from("ab")),
        max_size=8,
    ),
    st.dictionaries(codes, levels),
)
def test_judging_loses_and_invents_nothing(
    places: list[tuple[str, int, str]], rules: dict[str, str]
) -> None:
    files = [
        fragment(f"{name}.yaml", "a: 1\nb: 1 # gateway: allow GW212 — x\nc: 1\n") for name in "ab"
    ]
    found = [
        Diagnostic(
            code,
            "x",
            f"{name}.yaml",
            Span(line, 1, line, 2),
            severity=Severity.WARNING if CODES[code].is_adjustable else Severity.ERROR,
        )
        for code, line, name in places
    ]
    judged = judge(found, files, rules)
    heard = [*judged.diagnostics, *(each.diagnostic for each in judged.excused)]
    assert judged.diagnostics == ordered(judged.diagnostics)
    kept = {(d.code, d.span.line, d.path) for d in heard if d.message == "x"}
    assert kept == {(c, n, f"{p}.yaml") for c, n, p in places if rules.get(c) != "off"}
    assert {(e.diagnostic.code, e.diagnostic.span.line) for e in judged.excused} <= {("GW212", 2)}
    for finding in heard:
        assert finding.severity == rules.get(finding.code, CODES[finding.code].severity)


@given(st.one_of(yaml_like, comment_like))
def test_a_stage_says_warning_where_the_project_may_decide(root: Path, text: str) -> None:
    if run(root, model=FINDINGS + text) is not None:
        for found in examine(read_project(root)).found:
            is_adjustable = CODES[found.code].is_adjustable
            assert found.severity is (Severity.WARNING if is_adjustable else Severity.ERROR)
