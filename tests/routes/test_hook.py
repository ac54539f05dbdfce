"""The router inside the stack: what it changes in a request, remembers, and tells."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from routes.conditions import ROUTES

import gateway.runtime
from gateway.bundled_tokenizer import bundled_encode
from gateway.runtime.claude_counting import RoutedCounts
from gateway.runtime.claude_hook import DATA, ClaudeRouter, load_router
from gateway.runtime.claude_request import CHAT, MESSAGES
from gateway.runtime.claude_routes import Routes, Rule, Step
from gateway.runtime.claude_sessions import Sessions
from gateway.runtime.route_told import session_in, tell_the_logs, told_headers

LONG = " ".join(f"{number} apples" for number in range(40_000))
NEAR = " ".join(f"{number} apples" for number in range(10_000))


def never(text: str) -> Sequence[int]:
    raise AssertionError("nothing hangs on the number of tokens")


def router(routes: Routes = ROUTES, encode: Any = never) -> ClaudeRouter:
    return ClaudeRouter(routes, lambda: encode)


def routed(body: dict[str, Any], by: ClaudeRouter, protocol: str = MESSAGES) -> Step | None:
    return asyncio.run(by.route(body, protocol))[0]


def test_the_model_is_changed_in_the_request() -> None:
    body = {"model": "claude-opus-4-5", "system": "<gateway-model>tagged</gateway-model>go"}
    step = routed(body, router())
    assert step is not None
    assert body == {"model": "tagged", "system": "go"}


def test_a_name_that_is_left_alone_stays() -> None:
    body = {"model": "gpt-9", "messages": []}
    assert routed(body, router(), CHAT) is None
    assert body["model"] == "gpt-9"


def test_an_alias_stays_and_a_picked_name_does_not() -> None:
    for name, kept in (("nick", "nick"), (f"claude-router-{b'nick'.hex()}", "named")):
        body = {"model": name}
        routed(body, router())
        assert body["model"] == kept


def test_far_from_every_limit_nothing_is_encoded() -> None:
    for text, model in (("hi", "rest"), (LONG, "long")):
        body = {"model": "claude-x", "system": text}
        routed(body, router())
        assert body["model"] == model


@pytest.mark.parametrize("offset", [-1, 0])
def test_near_a_limit_the_number_is_exact(offset: int) -> None:
    encode = bundled_encode()
    assert encode is not None
    number = sum(len(encode(NEAR[i : i + 4000])) for i in range(0, len(NEAR), 4000))
    routes = replace(ROUTES, long_context_threshold=number + offset)
    body = {"model": "claude-x", "system": NEAR}
    step = routed(body, router(routes, encode))
    assert step is not None
    assert (step.route == "long_context") is (offset == -1)
    assert (f"{number} tokens" in step.reason) is (offset == -1)
    assert "about" not in step.reason


def test_without_a_limit_nothing_is_ever_encoded() -> None:
    routes = replace(ROUTES, routes={}, rules=())
    assert routes.limits() == ()
    body = {"model": "claude-x", "system": NEAR}
    routed(body, router(routes))
    assert body["model"] == "usual"


def test_the_event_loop_goes_on_while_tokens_are_counted() -> None:
    encode = bundled_encode()
    assert encode is not None
    threads: set[str] = set()

    def watched(text: str) -> Sequence[int]:
        threads.add(threading.current_thread().name)
        return encode(text)

    async def test() -> None:
        number = sum(len(encode(LONG[i : i + 4000])) for i in range(0, len(LONG), 4000))
        routes = replace(ROUTES, long_context_threshold=number)
        await router(routes, watched).route({"model": "claude-x", "system": LONG}, MESSAGES)

    asyncio.run(test())
    assert any(name != "MainThread" for name in threads)


def test_a_session_is_remembered() -> None:
    routes = replace(ROUTES, long_context_threshold=60_000)
    user = {"user_id": json.dumps({"session_id": "s"})}
    by = router(routes, bundled_encode())
    for tokens, model in ((10, "rest"), (70_000, "long"), (20, "rest")):
        by.remember("s", tokens)
        body = {"model": "claude-x", "system": NEAR + NEAR[:40_000], "metadata": user}
        routed(body, by)
        assert body["model"] == model


def test_the_least_recently_used_session_is_forgotten() -> None:
    sessions = Sessions(2)
    sessions.remember("a", 1)
    sessions.remember("b", 2)
    assert sessions.last_turn("a") == 1
    sessions.remember("c", 3)
    assert [sessions.last_turn(name) for name in ("a", "b", "c", None)] == [1, 0, 3, 0]


def test_a_broken_rule_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    by = router(replace(ROUTES, rules=(Rule("odd", "ruled", {"moon": "full"}),)))
    caplog.set_level(logging.WARNING, "gateway")
    logging.getLogger("gateway").propagate = True
    for _ in range(3):
        routed({"model": "claude-x"}, by)
    assert [r.getMessage() for r in caplog.records] == [
        "gateway: rule:odd could not be evaluated: ValueError"
    ]


@pytest.mark.parametrize("model", ["claude-x", None, ["x"]])
def test_a_bug_of_ours_refuses_no_request(model: Any) -> None:
    by = router()
    by.remember("s", "many")  # type: ignore[arg-type]
    body = {"model": model, "metadata": {"user_id": '{"session_id": "s"}'}}
    assert routed(body, by) is None
    assert body["model"] == "usual"
    body = {**body, "model": "nick"}
    routed(body, by)
    assert body["model"] == "nick"
    chat = {**body, "model": "gpt-9"}
    routed(chat, by, CHAT)
    assert chat["model"] == "gpt-9"


def test_what_was_not_rendered_or_is_broken_routes_nothing(tmp_path: Path) -> None:
    assert load_router(tmp_path, lambda: never) is None
    for text in ("", "[]", "{}", '{"default_model": 1}'):
        (tmp_path / DATA).write_text(text)
        assert load_router(tmp_path, lambda: never) is None


def test_what_is_told() -> None:
    step = Step("think", "m", "é" * 400)
    assert told_headers(None) == {}
    headers = told_headers(step)
    assert headers["x-gateway-route"] == "think"
    assert headers["x-gateway-route-reason"].isascii()
    for protocol, key in ((MESSAGES, "litellm_metadata"), (CHAT, "metadata")):
        body: dict[str, Any] = {}
        tell_the_logs(body, protocol, step, "s")
        assert body[key]["gateway_route"] == "think"
        assert session_in({"litellm_params": {key: body[key]}}) == "s"
        tell_the_logs({key: "text"}, protocol, step, "s")
    assert session_in({}) is None


def counted_with(
    parts: list[bytes], path: str = "/v1/messages/count_tokens", method: str = "POST"
) -> tuple[list[dict[str, Any]], Any, Any]:
    """What the app behind gets as its body and headers, and what was sent to the client."""
    got: dict[str, Any] = {}
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message.get("more_body"):
                break
        got.update(body=body, headers=dict(scope["headers"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    messages = [
        {"type": "http.request", "body": part, "more_body": i < len(parts) - 1}
        for i, part in enumerate(parts)
    ]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", b"999"), (b"x-team", b"docs")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    asyncio.run(RoutedCounts(app, router())(scope, receive, send))
    return sent, got["body"], got["headers"]


def test_a_count_is_asked_of_the_model_that_would_answer() -> None:
    raw = json.dumps({"model": "claude-x", "messages": []}).encode()
    sent, body, headers = counted_with([raw[:9], raw[9:]])
    assert json.loads(body)["model"] == "ruled"
    assert int(headers[b"content-length"]) == len(body)
    assert (b"x-gateway-route", b"rule:team") in sent[0]["headers"]


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_request_is_left_to_litellm(raw: bytes) -> None:
    sent, body, headers = counted_with([raw])
    assert body == raw
    assert int(headers[b"content-length"]) == len(raw)
    assert sent[0]["headers"] == []


@pytest.mark.parametrize(("path", "method"), [("/v1/messages", "POST"), ("/v1/messages/count_tokens", "GET")])  # fmt: skip
def test_nothing_else_is_touched(path: str, method: str) -> None:
    raw = json.dumps({"model": "claude-x"}).encode()
    _, body, headers = counted_with([raw], path, method)
    assert body == raw
    assert headers[b"content-length"] == b"999"


_PURE = """
import sys
import gateway.runtime, gateway.runtime.claude_routes, gateway.explaining
assert not {"litellm", "httpx", "tiktoken"} & sys.modules.keys()
"""
_LOADED = """
from litellm.proxy.types_utils.utils import get_instance_fn
import gateway.runtime, importlib
for name in ("instance", "authenticate", "start"):
    assert get_instance_fn(f"gateway.runtime.{name}", "/nowhere/config.yaml") is getattr(gateway.runtime, name)
start = getattr(importlib.import_module("gateway.runtime"), "start")
assert callable(start) and start.__module__ == "gateway.runtime.start"
assert type(gateway.runtime.instance).__name__ == "GatewayCallback"
"""


@pytest.mark.parametrize("code", [_PURE, _LOADED], ids=["pure", "as LiteLLM loads it"])
def test_the_package_loads_what_is_asked_for(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


def test_the_package_has_nothing_else() -> None:
    with pytest.raises(AttributeError):
        _ = gateway.runtime.nothing
