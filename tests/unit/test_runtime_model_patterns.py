"""Names against patterns: which one decides, what it allows, and what no name may smuggle in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.runtime.model_patterns import Patterns, glob_has, may_meet, refused


def pattern(name: str, **more: Any) -> dict[str, Any]:
    said = {"allow": [], "deny": [], "ids": {"p": "*"}, "fallbacks": [], "mode": "chat"}
    return {"name": name, **said, **more}


PATTERNS = Patterns.from_data(
    [
        pattern("or/*", allow=["z-ai/*", "kimi"], deny=["*:free"], ids={"router": "*"}),
        pattern("or/z-ai/old-*", deny=["*"], ids={"router": "z-ai/old-*"}),
        pattern("n-*", ids={"nano": "zai-org/*"}, mode="embedding"),
    ]
)


def why(name: object) -> str | None:
    return refused(name, {"exact": "exact", "or/own:free": "x"}, PATTERNS)


@pytest.mark.parametrize(
    "name", ["or/z-ai/glm-5", "or/kimi", "or/KIMI", "n-glm", "exact", "or/own:free"]
)
def test_what_is_served(name: str) -> None:
    assert why(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("or/qwen", "does not allow"),
        ("or/z-ai/glm:free", "denies"),
        ("or/z-ai/GLM:Free", "denies"),
        ("or/z-ai/old-3", "denies"),
        ("or/z-ai/../../x", "no name of a model"),
        ("or/..", "no name of a model"),
        ("or/.hidden", "no name of a model"),
        ("or/z-ai//x", "no name of a model"),
        ("or/z-ai/x\n", "no name of a model"),
        ("or/z-ai/*", "no name of a model"),
        ("or/z-ai/" + "x" * 300, "no name of a model"),
        ("or/", "no model and no pattern"),
        ("OR/z-ai/glm-5", "no model and no pattern"),
        ("gpt-4o", "no model and no pattern"),
        (None, "no model and no pattern"),
        (["or/kimi"], "no model and no pattern"),
    ],
)
def test_what_is_not(name: object, reason: str) -> None:
    said = why(name)
    assert said is not None
    assert reason in said
    assert said.isprintable()
    assert len(said) < 200


@pytest.mark.parametrize(
    ("rest", "is_served"),
    [
        *(("-oss", True), ("_4", True), (".5", True), (":x", True), ("5", True), ("oss/x", True)),
        ("", True),
        *(("-", False), ("--x", False), ("/x", False), ("..", False), ("./x", False)),
        *((".", False), ("-/../x", False), ("+x", False), ("-x//y", False), ("-x\n", False)),
    ],
)
def test_a_pattern_may_end_in_the_middle_of_a_word(rest: str, *, is_served: bool) -> None:
    of_word = Patterns.from_data([pattern("gpt*", ids={"p": "gpt*"})])
    assert (of_word.serving(f"gpt{rest}") is not None) is is_served


@pytest.mark.parametrize("upstream_id", ["*", "x/*", "x-*"])
def test_an_id_never_begins_with_how_a_word_goes_on(upstream_id: str) -> None:
    found = Patterns.from_data([pattern("gpt*", ids={"p": upstream_id})])
    assert found.serving("gpt-oss") is None
    assert found.serving("gpt") is None
    assert found.serving("gpt5") is not None


def test_a_beginning_is_the_patterns_own_and_no_shorter_ones() -> None:
    found = Patterns.from_data([pattern("g*", ids={"p": "g*"}), pattern("gpt*", ids={"p": "x/*"})])
    assert found.serving("gpt") is None
    assert found.serving("gp") is not None
    assert may_meet("gpt", "gpt*")
    assert not may_meet("or/", "or/*")


def test_the_longest_pattern_alone_decides() -> None:
    found = PATTERNS.for_name("or/z-ai/old-3")
    assert found is not None
    assert found.name == "or/z-ai/old-*"
    assert PATTERNS.serving("or/z-ai/old-3") is None


def test_a_providers_id_has_a_name() -> None:
    named = PATTERNS.named_at("ROUTER", "z-ai/glm-5")
    assert named is not None
    assert named[1] == "or/z-ai/glm-5"
    assert PATTERNS.named_at("router", "z-ai/old-3") is None, "denied by the longer one"
    assert PATTERNS.named_at("router", "z-ai/glm:free") is None
    nano = PATTERNS.named_at("nano", "zai-org/glm")
    assert nano is not None
    assert nano[1] == "n-glm"
    assert PATTERNS.named_at("nano", "other/glm") is None
    assert PATTERNS.named_at("nobody", "x") is None


@pytest.mark.parametrize(
    ("glob", "meets"),
    [
        *(("*", True), ("or/*", True), ("or/z-ai/*", True), ("o*", True), ("*:free", True)),
        *(("or/kimi", True), ("or/", False), ("n/*", False), ("kimi", False), ("OR/X", True)),
    ],
)
def test_globs_of_an_app_meet_a_pattern(glob: str, meets: bool) -> None:
    assert may_meet(glob, "or/*") is meets


@given(st.text(max_size=300))
def test_no_text_gets_through_that_is_no_name(text: str) -> None:
    for start in ("or/z-ai/", "n-", ""):
        if why(start + text) is None and start + text not in {"exact", "or/own:free"}:
            assert re.fullmatch(r"[A-Za-z0-9._:/@+-]{1,200}", start + text)
            assert not {"..", ".", ""} & set((start + text).split("/"))


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_a_glob_is_a_regular_expression_of_stars(glob: str, text: str) -> None:
    expression = ".*".join(map(re.escape, glob.split("*")))
    assert glob_has(glob, text) is (re.fullmatch(expression, text) is not None)
