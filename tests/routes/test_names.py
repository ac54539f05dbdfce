"""Names, tags and rules: what a client may write, and which model it stands for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from routes.conditions import ROUTES

from gateway.runtime.claude_request import CHAT, MESSAGES, facts_of
from gateway.runtime.claude_routes import Routes, Rule, Step, consider, decide, matches, tier_of
from gateway.runtime.claude_tokens import Tokens, estimated

ONLY_TIERS = replace(ROUTES, routes={}, rules=(), tiers={"opus": "opus-model", "fable": "rest"})


def asked(
    model: Any, routes: Routes = ROUTES, protocol: str = MESSAGES, **body: Any
) -> Step | None:
    facts = facts_of({"model": model, **body}, protocol)
    return decide(routes, facts, estimated(facts.texts))


def answer(model: Any, **more: Any) -> str | None:
    step = asked(model, **more)
    return None if step is None else step.model


@pytest.mark.parametrize(
    "name",
    [
        "claude-opus-4-5-20251101",
        "claude-opus-4-5[1m]",
        "claude-3-opus-20240229",
        "anthropic/claude-opus-4.5",
        "openrouter/anthropic/claude-opus-4.5:beta",
        "us.anthropic.claude-opus-4-1-20250805-v1:0",
        "claude-opus-4-1@20250805",
        "CLAUDE-OPUS-9",
        "opus",
        "opus[1m]",
    ],
)
def test_a_family_is_one_word_of_the_name(name: str) -> None:
    assert answer(name, routes=ONLY_TIERS) == "opus-model"


@pytest.mark.parametrize("name", ["claude-opusplan", "octopus", "", "claude-sonnet-4", "fables"])
def test_other_names_are_of_no_tier(name: str) -> None:
    assert tier_of(ONLY_TIERS.tiers, name) is None
    assert answer(name, routes=ONLY_TIERS) == "usual"


def test_a_newer_family_needs_no_other_version() -> None:
    assert answer("claude-fable-5-2", routes=ONLY_TIERS) == "rest"


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("cloud,vendor/named-1", "named"),
        ("CLOUD , Vendor/Named-1", "named"),
        ("cloud,vendor/named-1[1m]", "named"),
        ("cloud,named", "named"),
        ("nobody,nick", "named"),
        ("home,vendor/named-1", "rest"),
        ("nobody,vendor/named-1", "rest"),
        ("nobody,vectors", "rest"),
        (",", "rest"),
        ("cloud,", "rest"),
        ("cloud,vendor/named-1,more", "rest"),
    ],
)
def test_provider_and_model(name: str, model: str) -> None:
    for protocol in (MESSAGES, CHAT):
        assert answer(name, protocol=protocol) == model


@pytest.mark.parametrize(
    "name", ["nick", "named", "named[1m]", f"claude-router-{b'nick'.hex()}", "default", "vectors"]
)
def test_a_name_of_ours_is_the_clients_choice(name: str) -> None:
    thinking = {"thinking": {"type": "enabled"}, "tools": [{"type": "web_search_20250305"}]}
    step = asked(name, **thinking)
    assert step is not None
    assert step.route == "asked"
    assert step.model in ("named", "usual", "vectors")


def test_a_tag_moves_even_what_the_client_chose() -> None:
    system = "<CCR-SUBAGENT-MODEL>cloud,vendor/named-1</CCR-SUBAGENT-MODEL> Count."
    assert answer("usual", system=system) == "named"


@pytest.mark.parametrize(
    ("tag", "model"),
    [
        ("named", "named"),
        ("nick", "named"),
        ("cloud,vendor/named-1", "named"),
        ("opus", "opus-model"),
        ("claude-opus-4-5", "opus-model"),
        ("vectors", "agents"),
        ("nothing", "agents"),
        ("no,thing", "agents"),
    ],
)
def test_what_a_tag_may_name(tag: str, model: str) -> None:
    step = asked("claude-sonnet-4-5", system=f"<gateway-model> {tag} </gateway-model>")
    assert step is not None
    assert (step.route, step.model) == ("subagent", model)
    assert tag in step.reason


def test_a_tag_that_names_nothing_falls_through_without_the_route() -> None:
    routes = replace(ROUTES, routes={"default": "rest"})
    system = "<gateway-model>nothing</gateway-model>"
    assert answer("claude-sonnet-4-5", routes=routes, system=system) == "rest"
    assert answer("named", routes=routes, system=system) == "named"


def test_unknown_names_are_answered_on_messages_and_left_alone_on_chat() -> None:
    assert answer("gpt-9") == "rest"
    assert answer("gpt-9", protocol=CHAT) is None
    for name in (None, 7, ["x"], {"a": 1}, ""):
        assert answer(name) == "rest"
        assert answer(name, protocol=CHAT) == "rest"


def test_a_route_that_is_not_configured_is_skipped() -> None:
    routes = replace(ROUTES, routes={}, tiers={})
    body: dict[str, Any] = {"thinking": {"type": "enabled"}}
    assert answer("claude-haiku-4-5", routes=routes, **body) == "usual"


@pytest.mark.parametrize(
    ("glob", "text", "expected"),
    [
        ("*", "", True), ("*", "x", True), ("", "", True), ("", "x", False), ("a", "A", True),
        ("a*", "abc", True), ("*c", "abc", True), ("a*c", "abc", True), ("a*c", "ac", True),
        ("ab*bc", "abc", False), ("*b*", "abc", True), ("*b*b*", "abc", False),
        ("claude-*[1m]", "claude-opus[1m]", True), ("claude-*[1m]", "claude-opusm", False),
        ("a?c", "abc", False), ("mcp__x__*", "mcp__x__do", True), ("**", "x", True),
        ("a*b*c", "a-c-b", False), ("*" * 50 + "x", "y" * 900, False),
    ],
)  # fmt: skip
def test_only_a_star_is_special(glob: str, text: str, expected: bool) -> None:
    assert matches(glob, text) is expected


RULE = {"model": "claude-*", "header": {"X-Team": "docs*"}, "tool": "read", "app": "shop"}


@pytest.mark.parametrize("left_out", [None, *RULE])
def test_every_condition_must_hold(left_out: str | None) -> None:
    routes = replace(ROUTES, rules=(Rule("r", "ruled", {**RULE, "tokens_over": 0}),))
    given: dict[str, Any] = {"model": "x", "header": {}, "tool": [], "app": None}
    name = "claude-x" if left_out != "model" else given["model"]
    tools = [{"name": "Read"}] if left_out != "tool" else given["tool"]
    headers = {"x-TEAM": "Docs-1"} if left_out != "header" else given["header"]
    app = "shop" if left_out != "app" else given["app"]
    body = {"model": name, "tools": tools, "system": "some words to count"}
    facts = facts_of(body, MESSAGES, headers, app)
    step = decide(routes, facts, estimated(facts.texts))
    assert step is not None
    assert (step.route == "rule:r") is (left_out is None)


@pytest.mark.parametrize(("number", "expected"), [(9, False), (10, False), (11, True), (19, True), (20, False)])  # fmt: skip
def test_tokens_over_and_under(number: int, expected: bool) -> None:
    when = {"tokens_over": 10, "tokens_under": 20}
    routes = replace(ROUTES, rules=(Rule("r", "ruled", when),))
    facts = facts_of({"model": "claude-x"}, MESSAGES)
    step = decide(routes, facts, Tokens(number, number, number))
    assert step is not None
    assert (step.route == "rule:r") is expected


def test_a_number_of_tokens_matters_where_a_rule_or_a_route_asks_for_it() -> None:
    rules = (Rule("a", "ruled", {"tokens_over": 10}), Rule("b", "ruled", {"tokens_under": 20}))
    routes = replace(ROUTES, rules=rules)
    assert routes.limits() == (10, 19, 3000)
    assert routes.limits(3000) == (10, 19, 3000)
    assert routes.limits(3001) == (10, 19, 3000, 20_000)
    assert replace(routes, routes={}, rules=()).limits(3001) == ()


def test_a_rule_that_cannot_be_evaluated_falls_through_and_is_told() -> None:
    broken = (Rule("odd", "ruled", {"moon": "full"}), Rule("number", "ruled", {"header": 7}))
    routes = replace(ROUTES, rules=broken)
    facts = facts_of({"model": "claude-x"}, MESSAGES)
    heard: list[str] = []
    step = decide(routes, facts, Tokens(0, 0, 0), tell=lambda s: heard.append(s.route))
    assert step is not None
    assert step.model == "rest"
    assert heard == ["rule:odd", "rule:number"]


@pytest.mark.parametrize(
    ("tokens", "last", "route"),
    [
        (3001, 0, "long_context"),
        (3000, 0, "default"),
        (3000, 9000, "default"),
        (2999, 3001, "default"),
    ],
)
def test_long_and_short_prompts(tokens: int, last: int, route: str) -> None:
    facts = facts_of({"model": "claude-x"}, MESSAGES)
    step = decide(ROUTES, facts, Tokens(tokens, tokens, tokens), last)
    assert step is not None
    assert step.route == route


@pytest.mark.parametrize(
    ("tokens", "last", "route"),
    [
        (20_001, 60_001, "long_context"),
        (20_000, 60_001, "default"),
        (20_001, 60_000, "default"),
        (60_001, 0, "long_context"),
    ],
)
def test_a_session_that_was_long(tokens: int, last: int, route: str) -> None:
    routes = replace(ROUTES, long_context_threshold=60_000)
    facts = facts_of({"model": "claude-x"}, MESSAGES)
    step = decide(routes, facts, Tokens(tokens, tokens, tokens), last)
    assert step is not None
    assert step.route == route


def test_a_reason_is_fit_for_a_header() -> None:
    facts = facts_of({"model": "é\r\nx-evil: 1" + "😀" * 500}, MESSAGES)
    for step in consider(ROUTES, facts, Tokens(0, 0, 0)):
        assert step.reason.isascii()
        assert step.reason.isprintable()
        assert len(step.reason) < 300
