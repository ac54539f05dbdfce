"""A file becomes a fragment with a name, or findings that say why not."""

from __future__ import annotations

import pytest

from gateway.load import load, names_in, stem
from gateway.model import SourceFile, Span


def fragment(text: str, path: str = "models.d/qwen3.5.yaml"):
    return load(SourceFile(path, text))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("models.d/qwen3.5.yaml", "qwen3.5"),
        ("models.d/a.yml", "a"),
        ("models.d/a.yaml.yml", "a.yaml"),
        ("models.d/a.b.yaml", "a.b"),
    ],
)
def test_the_files_name_is_the_models(path: str, name: str) -> None:
    assert stem(path) == name
    assert fragment("model: x\n", path)[0].name == name


@pytest.mark.parametrize(
    ("text", "name"),
    [("name: a/b:c\n", "a/b:c"), ("name: 5\n", "qwen3.5"), ("name: ''\n", "qwen3.5")],
)
def test_a_name_key_wins_where_it_is_text(text: str, name: str) -> None:
    assert fragment(text)[0].name == name


def test_settings_have_no_name() -> None:
    loaded, found = load(SourceFile("gateway.yaml", "name: x\n"), is_model=False)
    assert loaded is not None
    assert (loaded.name, found) == ("", ())


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "text\n", "5\n", "null\n"])
def test_what_is_no_mapping_is_no_fragment(text: str) -> None:
    loaded, found = fragment(text)
    assert loaded is None
    assert [d.code for d in found] == ["GW009"]
    assert found[0].span.line == 1


def test_a_problem_of_the_reader_becomes_a_finding_with_its_related_place() -> None:
    loaded, found = fragment("model: a\nmodel: b\n")
    assert loaded is not None
    assert [d.code for d in found] == ["GW003"]
    assert found[0].related[0].path == "models.d/qwen3.5.yaml"
    assert found[0].related[0].span == Span(1, 1, 1, 6)


def test_spans_of_a_path_that_is_not_there_are_its_nearest_parents() -> None:
    loaded, _ = fragment("timeouts: {connect: 1s}\n")
    assert loaded is not None
    assert loaded.key_span(("timeouts", "total")) == Span(1, 1, 1, 9)
    assert loaded.value_span(("timeouts", "connect", "x")) == Span(1, 21, 1, 23)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name: a\naliases: [b, 5, c]\n", ["x", "a", "b", "c"]),
        ("name: [\n", ["x"]),
        ("- a\n", ["x"]),
        ("aliases: b\n", ["x"]),
    ],
)
def test_names_are_found_in_files_with_mistakes(text: str, names: list[str]) -> None:
    assert list(names_in(SourceFile("models.d/x.yaml", text))) == names
