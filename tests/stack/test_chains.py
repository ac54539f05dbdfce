"""Chains, aliases, several keys and cooldowns, on a real LiteLLM."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from stack.asking import CHAT_KINDS, KINDS, Proxy
from stack.projects import Project, StartStack, model, provider
from stack.scripted import chat_answer, scripted

from gateway.stand_in import Behaviour, StandIn

COOLDOWN = 3.0
REFUSALS = {"key-401": 401, "key-402": 402, "key-429": 429}


def by_key(path: str, key: str, body: Mapping[str, Any]) -> tuple[int, Any]:
    if key in REFUSALS:
        return REFUSALS[key], {"error": {"message": "no", "type": "x", "code": None}}
    return 200, chat_answer("local says: hi")


@dataclass(frozen=True, slots=True)
class Chains:
    proxy: Proxy
    local: StandIn


@pytest.fixture(scope="module")
def chains(start_stack: StartStack) -> Iterator[Chains]:
    with ExitStack() as stack:
        local, cloud = (stack.enter_context(StandIn(name)) for name in ("local", "cloud"))
        nobody = stack.enter_context(StandIn("nobody", behaviour=Behaviour(refuse=True)))
        keyed = stack.enter_context(scripted(by_key))
        empty = stack.enter_context(scripted(lambda *_: (200, {})))
        providers = {
            "home": provider(local.base_url),
            "off": provider(nobody.base_url),
            "far": provider(cloud.base_url),
            "empty": provider(empty),
            **{f"keyed-{n}": provider(keyed, f"KEY_{n}", "KEY_GOOD") for n in (401, 402, 429)},
        }
        keys = {name: model(f"keyed-{name}", "m") for name in (401, 402, 429)}
        project = Project(
            providers,
            models={
                "first": model("off", "first", "second", aliases=["house", "claude-x"]),
                "second": model("home", "second", "cloud"),
                "first-embedding": model(
                    "off", "first-e", "second-embedding", mode="embedding", aliases=["vectors"]
                ),
                "second-embedding": model("home", "second-e", "cloud-embedding", mode="embedding"),
                "empty-embedding": model("empty", "e", "cloud-embedding", mode="embedding"),
                "cooled": model("home", "cooled", "cloud"),
                "lone": model("home", "lone"),
                "hopeless": model("home", "broken", "hopeless-too"),
                "hopeless-too": model("home", "broken"),
                "cloud": model("far", "cloud"),
                "cloud-embedding": model("far", "cloud-e", mode="embedding"),
                **{f"keys-{name}": each for name, each in keys.items()},
            },
            settings={"failover": {"cooldown": f"{COOLDOWN:g}s"}},
            values={"KEY_GOOD": "key-good", **{f"KEY_{n}": f"key-{n}" for n in (401, 402, 429)}},
        )
        for name in ("second", "second-e", "broken"):
            local.behave(Behaviour(status=503), model=name)
        yield Chains(start_stack(project).proxy, local)


@pytest.mark.parametrize("kind", KINDS)
def test_a_chain_of_three_ends_at_its_third(chains: Chains, kind: str) -> None:
    name = "first-embedding" if kind == "embeddings" else "first"
    for _ in range(2):
        reply = chains.proxy.ask(kind, name)
        assert reply.comes_from("cloud"), reply
        assert reply.model == ("cloud-embedding" if kind == "embeddings" else "cloud")
        assert reply.total < 1.5


@pytest.mark.parametrize("alias", ["default", "house", "claude-x"])
@pytest.mark.parametrize("kind", CHAT_KINDS)
def test_an_alias_falls_back_like_its_model(chains: Chains, kind: str, alias: str) -> None:
    assert chains.proxy.ask(kind, alias).comes_from("cloud")


def test_an_alias_of_an_embedding_model_falls_back(chains: Chains) -> None:
    assert chains.proxy.ask("embeddings", "vectors").comes_from("cloud")


def test_an_answer_without_embeddings_falls_back(chains: Chains) -> None:
    for _ in range(2):
        assert chains.proxy.ask("embeddings", "empty-embedding").comes_from("cloud")


@pytest.mark.parametrize("status", [401, 402, 429])
def test_where_one_key_is_refused_the_other_answers(chains: Chains, status: int) -> None:
    """A revoked, an empty and an exhausted account: no request fails, none waits."""
    for _ in range(12):
        reply = chains.proxy.ask("chat", f"keys-{status}")
        assert reply.comes_from("local"), reply
        assert reply.total < 1.5
    assert chains.proxy.ask("messages", f"keys-{status}").comes_from("local")


@pytest.mark.parametrize("status", [500, 503, 429])
@pytest.mark.parametrize("kind", CHAT_KINDS)
def test_a_model_that_nobody_stands_behind_is_asked_again(
    chains: Chains, kind: str, status: int
) -> None:
    chains.local.behave(Behaviour(status=status, times=1), model="lone")
    assert chains.proxy.ask(kind, "lone").status == status
    assert chains.proxy.ask(kind, "lone").comes_from("local")


def test_an_upstream_that_failed_is_left_alone_for_the_cooldown(chains: Chains) -> None:
    chains.local.behave(Behaviour(status=500, times=1), model="cooled")
    assert chains.proxy.ask("chat", "cooled").comes_from("cloud")
    began = time.monotonic()
    while (passed := time.monotonic() - began) < COOLDOWN + 1.5:
        if chains.proxy.ask("chat", "cooled").comes_from("local"):
            break
        time.sleep(0.1)
    assert COOLDOWN - 0.5 <= passed <= COOLDOWN + 1


@pytest.mark.parametrize("kind", CHAT_KINDS)
def test_where_a_whole_chain_fails_the_client_hears_so_at_once(chains: Chains, kind: str) -> None:
    for _ in range(2):
        reply = chains.proxy.ask(kind, "hopeless")
        assert reply.status >= 400, reply
        assert reply.total < 1.5


@pytest.mark.parametrize("kind", CHAT_KINDS)
def test_a_fallback_that_fails_is_left_alone_too(chains: Chains, kind: str) -> None:
    time.sleep(COOLDOWN + 0.5)
    chains.local.clear()
    for _ in range(4):
        assert chains.proxy.ask(kind, "first").comes_from("cloud")
        time.sleep(0.2)
    assert [request.model for request in chains.local.requests] == ["second"]
