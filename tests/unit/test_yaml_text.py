"""The strict reader's data, spans and refusals, and the writer's quoting."""

from __future__ import annotations

import pytest

from gateway.model import Span
from gateway.yaml_text import encode, read, read_plain, shown


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("0755", 755),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-11-21", "2026-11-21"),
        ("1e-06", 1e-06),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-7", -7),
        ("+7", 7),
        ("1.2.3", "1.2.3"),
        ("=", "="),
        ("'5'", "5"),
        ('"true"', "true"),
        ("9" * 101, "9" * 101),
        ("5" * 60, int("5" * 60)),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    data = read(f"key: {text}").data
    assert data == {"key": value}
    assert type(data["key"]) is type(value)


def test_spans_are_1_based_and_count_code_points() -> None:
    spans = read("é😀: {b: [x, yy]}\nc: |\n  text\n").spans
    assert spans["é😀",].key == Span(1, 1, 1, 3)
    assert spans["é😀",].value == Span(1, 5, 1, 17)
    assert spans["é😀", "b"].key == Span(1, 6, 1, 7)
    assert spans["é😀", "b", 1].value == Span(1, 13, 1, 15)
    assert spans["é😀", "b", 1].key is None
    assert spans["c",].value == Span(2, 4, 4, 1)
    assert spans[()].key is None
    assert set(spans) == {(), ("é😀",), ("é😀", "b"), ("é😀", "b", 0), ("é😀", "b", 1), ("c",)}
    assert len(spans) == 6


@pytest.mark.parametrize(
    ("text", "code", "span"),
    [
        ("a: 1\na: 2\n", "GW003", Span(2, 1, 2, 2)),
        ("a: &x 1\n", "GW004", Span(1, 4, 1, 8)),
        ("a: *x\n", "GW004", Span(1, 4, 1, 6)),
        ("a: !x 1\n", "GW007", Span(1, 4, 1, 8)),
        ("a: !!python/object:os.system 1\n", "GW007", Span(1, 4, 1, 31)),
        ("[a]: 1\n", "GW005", Span(1, 1, 1, 2)),
        ("? {a: 1}\n: 2\n", "GW005", Span(1, 3, 1, 4)),
        ("a: 1\n---\nb: 2\n", "GW006", Span(2, 1, 2, 4)),
        ("a: .nan\n", "GW010", Span(1, 4, 1, 8)),
        ("a: 1e999\n", "GW010", Span(1, 4, 1, 9)),
        ("a: 1\rb: 2\n", "GW002", Span(1, 5, 1, 6)),
        ("a: 1\n# x\x85y\n", "GW002", Span(2, 4, 2, 5)),
        ("a: \ud800\n", "GW002", Span(1, 4, 1, 5)),
        ("a: \x00\n", "GW001", Span(1, 4, 1, 5)),
        ("a: \x07\n", "GW001", Span(1, 4, 1, 5)),
        ("a: 'x\nb: 1\n", "GW001", Span(1, 4, 1, 5)),
        ("a: [x\nb: 1\n", "GW001", Span(1, 4, 1, 5)),
        ("a: {x\n", "GW001", Span(1, 4, 1, 5)),
        ("a:\n\tb: 1\n", "GW001", Span(2, 1, 2, 2)),
        ("a: b: c\n", "GW001", Span(1, 5, 1, 6)),
        ("a: 1\nword\nb: 2\n", "GW001", Span(2, 1, 2, 2)),
        ("a: @x\n", "GW001", Span(1, 4, 1, 5)),
        ("a: " + "[" * 40 + "]" * 40, "GW008", Span(1, 35, 1, 36)),
        ("a: " + "[" * 100_000, "GW008", Span(1, 35, 1, 36)),
    ],
)
def test_what_is_not_plain_is_refused_at_its_place(text: str, code: str, span: Span) -> None:
    problems = read(text).problems
    assert [(p.code, p.span) for p in problems] == [(code, span)]


def test_a_duplicate_key_names_both_places() -> None:
    (problem,) = read("a: {b: 1, c: 2, b: 3}").problems
    assert problem.span == Span(1, 17, 1, 18)
    assert problem.related == (("first here", Span(1, 5, 1, 6)),)


def test_every_duplicate_is_reported_in_one_reading() -> None:
    assert [p.span.line for p in read("a: 1\na: 2\nb: 1\na: 3\nb: 2\n").problems] == [2, 4, 5]


def test_windows_line_ends_are_lines() -> None:
    document = read("a: 1\r\nb: 2\r\n")
    assert document.data == {"a": 1, "b": 2}
    assert document.spans["b",].key == Span(2, 1, 2, 2)


def test_an_empty_text_is_no_problem_of_yaml() -> None:
    for text in ("", "\n", "# x\n", "---\n"):
        assert (read(text).data, read(text).problems) == (None, ())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("org/model-5.5", "org/model-5.5"),
        ("os.environ/NAME", "os.environ/NAME"),
        ("no", '"no"'),
        ("NULL", '"NULL"'),
        ("", '""'),
        ("5", '"5"'),
        ("0o17", '"0o17"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("${X}", '"${X}"'),
        ("{{ x }}", '"{{ x }}"'),
        ("a\nb", r'"a\nb"'),
        (True, "true"),
        (None, "null"),
        (5, "5"),
        (1e-06, "1.0e-06"),
        ([], "[]"),
        ({}, "{}"),
        ({"no": ["1e5", 1]}, '{"no": ["1e5", 1]}'),
    ],
)
def test_values_are_written_so_that_both_yaml_versions_agree(value: object, text: str) -> None:
    assert encode(value) == text
    assert read_plain(f"k: {text}") == {"k": value}
    assert read(f"k: {text}").data == {"k": value}


def test_a_value_is_one_line_without_anchors() -> None:
    shared = {"a": ["x" * 500, "line\nbreak"]}
    text = encode([shared, shared])
    assert "\n" not in text
    assert "&" not in text
    assert read_plain(text) == [shared, shared]


def test_what_is_no_yaml_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="line 1"):
        read_plain("a: b: c")


def test_names_in_messages_stay_on_one_line() -> None:
    assert shown("a\nb\x1b") == r"a\nb\x1b"
    assert shown("x" * 100) == "x" * 57 + "..."


@pytest.mark.parametrize("before", ["", "x" * 30, "x" * 44, "x" * 50])
@pytest.mark.parametrize("secret", ["sk-q7Zp0123456789abcdef", "db://user:q7Zp0123456789@host"])
def test_a_secret_that_is_cut_off_is_blank_all_the_same(before: str, secret: str) -> None:
    assert "q7Z" not in shown(f"{before} {secret}")
