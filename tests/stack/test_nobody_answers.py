"""A chain whose machines are all off: one sentence that says so, the same each time, and no quota."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from stack.asking import CHAT_KINDS, KINDS, Reply
from stack.projects import Project, Stack, StartStack, model, provider

from gateway.stand_in import Behaviour, StandIn


@dataclass(frozen=True, slots=True)
class Dead:
    stack: Stack
    home: StandIn
    far: StandIn

    def ask(self, kind: str, name: str) -> Reply:
        return self.stack.proxy.ask(kind, f"{name}-embedding" if kind == "embeddings" else name)


@pytest.fixture(scope="module")
def dead(start_stack: StartStack) -> Iterator[Dead]:
    off = Behaviour(refuse=True)
    limit = Behaviour(status=429, retry_after=7)
    with (
        StandIn("home", behaviour=off) as home,
        StandIn("far", behaviour=off) as far,
        StandIn("busy", behaviour=limit) as busy,
    ):
        providers = {
            name: provider(each.base_url)
            for name, each in (("home", home), ("far", far), ("busy", busy))
        }
        models = {
            "chain": model("home", "h", "cloud"),
            "cloud": model("far", "f"),
            "quota": model("busy", "b", "cloud"),
            "behind": model("home", "h2", "limited"),
            "limited": model("busy", "b2"),
            "chain-embedding": model("home", "e", "cloud-embedding", mode="embedding"),
            "cloud-embedding": model("far", "fe", mode="embedding"),
        }
        yield Dead(start_stack(Project(providers, models)), home, far)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_one_503_each_time(dead: Dead, kind: str) -> None:
    origins = [each.base_url.removesuffix("/v1") for each in (dead.home, dead.far)]
    for _ in range(3):
        reply = dead.ask(kind, "chain")
        assert reply.status == 503, reply
        assert 1 <= int(reply.headers["retry-after"]) <= 10
        assert reply.error is not None
        for words in (*origins, "home (", " and far (", "do not accept connections"):
            assert words in reply.error, reply
        for words in ("itellm", "LLM", "cooldown", "deployment", "rate_limit", "quota"):
            assert words not in reply.error, reply


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_alone_says_the_same(dead: Dead, kind: str) -> None:
    for _ in range(2):
        reply = dead.ask(kind, "cloud")
        assert reply.status == 503, reply
        assert "far (" in (reply.error or "")
        assert "does not accept connections" in (reply.error or "")


def test_the_error_has_its_protocols_shape(dead: Dead) -> None:
    assert '"type": "error", "error": {"type": "api_error"' in (
        dead.ask("messages", "chain").error or ""
    )
    assert '{"error": {"message": "nobody of the chain of chain answers' in (
        dead.ask("chat", "chain").error or ""
    )


@pytest.mark.parametrize("kind", CHAT_KINDS)
def test_a_quota_that_is_used_up_stays_a_429(dead: Dead, kind: str) -> None:
    for name in ("limited", "quota"):
        reply = dead.ask(kind, name)
        assert reply.status == 429, reply
        assert "nobody of the chain" not in (reply.error or "")


@pytest.mark.parametrize("kind", CHAT_KINDS)
def test_who_answers_with_an_error_is_somebody(dead: Dead, kind: str) -> None:
    reply = dead.ask(kind, "behind")
    assert "told to answer 429" in (reply.error or ""), reply


def test_who_is_back_answers(dead: Dead) -> None:
    """The last of this module: it switches a machine on."""
    dead.far.heal()
    until = time.monotonic() + 20
    while not (reply := dead.ask("chat", "chain")).is_answer and time.monotonic() < until:
        time.sleep(0.5)
    assert reply.comes_from("far"), reply


def test_so_it_is_where_no_model_has_a_fallback_and_keys_are_rotated(
    start_stack: StartStack,
) -> None:
    values = {"A_KEY": "sk-a", "B_KEY": "sk-b"}
    with StandIn("home", behaviour=Behaviour(refuse=True)) as home:
        providers = {"home": provider(home.base_url, *values)}
        stack = start_stack(Project(providers, {"m": model("home", "h")}, values=values))
        for _ in range(2):
            reply = stack.proxy.ask("chat", "m")
            assert reply.status == 503, reply
            assert "nobody of the chain of m answers: home (" in (reply.error or "")
