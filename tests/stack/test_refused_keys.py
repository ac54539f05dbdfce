"""A provider that refuses its key: the error says whose it was, and nothing of LiteLLM's settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from stack.asking import KINDS
from stack.projects import Project, Stack, StartStack, model, provider

from gateway.stand_in import StandIn

WRONG = "key-that-is-refused-0123456789"


@pytest.fixture(scope="module")
def refused(start_stack: StartStack) -> Iterator[Stack]:
    with StandIn("far", api_keys=["another"]) as far:
        providers = {
            "far": provider(far.base_url, "FAR_KEY"),
            "bare": provider(far.base_url),
            "gone": provider(far.base_url, "GONE_KEY"),
        }
        models = {
            "chat": model("far", "c"),
            "embedding": model("far", "e", mode="embedding"),
            "bare": model("bare", "b"),
            "chain": model("gone", "g", "chat"),
            "embedding-chain": model("gone", "ge", "embedding", mode="embedding"),
        }
        values = {"FAR_KEY": WRONG, "GONE_KEY": ""}
        yield start_stack(Project(providers, models, values=values))


@pytest.mark.parametrize("kind", KINDS)
def test_the_provider_and_its_variable_are_named(refused: Stack, kind: str) -> None:
    reply = refused.proxy.ask(kind, "embedding" if kind == "embeddings" else "chat")
    assert reply.status == 401, reply
    assert reply.error is not None
    assert "the provider far refused its key FAR_KEY (401): `gateway keys check`" in reply.error
    for words in (WRONG, "Add a fallbacks entry", "router_settings", "No fallbacks are"):
        assert words not in reply.error


@pytest.mark.parametrize("kind", KINDS)
def test_a_chain_names_it_beside_the_keys_that_it_missed(refused: Stack, kind: str) -> None:
    reply = refused.proxy.ask(kind, "embedding-chain" if kind == "embeddings" else "chain")
    assert reply.status == 401, reply
    assert (
        "the variable GONE_KEY is not set in the gateway's .env, "
        "and the provider far refused its key FAR_KEY (401)"
    ) in (reply.error or ""), reply


def test_a_provider_without_a_variable_wants_one(refused: Stack) -> None:
    reply = refused.proxy.ask("chat", "bare")
    assert reply.status == 401, reply
    assert "the provider bare wants a key (401)" in (reply.error or "")
