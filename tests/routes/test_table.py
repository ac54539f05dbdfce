"""Every route and every pair of routes: of two that apply the earlier one wins."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from routes.conditions import CONDITIONS, ROUTES, Condition, request_with

from gateway.bundled_tokenizer import bundled_encode
from gateway.explaining import read_request
from gateway.runtime.claude_request import facts_of, remove_tags
from gateway.runtime.claude_routes import Step, consider
from gateway.runtime.claude_tokens import counted

SAVED = Path(__file__).parent / "requests"
PAIRS = list(itertools.combinations(CONDITIONS, 2))


def steps_of(text: str) -> list[Step]:
    """As the stack decides, tokens counted exactly."""
    request = read_request(text)
    facts = facts_of(request.body, request.protocol, request.headers)
    encode = bundled_encode()
    assert encode is not None
    return list(consider(ROUTES, facts, counted(facts.texts, encode, facts.images)))


def decision_of(text: str) -> Step:
    return next(step for step in steps_of(text) if step.model is not None)


def saved(request: dict[str, Any]) -> str:
    return json.dumps(request, indent=1) + "\n"


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.name)
def test_a_route(condition: Condition, golden) -> None:
    file = SAVED / f"{condition.name}.json"
    golden.check_text(file, saved(request_with(condition)))
    step = decision_of(file.read_text())
    assert (step.route, step.model) == (condition.route, condition.model)


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda c: c.name)
def test_of_two_the_earlier_wins(first: Condition, second: Condition, golden) -> None:
    file = SAVED / "pairs" / f"{first.name}+{second.name}.json"
    golden.check_text(file, saved(request_with(first, second)))
    text = file.read_text()
    step = decision_of(text)
    assert (step.route, step.model) == (first.route, first.model)
    # Both are there: the second would apply as well.
    applying = {step.route for step in steps_of(text) if step.model is not None}
    assert {first.route, second.route} <= applying
    body = read_request(text).body
    assert remove_tags(body) is ("tag" in (first.name, second.name))
    assert "gateway-model" not in json.dumps(body)


def test_no_saved_request_is_left_over() -> None:
    names = {f"{c.name}.json" for c in CONDITIONS}
    names |= {f"pairs/{a.name}+{b.name}.json" for a, b in PAIRS}
    assert {p.relative_to(SAVED).as_posix() for p in SAVED.rglob("*.json")} == names


def test_every_route_that_can_be_configured_is_in_the_table() -> None:
    assert set(ROUTES.routes) <= {condition.name for condition in CONDITIONS}
