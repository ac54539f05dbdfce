"""A client's own file: what is put in is there, what was there stays, and taking it out brings it back."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import json5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clients.files import (
    ABSENT,
    DOTENV,
    JSON,
    TOML,
    WHOLE,
    YAML,
    ClientFile,
    Document,
    SettingsFile,
)
from gateway.clients.files.client_file import found_at
from gateway.clients.files.merging import apply_merge, apply_undo, plan_merge, plan_undo
from gateway.model import GatewayError, Verb
from gateway.yaml_text import read_plain

JSON_BEFORE = """\
// mine
{
\t"permissions": {"allow": ["Bash(ls)"]}, // kept
\t"env": {
\t\t"FOO": "bar" /* too */
\t},
\t"list": [1, 2,],
}
"""
TOML_BEFORE = """\
# mine
approval_policy = "never"   # kept

[mcp_servers.files]
command = "npx"
args = [ "-y", 'x' ]
"""
YAML_BEFORE = "# mine\nauto-commits: false  # kept\nread:\n  - a.md\n  - b.md\n"
DOTENV_BEFORE = "# mine\nexport FOO='bar'\nDATABASE_URL=postgres://localhost\n"

CASES: dict[str, tuple[Document, str, dict[tuple[str, ...], Any]]] = {
    "json": (
        JSON,
        JSON_BEFORE,
        {("env", "URL"): "http://x", ("model",): "kimi", ("a", "b", "c"): {"d": [1, "é"]}},
    ),
    "toml": (
        TOML,
        TOML_BEFORE,
        {("model",): "kimi", ("model_providers", "gateway", "url"): "http://x", ("n", "m"): 5},
    ),
    "yaml": (YAML, YAML_BEFORE, {("model",): "openai/kimi", ("timeout",): 600}),
    "dotenv": (DOTENV, DOTENV_BEFORE, {("OPENAI_BASE_URL",): "http://x", ("KEY",): "a b"}),
    "whole": (WHOLE, "", {("content",): "name: gateway\n"}),
}
PARSERS = {"json": json5.loads, "toml": tomllib.loads, "yaml": read_plain}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Document, str, dict[tuple[str, ...], Any]]:
    return CASES[request.param]


def wanted(document: Document, values: dict[Any, Any], *, holds_key: bool = False) -> ClientFile:
    return ClientFile(SettingsFile("~", "settings", document), values, holds_key)


def write(root: Path, file: Path, what: ClientFile) -> Verb:
    merge = plan_merge(root, file, what)
    assert merge.conflicts == ()
    apply_merge(root, merge)
    return merge.verb


def undo(root: Path, file: Path, document: Document) -> Any:
    merge = plan_undo(root, file, document)
    assert merge is not None
    apply_undo(root, merge)
    return merge


def test_every_line_that_was_there_stays(case: Any) -> None:
    document, before, values = case
    text = before
    for place, value in values.items():
        text = document.put(text, place, value)
    for line in before.splitlines():
        assert line.replace(",", "") in text.replace(",", "")
    data = document.read(text)
    for place, value in values.items():
        assert found_at(data, place) == value
    for place, value in scalars_of(document.read(before)):
        assert found_at(data, place) == value
    if document.name in PARSERS:
        assert PARSERS[document.name](text) == data


def scalars_of(data: Any) -> list[tuple[tuple[str, ...], Any]]:
    return [((key,), value) for key, value in data.items() if not isinstance(value, dict)]


def test_written_and_undone_the_file_has_its_old_bytes(case: Any, tmp_path: Path) -> None:
    document, before, values = case
    file = tmp_path / "settings"
    if before:
        file.write_text(before)
    verbs = [write(tmp_path, file, wanted(document, values)) for _ in range(2)]
    assert verbs == [Verb.UPDATE if before else Verb.CREATE, Verb.UNCHANGED]
    undo(tmp_path, file, document)
    assert (file.read_text() if file.exists() else "") == before
    assert plan_undo(tmp_path, file, document) is None


def test_a_file_that_was_made_is_removed_and_keys_are_for_the_owner_alone(
    case: Any, tmp_path: Path
) -> None:
    document, _, values = case
    file = tmp_path / "home" / "settings"
    assert write(tmp_path, file, wanted(document, values, holds_key=True)) is Verb.CREATE
    assert file.stat().st_mode & 0o777 == 0o600
    memories = list((tmp_path / ".gateway" / "clients").iterdir())
    assert [path.stat().st_mode & 0o777 for path in memories] == [0o600]
    assert undo(tmp_path, file, document).verb is Verb.REMOVE
    assert not file.exists()


def test_a_file_that_others_read_is_closed_before_the_key_is_in_it_and_opened_again(
    tmp_path: Path,
) -> None:
    file = tmp_path / "settings.json"
    file.write_text("{}\n")
    file.chmod(0o644)
    write(tmp_path, file, wanted(JSON, {("key",): "sk-x"}, holds_key=True))
    assert file.stat().st_mode & 0o777 == 0o600
    undo(tmp_path, file, JSON)
    assert file.stat().st_mode & 0o777 == 0o644


def test_what_others_changed_since_stays_when_ours_goes(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(JSON_BEFORE)
    values = {("env", "URL"): "http://x", ("env", "FOO"): "ours", ("a", "b"): 1, ("model",): "m"}
    merge = plan_merge(tmp_path, file, wanted(JSON, values))
    assert merge.conflicts == (("env", "FOO"),)
    apply_merge(tmp_path, merge)  # as --force does
    text = file.read_text().replace('"m"', '"theirs"').replace("// mine", "// mine\n// more")
    file.write_text(text)
    assert undo(tmp_path, file, JSON).kept == (("model",),)
    data = json5.loads(file.read_text())
    assert data == {**json5.loads(JSON_BEFORE), "model": "theirs"}
    assert "// mine\n// more" in file.read_text()


def test_what_others_added_between_two_writes_is_still_there_after_the_undo(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TOML_BEFORE)
    write(tmp_path, file, wanted(TOML, {("model",): "one", ("old", "x"): 1}))
    theirs = file.read_text() + '\n[projects."/x"]\ntrust_level = "trusted"\n'
    file.write_text(theirs)
    write(tmp_path, file, wanted(TOML, {("model",): "two"}))
    data = tomllib.loads(file.read_text())
    assert (data["model"], data["projects"]["/x"]["trust_level"]) == ("two", "trusted")
    assert "old" not in data or data["old"] == {}
    undo(tmp_path, file, TOML)
    data = tomllib.loads(file.read_text())
    assert "model" not in data
    assert data["projects"]["/x"]["trust_level"] == "trusted"
    assert data["approval_policy"] == "never"


def test_a_value_of_the_users_is_a_conflict(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"env": {"URL": "mine", "BAD": "1"}}')
    merge = plan_merge(tmp_path, file, wanted(JSON, {("env", "URL"): "x", ("env", "BAD"): ABSENT}))
    assert merge.verb is Verb.CONFLICT
    assert merge.conflicts == (("env", "URL"), ("env", "BAD"))
    apply_merge(tmp_path, merge)
    assert json.loads(file.read_text()) == {"env": {"URL": "x"}}
    undo(tmp_path, file, JSON)
    assert file.read_text() == '{"env": {"URL": "mine", "BAD": "1"}}'


def test_our_own_value_of_before_is_none(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    write(tmp_path, file, wanted(JSON, {("model",): "one"}))
    assert write(tmp_path, file, wanted(JSON, {("model",): "two"})) is Verb.UPDATE


def test_what_a_second_write_does_not_want_goes_with_its_table(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TOML_BEFORE)
    write(tmp_path, file, wanted(TOML, {("p", "g", "auth", "command"): "x", ("p", "g", "u"): "y"}))
    write(tmp_path, file, wanted(TOML, {("p", "g", "token"): "z", ("p", "g", "u"): "y"}))
    assert tomllib.loads(file.read_text())["p"] == {"g": {"token": "z", "u": "y"}}
    undo(tmp_path, file, TOML)
    assert file.read_text() == TOML_BEFORE


def test_an_edit_that_would_change_more_is_refused(tmp_path: Path) -> None:
    class Careless(type(JSON)):  # type: ignore[misc]
        def put(self, text: str, place: Any, value: Any) -> str:
            return JSON.put(JSON.take_out(text, ("mine",)), place, value)

    file = tmp_path / "settings.json"
    file.write_text('{"mine": 1}')
    with pytest.raises(GatewayError, match="without changing more"):
        plan_merge(tmp_path, file, wanted(Careless(), {("model",): "x"}))


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (JSON, "[1]"),
        (JSON, '{"a": 1'),
        (JSON, '{"a": 1} x'),
        (JSON, '{"a": 1, "a": 2}'),
        (JSON, "{" * 5000),
        (JSON, '{"env": 5}'),
        (TOML, "a = "),
        (TOML, "env = 5"),
        (YAML, "- a\n"),
        (YAML, "env: &a b\n"),
    ],
)
def test_what_cannot_be_edited_surely_is_left_alone(
    document: Document, text: str, tmp_path: Path
) -> None:
    file = tmp_path / "settings"
    file.write_text(text)
    with pytest.raises(GatewayError):
        merge = plan_merge(tmp_path, file, wanted(document, {("env", "X"): "y"}))
        assert merge.conflicts != ()
        raise GatewayError("a conflict")
    assert file.read_text() == text


KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
JSONS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


@given(
    st.dictionaries(KEYS, JSONS, max_size=4),
    st.sampled_from([None, 0, 1, 2, 4, "\t"]),
    st.lists(KEYS, min_size=1, max_size=3),
    JSONS,
)
def test_any_json_takes_any_value_and_gives_it_back(
    data: dict[str, Any], indent: Any, place: list[str], value: Any
) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=False) + "\n"
    there = found_at(data, tuple(place))
    new = JSON.put(text, tuple(place), value)
    found = json.loads(new)
    assert JSON.read(new) == found
    assert found_at(found, tuple(place)) == value
    others = {key for key in data if key != place[0]}
    assert all(found[key] == data[key] for key in others)
    if there is ABSENT:
        without = json.loads(JSON.take_out(new, tuple(place)))
        assert found_at(without, tuple(place)) is ABSENT
        assert all(without[key] == data[key] for key in others)


@given(st.text(max_size=40))
def test_no_text_breaks_a_reader(text: str) -> None:
    for document in (JSON, TOML, YAML, DOTENV, WHOLE):
        try:
            data = document.read(text)
        except ValueError:
            continue
        assert isinstance(data, dict)


@pytest.mark.parametrize(
    "line",
    ["OPENAI_API_KEY=sk-mine # mine", "export OPENAI_API_KEY='a$b'", 'OPENAI_API_KEY="a\\nb"'],
)
def test_a_value_in_a_dotenv_comes_back_as_it_was_spelt(line: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"{line}\n")
    apply_merge(tmp_path, plan_merge(tmp_path, file, wanted(DOTENV, {("OPENAI_API_KEY",): "ours"})))
    assert "ours" in file.read_text()
    file.write_text(
        f"{file.read_text()}LATER=1\n"
    )  # so that the old bytes alone are not the answer
    undo(tmp_path, file, DOTENV)
    assert file.read_text() == f"{line}\nLATER=1\n"
