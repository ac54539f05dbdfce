"""Upstreams: shares, places that stand twice, ids and modes; and what is no mistake there."""

from __future__ import annotations

import pytest
from small_project import MODEL, SETTINGS, model_at

ROWS = "upstreams:\n  - {{provider: nanogpt, model: a{}}}\n  - {{provider: nanogpt, model: b{}}}\n"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", []),
        (", weight: 1", ", weight: 2", []),
        (", weight: 1, order: 1", ", order: 2", []),
        (", weight: 1", "", ["GW231"]),
        ("", ", order: 1", ["GW231"]),
    ],
)
def test_all_have_one_or_none(check_project, first: str, second: str, expected: list[str]) -> None:
    found = check_project({"models.d/a.yaml": ROWS.format(first, second)}).diagnostics
    assert [d.code for d in found] == expected


@pytest.mark.parametrize(
    ("mode", "model", "expected"),
    [
        ("responses", "zai-org/glm-5", ["GW230"]),
        ("responses", "zai-org/other", []),
        ("completion", "zai-org/glm-5", []),
    ],
)
def test_one_id_in_two_modes(check_project, mode: str, model: str, expected: list[str]) -> None:
    text = f"provider: nanogpt\nmodel: {model}\nmode: {mode}\n"
    found = check_project({"models.d/a.yaml": text}).diagnostics
    assert [d.code for d in found] == expected


@pytest.mark.parametrize(
    ("prefix", "expected"), [("anthropic", ["GW235"]), ("openrouter", []), ("groq", [])]
)
def test_a_prefix_that_stands_in_the_id(check_project, prefix: str, expected: list[str]) -> None:
    files = {
        "gateway.yaml": f"{SETTINGS}  other: {{litellm: {prefix}, api_keys: [OTHER_KEY]}}\n",
        "models.d/a.yaml": f"provider: other\nmodel: {prefix}/some-model\n",
    }
    assert [d.code for d in check_project(files).diagnostics] == expected


@pytest.mark.parametrize(("stated", "expected"), [("", []), ("capabilities: []\n", ["GW213"])])
def test_nothing_said_is_not_said_that_there_is_nothing(
    check_project, stated: str, expected: list[str]
) -> None:
    files = {
        "models.d/a.yaml": model_at("x") + "capabilities: [tools]\nfallbacks: [glm-5]\n",
        "models.d/glm-5.yaml": MODEL + stated,
    }
    assert [d.code for d in check_project(files).diagnostics] == expected
