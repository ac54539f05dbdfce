"""`limits` of a provider, held by a real LiteLLM for each of its models."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from stack.projects import Project, Stack, StartStack, model, provider

from gateway.stand_in import Behaviour, StandIn

pytestmark = pytest.mark.usefixtures("healed")


@pytest.fixture(scope="module")
def stack(start_stack: StartStack, local: StandIn, cloud: StandIn) -> Stack:
    """Models at a provider with limits, and one at a provider without."""
    limited = provider(local.base_url)
    return start_stack(
        Project(
            providers={
                "rated": {**limited, "limits": {"rpm": 3}},
                "wide": {**limited, "limits": {"rpm": 1000}},
                "tokens": {**limited, "limits": {"tpm": 100}},
                "narrow": {**limited, "limits": {"max_parallel_requests": 2}},
                "far": provider(cloud.base_url),
            },
            models={
                "one": model("rated", "one"),
                "two": model("rated", "two"),
                "less": model("rated", "less", limits={"rpm": 2}),
                "spills": model("rated", "spills", "cloud"),
                "shared": {
                    "upstreams": [
                        {"provider": "wide", "model": "shared"},
                        {"provider": "far", "model": "shared"},
                    ]
                },
                "wordy": model("tokens", "wordy"),
                "narrow": model("narrow", "narrow"),
                "cloud": model("far", "cloud-chat"),
            },
        )
    )


def statuses(stack: Stack, name: str, count: int) -> list[int]:
    """All within one minute of the clock, by which LiteLLM counts."""
    if time.time() % 60 > 45:
        time.sleep(60 - time.time() % 60)
    return [stack.proxy.ask("chat", name).status for _ in range(count)]


@pytest.mark.parametrize(("name", "allowed"), [("one", 3), ("two", 3), ("less", 2)])
def test_each_model_has_the_providers_rate_for_itself(
    stack: Stack, local: StandIn, name: str, allowed: int
) -> None:
    assert statuses(stack, name, 5) == [200] * allowed + [429] * (5 - allowed)
    assert len(local.requests) == allowed


def test_what_is_above_the_rate_goes_to_the_fallback(
    stack: Stack, local: StandIn, cloud: StandIn
) -> None:
    assert statuses(stack, "spills", 6) == [200] * 6
    assert (len(local.requests), len(cloud.requests)) == (3, 3)


def test_an_upstream_without_a_rate_has_its_share(stack: Stack, cloud: StandIn) -> None:
    """In `litellm_params` the other's rate would be a weight, and this one's would be 0."""
    assert statuses(stack, "shared", 20) == [200] * 20  # all of them one way: once in a million
    assert cloud.requests


def test_tokens_are_counted_when_an_answer_is_complete(stack: Stack) -> None:
    long = "word " * 120
    assert stack.proxy.ask("chat", "wordy", text=long).status == 200
    until = time.monotonic() + 10
    while stack.proxy.ask("chat", "wordy").status == 200 and time.monotonic() < until:
        time.sleep(0.1)
    assert stack.proxy.ask("chat", "wordy").status == 429


def test_only_so_many_at_once(stack: Stack, local: StandIn) -> None:
    local.behave(Behaviour(delay=2))
    with ThreadPoolExecutor(5) as pool:
        replies = list(pool.map(lambda _: stack.proxy.ask("chat", "narrow").status, range(5)))
    assert sorted(replies) == [200, 200, 429, 429, 429]
    assert len(local.requests) == 2
