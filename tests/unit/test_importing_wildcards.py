"""What becomes of the wildcards of a LiteLLM configuration; what LiteLLM does with them is asked in
tests/stack/test_import_answers.py."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.importing.default_model import with_default_model
from gateway.importing.imported import Imported
from gateway.importing.litellm import read_litellm
from gateway.importing.litellm.wildcards import why_no_pattern
from gateway.model import GatewayError, SourceFile
from gateway.resolve.patterns import patterns_of
from gateway.runtime.model_patterns import Patterns

HOME = "api_base: 'http://10.0.0.2/v1', api_key: none"


def read(*entries: tuple[str, str], more: str = "") -> Imported:
    """Entries of a name and `litellm_params`."""
    listed = "".join(
        f"  - {{model_name: '{name}', litellm_params: {{{params}}}}}\n" for name, params in entries
    )
    return read_litellm(SourceFile("c.yaml", f"model_list:\n{listed}{more}"), Path())


def patterns(imported: Imported) -> Patterns:
    return patterns_of({n: data for n, data in imported.fragments.items() if "*" in n})


def place(imported: Imported, name: str) -> str | None:
    """Which fragment has the name."""
    pattern = patterns(imported).serving(name)
    return name if name in imported.fragments else pattern and pattern.name


def notes(imported: Imported) -> list[str]:
    return [note.message for note in imported.notes]


@pytest.mark.parametrize(
    ("name", "model"),
    [("openai/*", "openai/*"), ("mine/a-*", "openai/vendor/*"), ("gpt*", "azure/gpt*")],
)
def test_what_can_be_a_pattern(name: str, model: str) -> None:
    assert why_no_pattern(name, model, None) is None
    params = f"model: {model}, {HOME}"
    data = read((name, params)).fragments[name]
    assert (data["model"], data["allow"]) == (model.partition("/")[2], ["*"])


@pytest.mark.parametrize(
    ("name", "model", "why"),
    [
        ("*", "*", "each name chooses its own provider"),
        ("openai/*", "*", "each name chooses its own provider"),
        ("*", "openai/*", "takes every name"),
        ("*", "openai/one", "all its names are one model"),
        ("claude-*", "openai/one", "all its names are one model"),
        ("one", "openai/*", "its name has none"),
        ("a-*-b", "openai/*", "one `*`, at the end"),
        ("a-*", "openai/*-b", "one `*`, at the end"),
        ("a*b*", "openai/a*b*", "one `*`, at the end"),
        ("a b*", "openai/*", "one `*`, at the end"),
    ],
)
def test_what_cannot_is_noted_with_the_reason(name: str, model: str, why: str) -> None:
    found = read((name, f"model: '{model}', {HOME}"))
    assert found.fragments == {}
    (said,) = notes(found)
    assert said.startswith(f"the wildcard `{name}` was not carried over: ")
    assert why in said


def test_a_wildcard_without_a_provider_is_dropped_as_by_litellm() -> None:
    found = read(("mine/*", "model: 'claude-*', api_key: os.environ/K"))
    assert found.fragments == {}
    assert notes(found) == [
        "`mine/*` was not carried over: LiteLLM knows no provider for `claude-*`"
    ]


def test_several_deployments_are_upstreams_or_keys() -> None:
    found = read(
        ("a/*", "model: openai/*, api_key: os.environ/K"),
        ("a/*", "model: openai/*, api_key: os.environ/L"),
        ("a/*", f"model: openai/v-*, {HOME}, rpm: 3"),
    )
    upstreams = found.fragments["a/*"]["upstreams"]
    assert [u["model"] for u in upstreams] == ["*", "v-*"]
    assert upstreams[1]["limits"] == {"rpm": 3}
    assert found.settings["providers"]["openai"]["api_keys"] == ["K", "L"]


LOST: tuple[tuple[str, str], ...] = (
    ("a/*", "model: openai/*, api_key: os.environ/K"),
    ("a/gone", "model: nobody/x"),
    ("a/fixed-*", "model: openai/one, api_key: os.environ/K"),
    ("a/*-in-the-middle", "model: openai/*, api_key: os.environ/K"),
    ("a/vendor/*", "model: openai/*, api_key: os.environ/K"),
    ("a/vendor/gone", "model: nobody/x"),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b", "a/*"),
        ("a/gone", None),
        ("a/gone-2", "a/*"),
        ("a/fixed-b", None),
        ("a/b-in-the-middle", None),
        ("a/b-in-the-middle-2", None),
        ("a/vendor/b", "a/vendor/*"),
        ("a/vendor/gone", None),
        ("a/vendor/b-in-the-middle", None),
    ],
)
def test_names_of_what_is_lost_go_nowhere(name: str, expected: str | None) -> None:
    assert place(read(*LOST), name) == expected


def test_what_is_denied_is_said_once_and_where_it_counts() -> None:
    denials = [said for said in notes(read(*LOST)) if " denies " in said]
    assert sorted(denials) == [
        "the pattern `a/*` denies `a/*-in-the-middle`, which had another upstream",
        "the pattern `a/*` denies `a/fixed-*`, which had another upstream",
        "the pattern `a/*` denies `a/gone`, which had another upstream",
        "the pattern `a/vendor/*` denies `a/*-in-the-middle`, which had another upstream",
        "the pattern `a/vendor/*` denies `a/vendor/gone`, which had another upstream",
    ]


@pytest.mark.parametrize("lost", ["a/**", "a*endor/*of-many", "*ndor/of-many-more"])
def test_a_pattern_that_no_deny_can_save_is_lost_too(lost: str) -> None:
    found = read(
        ("a/vendor/*" if lost != "a/**" else "a/*", "model: openai/*, api_key: os.environ/K"),
        (lost, "model: openai/one, api_key: os.environ/K"),
    )
    assert found.fragments == {}
    assert any(f"`{lost}`, which was not either, takes names from it" in n for n in notes(found))


def test_a_shorter_wildcard_takes_nothing_from_a_longer_one() -> None:
    found = read(
        ("a/vendor/*", "model: openai/*, api_key: os.environ/K"),
        ("*-x", "model: openai/one, api_key: os.environ/K"),
    )
    assert "deny" not in found.fragments["a/vendor/*"]


def test_a_model_that_our_checks_refuse_is_not_the_patterns() -> None:
    found = read(
        ("a/*", "model: openai/*, api_key: os.environ/K"),
        ("a/bad", f'model: "openai/b\\nc", {HOME}'),
    )
    assert "a/bad" not in found.fragments
    assert found.fragments["a/*"]["deny"] == ["bad"]


ANTHROPIC = ("anthropic/*", "model: anthropic/*, api_key: os.environ/K")


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((ANTHROPIC,), {"anthropic/*": "*", "claude-*": "claude-*"}),
        (
            (("anthropic/claude-opus-*", f"model: openai/o-*, {HOME}"),),
            {"anthropic/claude-opus-*": "o-*", "claude-opus-*": "o-*"},
        ),
        (
            (ANTHROPIC, ("anthropic/claude-*", f"model: openai/c-*, {HOME}")),
            {"anthropic/*": "*", "anthropic/claude-*": "c-*", "claude-*": "c-*"},
        ),
        (
            (ANTHROPIC, ("claude-*", f"model: openai/c-*, {HOME}")),
            {"anthropic/*": "*", "claude-*": "c-*"},
        ),
        ((ANTHROPIC, ("*", f"model: openai/*, {HOME}")), {"anthropic/*": "*"}),
        ((("openai/*", f"model: openai/*, {HOME}"),), {"openai/*": "*"}),
        ((("bedrock/*", "model: bedrock/*"),), {"bedrock/*": "*"}),
    ],
)
def test_claudes_names_without_a_prefix(
    entries: tuple[tuple[str, str], ...], expected: Mapping[str, str]
) -> None:
    fragments = read(*entries).fragments
    assert {name: data["model"] for name, data in fragments.items()} == expected


@pytest.mark.parametrize("lost", ["anthropic/claude-haiku-*", "claude-haiku-*"])
def test_claudes_pattern_denies_what_is_lost(lost: str) -> None:
    found = read(ANTHROPIC, (lost, f"model: openai/one, {HOME}"))
    assert place(found, "claude-haiku-4-5") is None
    assert place(found, "claude-opus-4-5") == "claude-*"


def test_names_that_litellm_knows_alone_are_told_of() -> None:
    entry = ("openai/*", "model: openai/*, api_key: os.environ/K")
    (alone,) = notes(read(entry))
    assert "`gpt-…` without `openai/` is not, though LiteLLM knows such names" in alone
    said = notes(read(entry, ("gpt*", f"model: openai/gpt*, {HOME}")))
    assert said[0] == "each model of `openai/*` is served, none is listed"


def test_what_fallbacks_and_aliases_mention_is_a_model() -> None:
    routing = (
        "router_settings:\n"
        "  fallbacks: [{a/b: [a/c, 'a/*']}, {'a/*': [a/b]}]\n"
        "  default_fallbacks: [a/last]\n"
        "  model_group_alias: {nick: a/d, none: 'a/*', other: b/c}\n"
    )
    found = read(("a/*", f"model: openai/v/*, {HOME}, temperature: 0.5"), more=routing)
    one: dict[str, Any] = {"provider": "host-10.0.0.2", "params": {"temperature": 0.5}}
    last = {"fallbacks": ["a/last"]}
    assert found.fragments == {
        "a/*": {**one, "allow": ["*"], "model": "v/*", **last},
        "a/b": {**one, "model": "v/b", "fallbacks": ["a/c"]},
        "a/c": {**one, "model": "v/c", **last},
        "a/d": {**one, "model": "v/d", "aliases": ["nick"], **last},
        "a/last": {**one, "model": "v/last"},
    }
    assert found.settings["default_model"] == "a/b"
    assert notes(found)[1:] == [
        "alias `none` was not carried over: its model `a/*` is a wildcard",
        "alias `other` was not carried over: its model `b/c` does not exist",
        "one of the `fallbacks` was not carried over: `a/*` is a wildcard",
        "`fallbacks` of `a/*` were not carried over: LiteLLM finds none by a wildcard",
    ]


def test_a_project_of_wildcards_alone_wants_a_default_model() -> None:
    found = read(ANTHROPIC)
    with pytest.raises(GatewayError) as refused:
        with_default_model(found, None)
    assert refused.value.hint is not None
    assert "`--default-model anthropic/…`" in refused.value.hint
    for name in ("other/x", "anthropic/*", "anthropic/"):
        with pytest.raises(GatewayError):
            with_default_model(found, name)
    settings = with_default_model(found, "anthropic/claude-opus-4-5").settings
    assert settings["default_model"] == "anthropic/claude-opus-4-5"


def test_a_default_model_is_one_of_the_project() -> None:
    found = read(
        ("m", f"model: openai/a, {HOME}"),
        ("n", f"model: openai/b, {HOME}"),
        more="router_settings: {model_group_alias: {nick: n}}\n",
    )
    assert with_default_model(found, None).settings["default_model"] == "m"
    assert with_default_model(found, "nick").settings["default_model"] == "nick"
