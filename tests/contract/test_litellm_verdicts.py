"""Every mistake of tests/fragments/err stands beside what the pinned LiteLLM says to it."""

from __future__ import annotations

import json
from pathlib import Path

from compare_with_litellm import VERDICTS, config_hash, read_verdicts, read_version
from litellm_twins import NO_TWIN, TWINS

from gateway.constants import LITELLM_VERSION

ROOT = Path(__file__).parents[2]
CASES = {path.name for path in (ROOT / "tests/fragments/err").iterdir()}


def test_every_case_has_a_twin_or_a_reason_why_litellm_has_no_such_mistake() -> None:
    assert sorted(TWINS.keys() | NO_TWIN.keys()) == sorted(CASES)
    assert not TWINS.keys() & NO_TWIN.keys()
    assert all(NO_TWIN.values())


def test_the_fourteen_first_mistakes_and_twenty_more_were_measured() -> None:
    first = [case for case in TWINS if case.startswith("v1_")]
    assert len(first) == 14
    assert len(TWINS) - len(first) >= 20


def test_the_verdicts_are_of_the_pinned_litellm() -> None:
    assert read_version() == LITELLM_VERSION


def test_the_verdicts_are_of_the_twins_as_they_are_now() -> None:
    """Else: python tests/contract/compare_with_litellm.py."""
    measured = {case: verdict.config_hash for case, verdict in read_verdicts().items()}
    assert measured == {case: config_hash(twin) for case, twin in TWINS.items()}


def test_the_verdicts_hold_no_secret_and_no_place_of_this_machine() -> None:
    text = VERDICTS.read_text("utf-8")
    assert "c4narychars" not in text and "hunter2" not in text
    places = [line for line in json.loads(text)["verdicts"].values() if "/tmp" in str(line["said"])]
    assert places == []
