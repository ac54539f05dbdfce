"""What a body may say of its price and its record, and what led to a deployment all the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import litellm
import pytest

from gateway.runtime.app_admission import (
    Admission,
    admission,
    refuse_deployment,
    refuse_pattern,
    tell_beginning,
)
from gateway.runtime.app_endpoints import Endpoint, Kind
from gateway.runtime.app_request import UnreadableError, asked_in, names_in_form
from gateway.runtime.apps import App, Apps
from gateway.runtime.model_patterns import Patterns

CHAT = Endpoint(Kind.ROUTED)
SHOP = App(
    name="shop",
    keys=("SHOP_KEY",),
    models=frozenset({"one"}),
    answering=frozenset({"one", "spare"}),
    default_model="one",
    limits={},
    budget=None,
    prices={},
    expires=None,
)


def asked(body: object) -> Any:
    return asked_in(json.dumps(body).encode(), "application/json", CHAT, SHOP, ())


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"max_tokens": 0, "max_completion_tokens": 300}, 300),
        ({"max_tokens": 300, "max_output_tokens": 2}, 300),
        ({"max_tokens": 10, "n": 50}, 500),
        ({"prompt": "hi", "max_tokens": 10, "best_of": 4, "n": 2}, 40),
        ({"n": 10**9}, 128 * 1024),
        ({"max_tokens": 10, "n": -3}, 10),
        ({"max_tokens": True, "n": "many"}, 1024),
        ({"max_tokens": 7.0}, 7),
        ({"max_tokens": float("nan")}, 1024),
        ({"max_tokens": float("inf"), "n": float("inf")}, 1024),
    ],
)
def test_the_most_that_is_asked_for_is_held(body: dict[str, Any], answer: int) -> None:
    assert asked(body).answer == answer


QUIET = {"no-log": True, "stream_timeout": 1, "callbacks": ["x"], "models": ["three"]}


def test_how_an_answer_is_recorded_is_not_an_apps_to_say() -> None:
    body = {"model": "one", "extra_body": {**QUIET, "top_k": 1}, **QUIET}
    sent = json.loads(asked({**body, "fallbacks": [{"model": "one", **QUIET}, "one"]}).raw)
    assert sent == {
        "model": "one",
        "extra_body": {"top_k": 1},
        "fallbacks": [{"model": "one"}, "one"],
    }


def of_model(name: object) -> dict[str, Any]:
    return {"model": "m", "model_info": {"gateway": {"model": name}}}


@pytest.mark.parametrize(
    "call", [of_model("three"), of_model(None), {}, {"model_info": {}}, {"model_info": None}]
)
def test_no_deployment_but_of_its_chains_is_asked(call: dict[str, Any]) -> None:
    token = admission.set(Admission(SHOP, Apps({"one": "one"}, (SHOP,))))
    try:
        refuse_deployment(of_model("one"))
        refuse_deployment(of_model("spare"))
        with pytest.raises(litellm.PermissionDeniedError, match="may not use this model"):
            refuse_deployment(call)
    finally:
        admission.reset(token)
    refuse_deployment(call)  # the owner's


def test_of_a_pattern_only_names_that_its_globs_have_are_served() -> None:
    pattern = {"name": "far/*", "allow": [], "deny": [], "ids": {}, "fallbacks": [], "mode": "chat"}
    app = replace(SHOP, models=frozenset(("far/*",)), globs=("far/ours/*",))
    entry = Admission(app, Apps({"one": "one"}, (app,), Patterns.from_data([pattern])))
    token = admission.set(entry)
    try:
        refuse_pattern("far/ours/x", [{"model_name": "far/*"}])
        refuse_pattern("one", [{"model_name": "one"}])  # of a chain
        with pytest.raises(litellm.PermissionDeniedError, match="may not use this model"):
            refuse_pattern("far/theirs/x", [{"model_name": "far/*"}])
    finally:
        admission.reset(token)
    refuse_pattern("far/theirs/x", [{"model_name": "far/*"}])  # the owner's


def test_no_chain_hides_behind_a_fallback_and_no_model_in_what_is_unpacked() -> None:
    behind = {"model": "one", "fallbacks": ["three"], "extra_body": {"model": "three"}}
    body = {"model": "one", "fallbacks": [behind], "extra_body": {"model": "three", "top_k": 1}}
    raw = json.dumps({**body, "context_window_fallback_dict": {"one": "three"}}).encode()
    found = asked_in(raw, "application/json", CHAT, SHOP, ())
    assert json.loads(found.raw) == {
        "model": "one",
        "fallbacks": [{"model": "one", "extra_body": {}}],
        "extra_body": {"top_k": 1},
    }


def test_what_failed_is_free_where_nobody_began_to_answer() -> None:
    entry = Admission(SHOP, Apps({"one": "one"}, (SHOP,)))
    assert not entry.is_free
    entry.has_failed = True
    assert entry.is_free
    token = admission.set(entry)
    tell_beginning()
    admission.reset(token)
    assert not entry.is_free


@pytest.mark.parametrize(
    "fields", [[], [("prompt", "x")], [("model[]", "one")], [("model", "one"), ("no-log", "true")]]
)
def test_a_form_names_its_model_and_no_more(fields: list[tuple[str, object]]) -> None:
    form = Endpoint(Kind.FORM)
    assert names_in_form([("model", "one"), ("prompt", "x")], form, ()) == ("one",)
    with pytest.raises(UnreadableError):
        names_in_form(fields, form, ())


def test_a_body_that_goes_deep_is_read_or_refused() -> None:
    for depth in (10, 200, 100_000):
        body = '{"model": "one", "fallbacks": [' * depth + "]}" * depth
        try:
            found = asked_in(body.encode(), "application/json", CHAT, SHOP, ())
        except UnreadableError:
            continue
        assert found.names == ("one",)
