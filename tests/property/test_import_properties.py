"""Nothing of a configuration is lost in silence, whatever it says; what is written reads back as it was."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st
from strategies import json_values, texts, yaml_like
from test_yaml_properties import same

from gateway.env_text import assignment, read_assignments
from gateway.importing.imported import Imported
from gateway.importing.ledger import ENV_PREFIX
from gateway.importing.litellm import read_litellm
from gateway.importing.place import named_files
from gateway.model import GatewayError, SourceFile
from gateway.pipeline import read_sound
from gateway.resolve import resolve
from gateway.resolve.litellm_keys import known
from gateway.yaml_text import LenientNode, encode, encode_block, read, read_lenient, read_plain

# A mark that no other part of a drawn configuration has: what becomes of it can be looked for.
_marks = st.integers(10_000, 99_999).map(lambda number: f"mark{number}x")
_keys = st.one_of(
    st.sampled_from(sorted(known("litellm_params"))),
    st.sampled_from(
        ["rpm", "weight", "timeout", "extra_headers", "headers", "extra_body", "apibase"]
    ),
    st.text(string.ascii_lowercase + "_", min_size=1, max_size=12),
)
_info_keys = st.one_of(st.sampled_from(sorted(known("model_info"))), st.just("anything"))
_values = st.one_of(
    _marks,
    st.lists(_marks, max_size=2),
    st.dictionaries(st.sampled_from(["a", "b", "api_key"]), _marks, max_size=2),
)
_params = st.fixed_dictionaries(
    {"model": st.sampled_from(["openai/m", "azure/m", "bedrock/m", "gpt-4o", "x/y", "openai/*"])},
).flatmap(lambda d: st.dictionaries(_keys, _values, max_size=4).map(lambda more: {**more, **d}))
_entries = st.fixed_dictionaries(
    {
        "model_name": st.sampled_from(["a", "b", "c d", "default", "*"]),
        "litellm_params": _params,
        "model_info": st.dictionaries(_info_keys, _values, max_size=3),
    }
)
_fallbacks = st.lists(
    st.dictionaries(
        st.sampled_from("ab*x"), st.lists(st.sampled_from("abx"), max_size=2), max_size=2
    ),
    max_size=3,
)
_configurations = st.fixed_dictionaries(
    {"model_list": st.lists(_entries, max_size=4)},
    optional={
        "router_settings": st.fixed_dictionaries({"fallbacks": _fallbacks}).flatmap(
            lambda d: st.dictionaries(
                st.sampled_from(sorted(known("router_settings") - {"fallbacks"})),
                _values,
                max_size=3,
            ).map(lambda more: {**more, **d})
        ),
        "litellm_settings": st.dictionaries(
            st.sampled_from(sorted(known("litellm_settings"))), _values, max_size=3
        ),
        "general_settings": st.dictionaries(
            st.sampled_from([*sorted(known("general_settings")), "nothing"]), _values, max_size=3
        ),
        "environment_variables": st.dictionaries(st.sampled_from(["A", "B-C"]), _marks, max_size=2),
        "guardrails": st.lists(_values, max_size=2),
    },
)


def imported(data: Any) -> Imported:
    return read_litellm(SourceFile("c.yaml", yaml.safe_dump(data, sort_keys=False)), Path())


def places_of_marks(
    node: LenientNode, above: tuple[int, ...] = ()
) -> Iterator[tuple[str, set[int]]]:
    """Each mark with the lines at which a note would tell of it: its own and those of what it is in."""
    lines = (*above, node.line)
    if isinstance(node.data, str) and node.data.startswith("mark"):
        yield node.data, set(lines[1:])
    inside = node.data.values() if isinstance(node.data, dict) else node.data
    for child in inside if isinstance(node.data, dict | list) else ():
        yield from places_of_marks(child, lines)


@given(_configurations)
def test_every_value_is_carried_over_or_noted(data: Any) -> None:
    text = yaml.safe_dump(data, sort_keys=False)
    found = imported(data)
    if not found.fragments:
        return  # refused as a whole: the command writes nothing and says so
    carried = encode([dict(found.settings), dict(found.fragments), dict(found.secrets)])
    noted = {note.line for note in found.notes}
    root = read_lenient(text).root
    assert root is not None
    for mark, lines in places_of_marks(root):
        assert mark in carried or noted & lines, (mark, lines, found.notes)


@given(_configurations)
def test_what_is_imported_is_sound(data: Any) -> None:
    found = imported(data)
    if not found.fragments:
        return
    files = {path: text for path, (_, text) in named_files(found, "p").items()}
    read_files = {
        path: read_sound(SourceFile(path, text), "gateway" if path == "gateway.yaml" else "model")
        for path, text in files.items()
    }
    assert [d for _, mistakes in read_files.values() for d in mistakes] == []
    fragments = [f for path, (f, _) in read_files.items() if path != "gateway.yaml" and f]
    settings = read_files["gateway.yaml"][0]
    assert settings is not None
    blueprint, diagnostics = resolve(fragments, settings)
    assert blueprint is not None, diagnostics


@given(_configurations)
def test_no_secret_is_written_outside_the_env_file(data: Any) -> None:
    found = imported(data)
    written = encode([dict(found.settings), dict(found.fragments)])
    said = " ".join(f"{note.message} {note.hint}" for note in found.notes)
    text = encode(data)
    for value in found.secrets.values():
        if text.count(value) == 1:  # elsewhere it may be no secret
            assert value not in written + said
    assert all(name not in found.secrets for name in found.variables)


@given(yaml_like)
def test_no_text_makes_the_import_fail(text: str) -> None:
    try:
        read_litellm(SourceFile("c.yaml", text), Path("/nowhere"))
    except GatewayError as error:
        assert error.message.startswith("c.yaml")


def plain(node: LenientNode) -> Any:
    if isinstance(node.data, dict):
        return {key: plain(item) for key, item in node.data.items()}
    if isinstance(node.data, list):
        return [plain(item) for item in node.data]
    return node.data


@given(json_values)
def test_the_lenient_reader_reads_what_litellm_reads(value: Any) -> None:
    document = read_lenient(yaml.safe_dump({"key": value}, sort_keys=False))
    assert document.problem is None
    assert document.root is not None
    assert same(plain(document.root), {"key": value})


@given(st.dictionaries(texts, json_values, min_size=1, max_size=4))
def test_a_mapping_in_block_style_survives_both_readers(value: dict[str, Any]) -> None:
    written = encode_block(value)
    assert same(read_plain(written), value)
    assert same(read(written).data, value)


@given(st.one_of(texts, st.text(string.printable, max_size=20)))
def test_a_value_in_the_env_file_is_read_back_or_refused(value: str) -> None:
    line = assignment("NAME", value)
    if line is None:
        return
    found = read_assignments(f"A=1\n{line}\nB=2\n")
    assert list(found) == ["A", "NAME", "B"]
    assert (found["NAME"].value, found["NAME"].problem) == (value, None)


@given(st.text("abc$'\"\\# ", min_size=1, max_size=8))
def test_whatever_fits_between_single_quotes_can_be_written(value: str) -> None:
    if "'" not in value and not value.endswith("\\"):
        assert assignment("NAME", value) is not None
    assert ENV_PREFIX not in value
