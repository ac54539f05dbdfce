"""Ten providers and one key: the stack starts, serves that one, and says which variable each other one misses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from stack.asking import CHAT_KINDS, KINDS, Proxy
from stack.projects import Project, Stack, StartStack, forked_gateway, gateway, model, provider

from gateway.stand_in import StandIn

KEY = "key-of-the-seventh-0123456789"
NAMES = tuple(f"KEY_{number}" for number in range(10))
SERVED = 7


def project(upstream: StandIn) -> Project:
    """`m0` … `m9` at a provider each, and chains over them; only the eighth provider's key is set."""
    providers = {
        f"p{number}": provider(upstream.base_url, name) for number, name in enumerate(NAMES)
    }
    chats = {f"m{number}": model(f"p{number}", f"chat-{number}") for number in range(10)}
    embeddings = {
        f"e{number}": model(f"p{number}", f"embedding-{number}", mode="embedding")
        for number in (0, SERVED)
    }
    chains = {
        "saved": model("p1", "saved", "m2", f"m{SERVED}"),
        "lost": model("p1", "lost", "m2", "m3"),
        "lost-embedding": model("p1", "lost-e", "e0", mode="embedding"),
    }
    return Project(
        providers,
        {f"m{SERVED}": chats.pop(f"m{SERVED}"), **chats, **embeddings, **chains},
        values=dict.fromkeys(NAMES, "") | {f"KEY_{SERVED}": KEY},
    )


@dataclass(frozen=True, slots=True)
class Partial:
    stack: Stack
    upstream: StandIn

    @property
    def proxy(self) -> Proxy:
        return self.stack.proxy


@pytest.fixture(scope="module")
def partial(start_stack: StartStack) -> Iterator[Partial]:
    with StandIn("cloud", api_keys=[KEY]) as upstream:
        yield Partial(start_stack(project(upstream)), upstream)


@pytest.mark.parametrize("kind", KINDS)
def test_the_one_with_a_key_is_served(partial: Partial, kind: str) -> None:
    reply = partial.proxy.ask(kind, f"e{SERVED}" if kind == "embeddings" else f"m{SERVED}")
    assert reply.is_answer, reply


@pytest.mark.parametrize("kind", KINDS)
def test_each_other_one_names_its_variable(partial: Partial, kind: str) -> None:
    for number in (0,) if kind == "embeddings" else (0, 1, 9):
        reply = partial.proxy.ask(kind, f"e{number}" if kind == "embeddings" else f"m{number}")
        assert reply.status == 401, reply
        assert f"KEY_{number} " in (reply.error or ""), reply


@pytest.mark.parametrize("kind", CHAT_KINDS)
def test_a_chain_goes_on_to_the_one_with_a_key(partial: Partial, kind: str) -> None:
    reply = partial.proxy.ask(kind, "saved")
    assert reply.is_answer, reply
    assert reply.model == f"m{SERVED}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_chain_without_any_key_names_all_its_variables(partial: Partial, kind: str) -> None:
    is_embedding = kind == "embeddings"
    wanted = ("KEY_1", "KEY_0") if is_embedding else ("KEY_1", "KEY_2", "KEY_3")
    for _ in range(2):  # the second time LiteLLM leaves those alone that have failed
        reply = partial.proxy.ask(kind, "lost-embedding" if is_embedding else "lost")
        assert reply.status == 401, reply
        assert all(name in (reply.error or "") for name in wanted), reply


def test_responses_name_them_too_and_count_tokens_needs_no_key(partial: Partial) -> None:
    proxy = partial.proxy
    for name, wanted in (("m0", "KEY_0 "), ("lost", "KEY_1, KEY_2 and KEY_3 ")):
        reply = httpx.post(
            f"{proxy.url}/v1/responses",
            json={"model": name, "input": "hi"},
            headers=proxy.headers("chat"),
            timeout=60,
            trust_env=False,
        )
        assert (reply.status_code, wanted in reply.text) == (401, True), reply.text
    counted = httpx.post(
        f"{proxy.url}/v1/messages/count_tokens",
        json={"model": "m0", "messages": [{"role": "user", "content": "hi"}]},
        headers=proxy.headers("messages"),
        timeout=60,
        trust_env=False,
    )
    assert counted.json()["input_tokens"] > 0


def test_no_request_left_the_gateway_without_a_key(partial: Partial) -> None:
    seen = {request.headers.get("authorization") for request in partial.upstream.requests}
    assert seen == {f"Bearer {KEY}"}


def test_status_says_what_each_model_misses(partial: Partial) -> None:
    ran = gateway(partial.stack.root, "status")
    assert ran.returncode == 0, "a key that is missing is no difference"
    for line in (
        "  without KEY_9: nobody answers for m9",
        f"  without KEY_1: m{SERVED} answers for saved",
        "  without KEY_0: nobody answers for e0, m0",
        "  without KEY_1: nobody answers for lost, lost-embedding, m1",
    ):
        assert line in ran.stdout.splitlines(), ran.stdout
    data = json.loads(gateway(partial.stack.root, "status", "--format", "json").stdout)
    assert data["missing_variables"] == [name for name in NAMES if name != f"KEY_{SERVED}"]
    lacking = {each["model"]: each for each in data["lacking"]}
    assert lacking["saved"] == {
        "model": "saved",
        "missing": ["KEY_1"],
        "answered_by": f"m{SERVED}",
    }
    assert lacking["lost"]["answered_by"] is None
    assert not {f"m{SERVED}", f"e{SERVED}"} & lacking.keys()


def test_a_key_that_is_set_is_served_after_up(partial: Partial) -> None:
    """The last of this module: it changes what runs."""
    root = partial.stack.root
    ran = gateway(root, "keys", "set", "KEY_0", typed=f"{KEY}\n")
    assert ran.returncode == 0, ran.stderr
    assert partial.proxy.ask("chat", "m0").status == 401, "not before `gateway up`"
    assert forked_gateway(root, "up").returncode == 0
    assert partial.proxy.ask("chat", "m0").is_answer
    assert "KEY_0" not in gateway(root, "status").stdout
