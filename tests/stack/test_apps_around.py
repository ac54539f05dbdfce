"""What an app tries to get around its models, limits and budget, over the wire, on a real LiteLLM."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from stack.projects import MASTER_KEY, Project, Stack, model, provider, running

from gateway.stand_in import Behaviour, StandIn

SHOP, SPENDER, RETRIER, BLAMED = (
    f"sk-{name}-0123456789abcdef0123456789" for name in ("shop", "spender", "retrier", "blamed")
)
OPENAI_KEY = "sk-openai-of-the-owner-0123456789"
QUESTION = [{"role": "user", "content": "hi"}]
CHAT = {"model": "one", "messages": QUESTION}


@dataclass(frozen=True, slots=True)
class Around:
    stack: Stack
    upstream: StandIn
    openai: StandIn

    def post(self, path: str, key: str, body: Any, **more: Any) -> httpx.Response:
        url, headers = f"{self.stack.proxy.url}{path}", {"authorization": f"Bearer {key}"}
        return httpx.post(url, json=body, headers=headers, timeout=30, trust_env=False, **more)

    def spent(self) -> float:
        """What the spender was charged, once nothing is held any more."""
        path = self.stack.root / ".gateway" / "state" / "budgets.sqlite"
        until = time.monotonic() + 30
        while True:
            with contextlib.closing(sqlite3.connect(path)) as connection:
                if not connection.execute("SELECT count(*) FROM holds").fetchone()[0]:
                    found = connection.execute("SELECT coalesce(sum(amount), 0) FROM spent")
                    return float(found.fetchone()[0])
            assert time.monotonic() < until
            time.sleep(0.1)


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Around]:
    with (
        StandIn("home") as upstream,
        StandIn("openai") as openai,
        StandIn("off", behaviour=Behaviour(refuse=True)) as off,
    ):
        project = Project(
            providers={
                "home": provider(upstream.base_url, "HOME_KEY", "HOME_KEY_2"),
                "lonely": provider(upstream.base_url, "LONELY_KEY"),
                "off": provider(off.base_url, "OFF_KEY"),
                "picky": provider(upstream.base_url, "PICKY_KEY"),
                "keyless": provider(upstream.base_url, "KEYLESS_KEY"),
            },
            models={
                "dead": model("off", "dead"),
                "refusing": model("picky", "refusing"),
                "unset": model("keyless", "unset"),
                "one": model("home", "one", "three"),
                "three": model("home", "three"),
                "lonely": model("lonely", "lonely"),
                "single": model("lonely", "single", "three"),
                "many": model("home", "many"),
            },
            settings={
                "apps": {
                    "blamed": {
                        "key": "BLAMED_KEY",
                        "models": ["dead", "refusing", "unset", "many"],
                    },
                    "retrier": {"key": "RETRIER_KEY", "models": ["lonely"]},
                    "shop": {"key": "SHOP_KEY", "models": ["one"]},
                    "spender": {
                        "key": "SPENDER_KEY",
                        "models": ["one"],
                        "budget": {"tokens": 1_000_000, "per": "day"},
                    },
                },
                # As in a project that passes them on: LiteLLM's own way to OpenAI takes both.
                "server": {"variables": ["OPENAI_API_KEY", "OPENAI_API_BASE"]},
            },
            values={
                "SHOP_KEY": SHOP,
                "SPENDER_KEY": SPENDER,
                "RETRIER_KEY": RETRIER,
                "BLAMED_KEY": BLAMED,
                "OFF_KEY": "key-of-the-off-0123456789",
                "PICKY_KEY": "key-of-the-picky-0123456789",
                "LONELY_KEY": "key-of-the-lonely-0123456789",
                "HOME_KEY": "key-of-the-home-0123456789",
                "HOME_KEY_2": "second-of-the-home-0123456789",
                "OPENAI_API_KEY": OPENAI_KEY,
                "OPENAI_API_BASE": openai.base_url,
            },
        )
        with running(tmp_path_factory.mktemp("around"), project) as stack:
            yield Around(stack, upstream, openai)


BELOW_OPENAI = (
    *("v1/chat/completions", "v1/messages", "v1/messages/count_tokens", "v1/completions"),
    *("v1/embeddings", "v1/moderations", "v1/rerank", "v1/audio/speech", "v1/images/generations"),
    *("deployments/one/messages", "deployments/one/responses", "deployments/one/moderations"),
    *("deployments/one/messages/count_tokens", "deployments/one/audio/speech", "v1/files"),
)


@pytest.mark.parametrize(("key", "status"), [(SHOP, 403), (MASTER_KEY, 404)])
def test_nobody_is_passed_on_to_openai(around: Around, key: str, status: int) -> None:
    body = {**CHAT, "input": "hi", "prompt": "hi", "max_tokens": 9}
    answers = {path: around.post(f"/openai/{path}", key, body) for path in BELOW_OPENAI}
    assert {path: a.status_code for path, a in answers.items()} == dict.fromkeys(answers, status)
    assert around.openai.requests == []
    for path in ("v1/responses", "deployments/one/chat/completions", "deployments/one/embeddings"):
        answer = around.post(f"/openai/{path}", key, body)
        assert answer.status_code == 200, answer.text
    assert around.openai.requests == []


def test_other_methods_are_not_passed_on_either(around: Around) -> None:
    url, key = around.stack.proxy.url, {"authorization": f"Bearer {MASTER_KEY}"}
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        path = "/openai/deployments/one/chat/completions"
        answer = httpx.request(method, url + path, headers=key, timeout=30, trust_env=False)
        assert answer.status_code == 404, (method, answer.text)
    assert around.openai.requests == []


def over_one_connection(stack: Stack, *requests: bytes) -> bytes:
    """All of them sent before the first is answered; what came back within five seconds of silence."""
    with socket.create_connection(("127.0.0.1", int(stack.proxy.url.rpartition(":")[2]))) as wire:
        wire.settimeout(5)
        wire.sendall(b"".join(requests))
        received = b""
        with contextlib.suppress(TimeoutError):
            while piece := wire.recv(65536):
                received += piece
    return received


def chat(key: str, name: str) -> bytes:
    body = json.dumps({**CHAT, "model": name}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def upgrade(key: str, path: str) -> bytes:
    nonce = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET {path} HTTP/1.1",
        *("host: x", "upgrade: websocket", "connection: Upgrade", "sec-websocket-version: 13"),
        *(f"sec-websocket-key: {nonce}", f"authorization: Bearer {key}", "", ""),
    )
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize("path", ["/v1/realtime?model=one", "/realtime?model=one", "/v1/responses"])
def test_a_websocket_behind_a_request_is_the_owners_too(around: Around, path: str) -> None:
    around.upstream.clear()
    alone = over_one_connection(around.stack, upgrade(SHOP, path))
    assert alone.startswith(b"HTTP/1.1 403"), alone
    behind = over_one_connection(around.stack, chat(SHOP, "one"), upgrade(SHOP, path))
    assert behind.startswith(b"HTTP/1.1 200"), behind
    assert b"HTTP/1.1 403" in behind
    assert b"HTTP/1.1 101" not in behind
    assert [request.path for request in around.upstream.requests] == ["/v1/chat/completions"]


def test_no_websocket_leads_past_the_models(around: Around) -> None:
    answer = over_one_connection(around.stack, upgrade(MASTER_KEY, "/vertex_ai/live"))
    assert answer.startswith(b"HTTP/1.1 403"), answer


def test_what_follows_on_a_connection_is_whose_key_it_shows(around: Around) -> None:
    both = over_one_connection(around.stack, chat(SHOP, "one"), chat(MASTER_KEY, "three"))
    assert both.count(b"HTTP/1.1 200") == 2, both
    both = over_one_connection(around.stack, chat(MASTER_KEY, "three"), chat(SHOP, "three"))
    assert (both.count(b"HTTP/1.1 200"), both.count(b"HTTP/1.1 403")) == (1, 1), both


def test_no_word_in_a_body_makes_an_answer_cheaper(around: Around) -> None:
    around.post("/v1/chat/completions", SPENDER, CHAT)
    before = around.spent()
    quiet = {"no-log": True, "max_tokens": 0, "max_completion_tokens": 4000}
    for extra in (quiet, {"fallbacks": [{"model": "one", **quiet}]}):
        answer = around.post("/v1/chat/completions", SPENDER, {**CHAT, **extra})
        assert answer.status_code == 200, answer.text
        charged = around.spent() - before
        assert charged == answer.json()["usage"]["total_tokens"]
        before += charged


@pytest.mark.parametrize("cut", ["by the client", "by the upstream"])
def test_an_answer_that_is_cut_in_the_middle_is_not_free(around: Around, cut: str) -> None:
    is_own = cut == "by the client"
    around.post("/v1/chat/completions", SPENDER, CHAT)
    before = around.spent()
    around.upstream.behave(Behaviour(token_gap=0.5) if is_own else Behaviour(reset_midway=2))
    try:
        body = {**CHAT, "stream": True, **({"stream_timeout": 1.2} if is_own else {})}
        answer = around.post("/v1/chat/completions", SPENDER, body)
    finally:
        around.upstream.heal()
    assert "content" in answer.text
    assert around.spent() > before


def test_what_nobody_began_to_answer_is_free(around: Around) -> None:
    around.post("/v1/chat/completions", SPENDER, CHAT)
    before = around.spent()
    for stream in (False, True):
        around.upstream.behave(Behaviour(status=400))
        answer = around.post("/v1/chat/completions", SPENDER, {**CHAT, "stream": stream})
        around.upstream.heal()
        assert answer.status_code == 400
    assert around.spent() == before


def test_who_leaves_before_an_answer_begins_pays_what_was_held(around: Around) -> None:
    around.post("/v1/chat/completions", SPENDER, CHAT)
    before = around.spent()
    around.upstream.behave(Behaviour(delay=5))
    try:
        with pytest.raises(httpx.ReadTimeout):
            url, key = around.stack.proxy.url, {"authorization": f"Bearer {SPENDER}"}
            body = {**CHAT, "max_tokens": 700}
            httpx.post(
                f"{url}/v1/chat/completions", json=body, headers=key, timeout=1, trust_env=False
            )
        assert around.spent() - before > 700
    finally:
        around.upstream.heal()


def test_a_list_tells_nothing_of_providers_and_others(around: Around) -> None:
    url, key = around.stack.proxy.url, {"authorization": f"Bearer {SHOP}"}
    for path in ("/model/info", "/v1/models?include_metadata=true&fallback_type=general"):
        answer = httpx.get(url + path, headers=key, timeout=30, trust_env=False)
        assert "one" in answer.text
        for word in ("HOME_KEY", "home", "openai/", "three", "gateway", str(around.upstream.port)):
            assert word not in answer.text, (path, word)
    info = httpx.get(f"{url}/model/info", headers=key, timeout=30, trust_env=False).json()["data"]
    assert {entry["model_info"]["mode"] for entry in info} == {"chat"}


@pytest.mark.parametrize(
    ("name", "status", "word"),
    [("dead", 503, "off"), ("refusing", 401, "picky"), ("unset", 401, "a key is not set")],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/responses"])
def test_an_app_hears_no_address_and_no_variable(
    around: Around, path: str, name: str, status: int, word: str
) -> None:
    around.upstream.behave(Behaviour(status=401), model="refusing")
    body = {"model": name, "messages": QUESTION, "input": "hi", "max_tokens": 16}
    for stream in (False, True):
        answer = around.post(path, BLAMED, {**body, "stream": stream})
        assert answer.status_code == status, answer.text
        assert word in answer.text
        told = f"{answer.text} {answer.headers}"
        for owners in ("127.0.0.1", "localhost", "_KEY", "gateway-upstream", "model-api-base"):
            assert owners not in told, (owners, told)
    own = around.post(path, MASTER_KEY, body)
    assert own.status_code == status
    assert any(each in own.text for each in ("127.0.0.1", "PICKY_KEY", "KEYLESS_KEY")), own.text


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_tells_an_app_its_model_and_no_more(around: Around, stream: bool) -> None:
    body = {**CHAT, "model": "many", "stream": stream}
    answer = around.post("/v1/chat/completions", BLAMED, body)
    assert (answer.status_code, answer.headers["x-gateway-model"]) == (200, "many")
    told = str(answer.headers)
    for owners in (str(around.upstream.port), "_KEY", "many@home"):
        assert owners not in told, told
    own = around.post("/v1/chat/completions", MASTER_KEY, body)
    assert own.headers["x-gateway-upstream"].startswith("many@home")


@pytest.mark.parametrize(
    ("said", "headers"),
    [({"num_retries": 3}, {}), ({}, {"x-litellm-num-retries": "3"}), ({"max_retries": 3}, {})],
)
def test_a_request_that_is_counted_once_is_asked_once(
    around: Around, said: dict[str, Any], headers: dict[str, str]
) -> None:
    around.upstream.behave(Behaviour(status=500), model="lonely")
    around.upstream.clear()
    try:
        key = {"authorization": f"Bearer {RETRIER}", **headers}
        url = f"{around.stack.proxy.url}/v1/chat/completions"
        body = {**CHAT, "model": "lonely", **said}
        answer = httpx.post(url, json=body, headers=key, timeout=60, trust_env=False)
    finally:
        around.upstream.heal()
    assert answer.status_code == 500, answer.text
    assert len(around.upstream.requests) == 1
    time.sleep(5.5)  # it is left alone for 5 s


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/moderations", {"input": "hi"}),
        ("/v1/images/generations", {"prompt": "hi"}),
        ("/v1/audio/speech", {"input": "hi", "voice": "a"}),
    ],
)
@pytest.mark.parametrize("name", ["many", "single"])
def test_asking_amiss_takes_a_model_from_nobody(
    around: Around, name: str, path: str, more: dict[str, Any]
) -> None:
    for _ in range(4):
        amiss = around.post(path, MASTER_KEY, {"model": name, **more})
        assert amiss.status_code == 400, amiss.text
    answer = around.post("/v1/chat/completions", MASTER_KEY, {**CHAT, "model": name})
    assert (answer.status_code, answer.headers["x-gateway-model"]) == (200, name), answer.text


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/v1/chat/completions?a=b&model=default", {}),
        ("/openai/deployments/default/chat/completions", {}),
        ("/v1/chat/completions", {"model": "default"}),
    ],
)
def test_default_is_the_apps_own_wherever_it_is_written(
    around: Around, path: str, named: dict[str, str]
) -> None:
    answer = around.post(path, RETRIER, {"messages": QUESTION, **named})
    assert (answer.status_code, answer.headers.get("x-gateway-model")) == (200, "lonely"), (
        answer.text
    )
