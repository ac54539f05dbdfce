"""What raw values are accepted: what the documentation writes, and what LiteLLM's own classes take."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litellm_examples import examples_of

from gateway.load import load
from gateway.model import Fragment, SourceFile
from gateway.resolve.litellm_keys import find_raw_mistakes
from gateway.resolve.litellm_snapshot import Schema, schemas
from gateway.resolve.litellm_values import find_value_mistakes

HERE = Path(__file__).parent
SECTIONS = (
    "litellm_params",
    "model_info",
    "litellm_settings",
    "router_settings",
    "general_settings",
)
NOWHERE = Fragment("", SourceFile("", ""), {}, {})


def documented() -> Fragment:
    text = (HERE / "documented_settings.yaml").read_text(encoding="utf-8")
    fragment, found = load(SourceFile("documented_settings.yaml", text), is_model=False)
    assert fragment is not None and not list(found)
    return fragment


DOCUMENTED = documented()


@pytest.mark.parametrize("title", DOCUMENTED.data)
def test_what_is_documented_gives_no_finding(title: str) -> None:
    for section, raw in DOCUMENTED.data[title].items():
        assert list(find_raw_mistakes(DOCUMENTED, (title, section), raw, section)) == []


def test_there_are_enough_documented_settings_to_mean_something() -> None:
    assert len(DOCUMENTED.data) >= 60
    assert {section for raw in DOCUMENTED.data.values() for section in raw} >= {
        "litellm_params",
        "litellm_settings",
        "router_settings",
        "general_settings",
    }


def each_schema() -> Iterator[tuple[str, str, Schema]]:
    for section in SECTIONS:
        yield from ((section, key, schema) for key, schema in schemas(section).items() if schema)


def mistakes(schema: Schema, value: Any) -> list[str]:
    return [d.code for d in find_value_mistakes(NOWHERE, ("key",), value, schema, 0)]


def test_every_key_accepts_the_examples_of_its_own_type_and_a_reference() -> None:
    refused = [
        (section, key, value)
        for section, key, schema in each_schema()
        for value in (*examples_of(schema), "os.environ/NAME")
        if mistakes(schema, value)
    ]
    assert refused == []


def test_every_key_with_a_type_refuses_something() -> None:
    strange = ([], {}, "text", True, 0.5, None)
    lax = [
        (section, key)
        for section, key, schema in each_schema()
        if not any(mistakes(schema, value) for value in strange)
    ]
    assert lax == []


def test_most_keys_have_a_type() -> None:
    """Else the check would mean little; a new LiteLLM may move these, downwards only for a reason."""
    for section, least in (
        ("litellm_params", 400),
        ("litellm_settings", 230),
        ("router_settings", 48),
        ("general_settings", 170),
        ("model_info", 200),
    ):
        assert sum(1 for found, *_ in each_schema() if found == section) >= least, section


def test_what_is_accepted_constructs_in_litellms_own_classes() -> None:
    tried = subprocess.run(
        [sys.executable, HERE / "try_values.py"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert int(tried.stdout.split()[0]) > 4000
