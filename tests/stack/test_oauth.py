"""A provider that was logged in to: the stack shows its token, renews it before its end, and says when somebody has to log in."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from authorization_server import CANARY, CLIENT, AuthorizationServer
from stack.asking import KINDS, Proxy
from stack.projects import MASTER_KEY, Project, Stack, StartStack, gateway, model, provider

from gateway.stand_in import Behaviour, StandIn

LIFE = 8.0
NAME = "acme"


@dataclass(frozen=True, slots=True)
class Lab:
    stack: Stack
    server: AuthorizationServer
    upstream: StandIn
    other: StandIn

    @property
    def proxy(self) -> Proxy:
        return self.stack.proxy

    @property
    def file(self) -> Path:
        return self.stack.root / ".gateway" / "oauth" / f"{NAME}.json"

    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text())
        return found

    def log_in(self, *, life: float = LIFE, ago: float = 0.0) -> None:
        """As `gateway keys login` leaves it, `ago` seconds after it."""
        _, _, body = self.server._tokens()
        tokens = json.loads(body)
        began = time.time() - ago
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        data = {
            "token_endpoint": f"{self.server.url}/token",
            "client_id": CLIENT,
            "access_token": tokens["access_token"],
            "refresh_token": tokens["refresh_token"],
            "obtained_at": began,
            "expires_at": began + life,
        }
        self.file.write_text(json.dumps(data))
        self.server.refreshes = 0
        self.upstream.clear()
        self.other.clear()

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {MASTER_KEY}"}
        return httpx.post(f"{self.proxy.url}{path}", json=body, headers=headers, timeout=30)

    def shown(self) -> list[str]:
        return [
            request.headers.get("authorization", "").removeprefix("Bearer ")
            for request in self.upstream.requests
        ]


@pytest.fixture(scope="module")
def lab(start_stack: StartStack) -> Iterator[Lab]:
    tokens = [f"{CANARY}access-{number}" for number in range(1, 500)]
    with (
        AuthorizationServer(life=LIFE) as server,
        StandIn("acme", api_keys=tokens) as upstream,
        StandIn("other") as other,
    ):
        project = Project(
            {
                NAME: {
                    "litellm": "openai",
                    "api_base": upstream.base_url,
                    "oauth": server.oauth(),
                },
                "headed": {
                    "litellm": "openai",
                    "api_base": other.base_url,
                    "oauth": server.oauth(header="X-Token"),
                },
                "plain": provider(other.base_url),
            },
            {
                "alone": model(NAME, "alone"),
                "vectors": model(NAME, "vectors", mode="embedding"),
                "chained": model(NAME, "chained", "spare"),
                "headed": model("headed", "headed"),
                "spare": model("plain", "spare"),
            },
        )
        yield Lab(start_stack(project), server, upstream, other)


def name_for(kind: str) -> str:
    return "vectors" if kind == "embeddings" else "alone"


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_logged_in(lab: Lab, kind: str) -> None:
    lab.file.unlink(missing_ok=True)
    lab.upstream.clear()
    reply = lab.proxy.ask(kind, name_for(kind))
    assert reply.status == 401, reply
    assert f"gateway keys login {NAME}" in (reply.error or ""), reply
    assert lab.upstream.requests == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_is_the_key(lab: Lab, kind: str) -> None:
    lab.log_in(life=3600)
    assert lab.proxy.ask(kind, name_for(kind)).is_answer
    assert lab.shown() == [lab.kept()["access_token"]]
    assert lab.server.refreshes == 0


def test_the_responses_api(lab: Lab) -> None:
    lab.log_in(life=3600)
    answer = lab.post("/v1/responses", {"model": "alone", "input": "hi"})
    assert answer.status_code == 200, answer.text
    assert lab.shown() == [lab.kept()["access_token"]]


def test_it_is_renewed_before_its_end_and_no_request_fails(lab: Lab) -> None:
    lab.log_in()
    until = time.monotonic() + 3 * LIFE
    while time.monotonic() < until:
        reply = lab.proxy.ask("chat", "alone")
        assert reply.is_answer, reply
        time.sleep(0.2)
    assert 3 <= lab.server.refreshes <= 5
    assert len(set(lab.shown())) == lab.server.refreshes + 1
    assert lab.server.refused == [], "a rotated refresh token is used once"


def test_many_requests_after_its_end_make_one_renewal(lab: Lab) -> None:
    lab.log_in(life=3600, ago=4000)
    lab.server.life = 3600
    replies = []
    threads = [
        threading.Thread(target=lambda: replies.append(lab.proxy.ask("chat", "alone")))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lab.server.life = LIFE
    assert len(replies) == 20
    assert all(reply.is_answer for reply in replies)
    assert lab.server.refreshes == 1
    assert set(lab.shown()) == {lab.kept()["access_token"]}


@pytest.mark.parametrize("kind", KINDS)
def test_the_refresh_token_is_revoked(lab: Lab, kind: str) -> None:
    lab.log_in(ago=2 * LIFE)
    lab.server.revoke_all()
    for _ in range(2):
        reply = lab.proxy.ask(kind, name_for(kind))
        assert reply.status == 401, reply
        assert f"the login has ended at {NAME}" in (reply.error or ""), reply
        assert f"gateway keys login {NAME}" in (reply.error or ""), reply
    assert lab.upstream.requests == []
    assert lab.server.refused.count("refresh") == 1, "asked once"
    lab.server.refused.clear()
    reply = lab.proxy.ask("chat", "chained")
    assert reply.is_answer
    assert reply.model == "spare", "other providers work on"
    status = gateway(lab.stack.root, "status").stdout
    assert f"`gateway keys login {NAME}`" in status
    assert "needs login" in gateway(lab.stack.root, "keys", "list").stdout


def test_the_authorization_server_is_away(lab: Lab) -> None:
    lab.log_in(ago=2 * LIFE)
    lab.server.token_answer = (503, {}, b"canary-page")
    try:
        reply = lab.proxy.ask("chat", "alone")
        assert reply.status in (500, 502, 503), reply
        assert "cannot be renewed: it answers 503" in (reply.error or ""), reply
        assert lab.proxy.ask("chat", "chained").model == "spare"
        log = lab.stack.log_file.read_text()
        assert f"gateway: the token of {NAME} is not renewed: it answers 503" in log
    finally:
        lab.server.token_answer = None
    time.sleep(5.5)
    assert lab.proxy.ask("chat", "alone").is_answer


def test_a_token_that_the_provider_refuses_is_renewed(lab: Lab) -> None:
    lab.log_in(life=3600, ago=600)
    lab.upstream.behave(Behaviour(status=401))
    assert lab.proxy.ask("chat", "alone").status == 401
    lab.upstream.heal()
    assert lab.proxy.ask("chat", "alone").is_answer
    assert lab.server.refreshes == 1


def test_a_header_of_its_own(lab: Lab) -> None:
    lab.log_in(life=3600)
    token = lab.kept()["access_token"]
    lab.file.rename(lab.file.with_name("headed.json"))
    assert lab.proxy.ask("chat", "headed").is_answer
    (request,) = lab.other.requests
    assert request.headers["x-token"] == token
    assert token not in request.headers["authorization"]


def test_a_client_cannot_have_the_token_sent_elsewhere(lab: Lab) -> None:
    lab.log_in(life=3600)
    bodies: list[dict[str, Any]] = [
        {"api_base": lab.other.base_url},
        {"base_url": lab.other.base_url},
        {"model_info": {"gateway": {"oauth": NAME}}, "model": "spare"},
        {"fallbacks": [{"model": "spare", "api_base": lab.other.base_url}]},
    ]
    for more in bodies:
        body = {"model": "alone", "messages": [{"role": "user", "content": "hi"}], **more}
        lab.post("/v1/chat/completions", body)
    assert all(CANARY not in str(request.headers) for request in lab.other.requests)


def test_no_token_is_in_a_log_or_an_answer(lab: Lab) -> None:
    lab.log_in(ago=2 * LIFE)
    reply = lab.proxy.ask("chat", "alone")
    assert CANARY not in json.dumps(dict(reply.headers))
    said = gateway(lab.stack.root, "logs").stdout + lab.stack.log_file.read_text()
    assert CANARY not in said
    for command in (("keys", "list"), ("keys", "list", "--format", "json"), ("keys", "check")):
        ran = gateway(lab.stack.root, *command)
        assert CANARY not in ran.stdout + ran.stderr
