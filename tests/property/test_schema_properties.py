"""The compiled validator and the contract give identical verdicts."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from strategies import fragments, json_values, mutated, settings_files

from gateway.load import load
from gateway.model import SourceFile
from gateway.validate import schema, validate
from gateway.yaml_text import encode

CONTRACTS = {name: Draft202012Validator(schema(name)) for name in ("model", "gateway")}
COMPILED = {name: jsonschema_rs.Draft202012Validator(schema(name)) for name in CONTRACTS}


def agree(name: str, data: Any) -> bool:
    verdict = CONTRACTS[name].is_valid(data)
    with suppress(ValueError):  # a number that it cannot hold: the contract decides
        assert COMPILED[name].is_valid(data) is verdict
    return verdict


def findings(name: str, data: dict[str, Any]):
    fragment, found = load(SourceFile("f.yaml", encode(data) + "\n"), is_model=name == "model")
    assert found == ()
    assert fragment is not None
    return validate(fragment, name)


@given(fragments)
def test_sound_fragments(data: dict[str, Any]) -> None:
    assert agree("model", data)
    assert findings("model", data) == ()


@given(settings_files)
def test_sound_settings(data: dict[str, Any]) -> None:
    assert agree("gateway", data)
    assert findings("gateway", data) == ()


@pytest.mark.parametrize(("name", "sound"), [("model", fragments), ("gateway", settings_files)])
def test_values_with_one_mistake(name: str, sound) -> None:
    @given(mutated(sound))
    def run(data: Any) -> None:
        verdict = agree(name, data)
        if isinstance(data, dict):
            assert (findings(name, data) == ()) is verdict

    run()


@pytest.mark.parametrize("name", ["model", "gateway"])
def test_any_json(name: str) -> None:
    @given(json_values)
    def run(data: Any) -> None:
        agree(name, data)

    run()


@pytest.mark.parametrize("name", ["model", "gateway"])
@pytest.mark.parametrize("number", [1.0, 1e300, 2**63, 2**64, 10**30, -(2**63) - 1, 4000.0, -0.0])
def test_unusual_numbers(name: str, number: float) -> None:
    for data in ({"limits": {"rpm": number}}, {"server": {"port": number}}):
        agree(name, {**data, "provider": "a", "model": "b", "default_model": "x"})
