"""Several keys of a provider against a stand-in with a quota for each, on a real LiteLLM."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from stack.asking import KINDS
from stack.key_lab import KeyLab, asked, statuses
from stack.projects import Project, StartStack, model

from gateway.stand_in import StandIn

KEYS = {f"KEY_{number}": f"key-{number}-of-the-rotation-0123" for number in (1, 2, 3, 4)}
OTHER = "key-of-another-provider-012345"
# A provider's keys are remembered by the gateway: each test has a provider of its own.
PROVIDERS: dict[str, dict[str, Any]] = {
    "even": {},
    "parallel": {},
    "first": {"rotation": "sequential"},
    "one-refused": {},
    "one-refused-first": {"rotation": "sequential"},
    "none-left": {},
    "none-left-words": {},
    "none-left-kinds": {},
    "none-left-for-long": {},
    "all-refused": {},
    "forbidden": {},
    "suspended-chat": {},
    "suspended-messages": {},
    "broke": {},
    "escalating": {"rotation": "sequential"},
    "tiers": {
        "api_keys": [
            {"env": "KEY_1", "priority": 2},
            {"env": "KEY_2", "priority": 1},
            {"env": "KEY_3", "priority": 1},
        ]
    },
    "weighed": {
        "api_keys": [{"env": "KEY_1", "weight": 4}, "KEY_2", {"env": "KEY_3", "weight": 1}]
    },
    "numbered": {"api_keys": [{"env": "KEY_*", "count": 9}]},
    "narrow": {
        "rotation": "sequential",
        "api_keys": [{"env": "KEY_1", "limits": {"max_parallel_requests": 1}}, "KEY_2"],
    },
    "rated": {
        "rotation": "sequential",
        "api_keys": [{"env": "KEY_1", "limits": {"rpm": 3}}, "KEY_2"],
    },
    "spilling": {},
    "beside": {},
}


@dataclass(frozen=True, slots=True)
class Rotation(KeyLab):
    other: StandIn


@pytest.fixture(scope="module")
def running(start_stack: StartStack) -> Iterator[Rotation]:
    with StandIn("local", api_keys=KEYS.values()) as upstream, StandIn("cloud") as other:
        providers = {
            name: {
                "litellm": "openai",
                "api_base": upstream.base_url,
                "api_keys": ["KEY_1", "KEY_2", "KEY_3"],
                **more,
            }
            for name, more in PROVIDERS.items()
        }
        providers["far"] = {
            "litellm": "openai",
            "api_base": other.base_url,
            "api_keys": ["OTHER_KEY"],
        }
        models = {
            name: model(name, name) for name in PROVIDERS if name not in ("spilling", "beside")
        }
        models["spilling"] = model("spilling", "spilling", "cloud")
        models["cloud"] = model("far", "cloud")
        models["beside"] = {
            "upstreams": [
                {"provider": "beside", "model": "beside", "weight": 1},
                {"provider": "far", "model": "beside", "weight": 1},
            ]
        }
        providers["unset"] = {**providers["even"], "api_keys": ["UNSET_1", "UNSET_2"]}
        models["unset"] = model("unset", "unset")
        models["half-unset"] = {
            "upstreams": [
                {"provider": "unset", "model": "half-unset"},
                {"provider": "far", "model": "half-unset"},
            ]
        }
        models["embedding"] = model("none-left-kinds", "embedding", mode="embedding")
        values = {**KEYS, "OTHER_KEY": OTHER}
        stack = start_stack(Project(providers, models, values=values))
        yield Rotation(stack, upstream, KEYS, other)


@pytest.fixture
def rotation(running: Rotation) -> Rotation:
    for upstream in (running.upstream, running.other):
        upstream.heal()
        upstream.clear()
    return running


@pytest.mark.parametrize(("name", "at_once"), [("even", 1), ("parallel", 20)])
def test_balanced_spreads_evenly(rotation: Rotation, name: str, at_once: int) -> None:
    assert statuses(asked(rotation.proxy, name, 300, at_once=at_once)) == {200: 300}
    used = rotation.used()
    assert set(used) == {"KEY_1", "KEY_2", "KEY_3"}
    assert all(90 <= count <= 110 for count in used.values()), used


def test_sequential_uses_a_key_to_its_end(rotation: Rotation) -> None:
    rotation.limit("KEY_1", 20)
    rotation.limit("KEY_2", 20)
    replies = asked(rotation.proxy, "first", 50)
    assert statuses(replies) == {200: 50}
    shown = rotation.shown()
    # The request that finds a key exhausted is asked again with the next one.
    assert shown[:42] == 21 * ["KEY_1"] + 21 * ["KEY_2"]
    assert shown[42:] == 10 * ["KEY_3"]


@pytest.mark.parametrize(
    ("name", "refused", "at_once"),
    [("one-refused", "KEY_2", 20), ("one-refused-first", "KEY_1", 1)],
)
def test_no_request_fails_for_one_refused_key(
    rotation: Rotation, name: str, refused: str, at_once: int
) -> None:
    rotation.limit(refused, 0, status=401, words="invalid key")
    replies = asked(rotation.proxy, name, 300, at_once=at_once)
    assert statuses(replies) == {200: 300}
    assert replies[-1].headers["x-gateway-refused-keys"] == refused
    assert rotation.used()[refused] <= at_once
    assert f"the key {refused} of {name} is refused (401): not used for 300 s" in rotation.log()
    assert KEYS[refused] not in rotation.log()


def test_when_all_are_exhausted_one_429_says_when_to_come_back(rotation: Rotation) -> None:
    for name, seconds in (("KEY_1", 143), ("KEY_2", 77), ("KEY_3", 200)):
        rotation.limit(name, 1, headers={"retry-after": str(seconds)})
    replies = asked(rotation.proxy, "none-left", 5)
    assert [reply.status for reply in replies] == [200, 200, 200, 429, 429]
    for reply in replies[3:]:
        assert 70 <= int(reply.headers["retry-after"]) <= 77, reply
    assert "come back in 7" in (replies[4].error or "")
    assert rotation.used().total() == 6  # the last request reached nobody


def test_a_body_may_say_when(rotation: Rotation) -> None:
    words = "Your quota will reset after 143h4m52s."
    for name in ("KEY_1", "KEY_2", "KEY_3"):
        rotation.limit(name, 0, words=words)
    replies = asked(rotation.proxy, "none-left-words", 2)
    assert [reply.status for reply in replies] == [429, 429]
    for reply in replies:
        assert 515_000 <= int(reply.headers["retry-after"]) <= 515_092, reply


def test_a_key_that_came_back_meanwhile_is_for_the_next_request(rotation: Rotation) -> None:
    for key in ("KEY_1", "KEY_2", "KEY_3"):
        rotation.limit(key, 0, headers={"retry-after-ms": "1"})
    reply = rotation.proxy.ask("chat", "none-left-for-long")
    assert (reply.status, reply.headers.get("retry-after")) == (429, "1"), reply
    rotation.upstream.heal()
    assert rotation.proxy.ask("chat", "none-left-for-long").is_answer


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_request_rotates(rotation: Rotation, kind: str) -> None:
    name = "embedding" if kind == "embeddings" else "none-left-kinds"
    # A key that is exhausted for one model is used for another; a moment passes between the kinds.
    for key in ("KEY_1", "KEY_2"):
        rotation.limit(key, 0, headers={"retry-after-ms": "700"})
    replies = asked(rotation.proxy, name, 4, kind=kind)
    assert all(reply.is_answer for reply in replies), replies
    rotation.limit("KEY_3", 0, headers={"retry-after": "1"})
    reply = rotation.proxy.ask(kind, name)
    assert (reply.status, reply.headers.get("retry-after")) == (429, "1"), reply
    time.sleep(1.2)
    rotation.upstream.heal()
    assert rotation.proxy.ask(kind, name).is_answer


def test_when_all_are_refused_it_says_which(rotation: Rotation) -> None:
    for name in ("KEY_1", "KEY_2", "KEY_3"):
        rotation.limit(name, 0, status=401, words="invalid key")
    first, second = asked(rotation.proxy, "all-refused", 2)
    assert (first.status, second.status) == (401, 401)
    assert "KEY_1, KEY_2, KEY_3" in (second.error or "")
    assert rotation.used().total() == 3


def test_one_forbidden_request_locks_no_key(rotation: Rotation) -> None:
    for name in ("KEY_1", "KEY_2", "KEY_3"):
        rotation.limit(name, 0, status=403, words="flagged")
    reply = rotation.proxy.ask("chat", "forbidden")
    assert (reply.status, "flagged" in (reply.error or "")) == (403, True)
    assert rotation.used() == {"KEY_1": 1, "KEY_2": 1, "KEY_3": 1}
    rotation.upstream.heal()
    rotation.upstream.clear()
    assert statuses(asked(rotation.proxy, "forbidden", 6)) == {200: 6}
    assert rotation.used() == {"KEY_1": 2, "KEY_2": 2, "KEY_3": 2}


@pytest.mark.parametrize("kind", ["chat", "messages"])
def test_keys_that_are_forbidden_are_asked_once(rotation: Rotation, kind: str) -> None:
    for name in ("KEY_1", "KEY_2"):
        rotation.limit(name, 0, status=403, words="suspended")
    provider = f"suspended-{kind}"
    assert statuses(asked(rotation.proxy, provider, 20, kind=kind)) == {200: 20}
    used = rotation.used()
    assert used["KEY_3"] == 20
    assert max(used["KEY_1"], used["KEY_2"]) == 1
    assert f"the key KEY_1 of {provider} is refused (403)" in rotation.log()


def test_an_empty_account_is_left_alone(rotation: Rotation) -> None:
    rotation.limit("KEY_1", 0, status=402, words="pay")
    assert statuses(asked(rotation.proxy, "broke", 9)) == {200: 9}
    assert rotation.used()["KEY_1"] == 1


def test_a_key_that_comes_back_is_used_again(rotation: Rotation) -> None:
    rotation.limit("KEY_1", 0, headers={"retry-after": "1"})
    asked(rotation.proxy, "escalating", 3)
    assert rotation.used() == {"KEY_1": 1, "KEY_2": 3}
    rotation.upstream.heal()
    time.sleep(1.1)
    asked(rotation.proxy, "escalating", 3)
    assert rotation.used() == {"KEY_1": 4, "KEY_2": 3}


def test_a_lower_priority_waits_for_its_turn(rotation: Rotation) -> None:
    asked(rotation.proxy, "tiers", 10)
    assert rotation.used() == {"KEY_2": 5, "KEY_3": 5}
    for name in ("KEY_2", "KEY_3"):
        rotation.limit(name, 0)
    assert statuses(asked(rotation.proxy, "tiers", 5)) == {200: 5}
    assert rotation.used()["KEY_1"] == 5


def test_weights_share(rotation: Rotation) -> None:
    asked(rotation.proxy, "weighed", 60, at_once=10)
    assert rotation.used() == {"KEY_1": 40, "KEY_2": 10, "KEY_3": 10}


def test_numbered_keys_that_are_not_set_are_left_out(rotation: Rotation) -> None:
    assert statuses(asked(rotation.proxy, "numbered", 40)) == {200: 40}
    assert rotation.used() == dict.fromkeys(KEYS, 10)


def test_a_place_without_any_key_is_left_out_or_named(rotation: Rotation) -> None:
    replies = asked(rotation.proxy, "half-unset", 12)
    assert all(reply.comes_from("cloud") for reply in replies), replies
    lonely = rotation.proxy.ask("chat", "unset")
    assert lonely.status == 401
    assert all(name in (lonely.error or "") for name in ("UNSET_1", "UNSET_2")), lonely
    assert not rotation.used()


def test_the_limits_of_a_key_send_requests_to_the_next(rotation: Rotation) -> None:
    assert statuses(asked(rotation.proxy, "rated", 12)) == {200: 12}
    assert rotation.used()["KEY_1"] in (3, 6)  # six where the minute ended between
    rotation.upstream.clear()
    assert statuses(asked(rotation.proxy, "narrow", 12, at_once=6)) == {200: 12}
    assert rotation.used()["KEY_2"] > 0


def test_exhausted_keys_lead_to_the_fallback(rotation: Rotation) -> None:
    for name in ("KEY_1", "KEY_2", "KEY_3"):
        rotation.limit(name, 0)
    replies = asked(rotation.proxy, "spilling", 5)
    assert all(reply.comes_from("cloud") for reply in replies), replies
    assert rotation.used().total() == 3


def test_keys_and_weights_of_upstreams_go_together(rotation: Rotation) -> None:
    assert statuses(asked(rotation.proxy, "beside", 120, at_once=10)) == {200: 120}
    near, far = rotation.used(), len(rotation.other.requests)
    assert 35 <= far <= 85  # half of them, by LiteLLM's own lot
    assert max(near.values()) - min(near.values()) <= 2, near
    shown = {request.headers["authorization"] for request in rotation.other.requests}
    assert shown == {f"Bearer {OTHER}"}
