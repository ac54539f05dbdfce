"""The target `request`: what a client sends, through the runtime in front of a stand-in for LiteLLM's app."""

from __future__ import annotations

import asyncio
import json
import os
from functools import cache
from typing import Any

from targets import Choices

from gateway.runtime.claude_request import facts_of
from gateway.runtime.claude_routes import Routes

KEY = "sk-the-master-key-of-the-fuzzers"
_PATHS = (
    "/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens", "/v1/embeddings", "/v1/responses",
    "/v1/models", "/", "//v1/messages", "/health", "/health/liveliness", "/key/generate", "/v1/rerank",
    "/\u00e9", "/%2e%2e/", "/health/liveliness/../key/generate", "/anthropic/v1/messages", "/mcp",
)  # fmt: skip
_CLOSED = {"/anthropic/v1/messages", "/mcp"}
_METHODS = ("POST", "GET", "OPTIONS", "HEAD", "PUT", "", "post")
_OPEN = {"/health/liveliness", "/health/liveness", "/health/readiness"}
_NAMES = (
    "model", "messages", "api_key", "headers", "extra_headers", "fallbacks", "organization", "client",
    "litellm_params", "model_list", "model_info", "Authorization", "x-api-key", "metadata", "timeout",
    "api_version", "deployment_id", "stream", "max_tokens", "specific_deployment", "Cookie",
    "system", "tools", "thinking", "type", "text", "content", "role", "user_id", "reasoning_effort", "source",
)  # fmt: skip
_FORBIDDEN = {"api_key", "headers", "organization", "client", "litellm_params", "model_list", "model_info", "deployment_id", "specific_deployment", "api_version"}  # fmt: skip


_WORDS = (
    "claude-haiku-4-5", "claude-opus[1m]", "home,glm", "nobody,", "user", "system", "image", "tool_result",
    "web_search_1", "enabled", "<gateway-model>glm</gateway-model>", "<CCR-SUBAGENT-MODEL>x</CCR-SUBAGENT-MODEL>go",
)  # fmt: skip
ROUTES = Routes.from_data(
    {
        "default_model": "glm", "names": {"glm": "glm", "big": "big"}, "silent": [], "providers": {"home": {"glm": "glm"}},
        "tiers": {"opus": "big"}, "routes": {"background": "glm", "long_context": "big", "think": "big", "image": "glm"},
        "long_context_threshold": 20,
        "rules": [{"name": "r", "model": "big", "when": {"tool": "*x*", "tokens_over": 3}}],
    }
)  # fmt: skip
_MODEL_INFO: dict[str, Any] = {
    "id": "glm@home",
    "gateway": {"model": "glm", "connect": 1.0, "total": 600.0, "first_token": 60.0},
}


@cache
def runtime() -> Any:
    """The runtime's modules; importing them imports LiteLLM, which takes seconds."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_MASTER_KEY"] = KEY
    import litellm.proxy.proxy_server  # noqa: F401, PLC0415 - the first request would wait for it

    from gateway.runtime import call, callback, claude_hook, door  # noqa: PLC0415

    router = claude_hook.ClaudeRouter(ROUTES, lambda: str.split)  # type: ignore[arg-type, return-value]
    return door.Door, callback.GatewayCallback(router), call.call_of


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def _value(choices: Choices, depth: int = 0) -> Any:
    match choices.below(8 if depth < 5 else 5):
        case 0:
            return choices.of((0, -1, 2**70, 1.5, float("nan"), True, None))
        case 1 | 2:
            return choices.of((*_NAMES, *_WORDS, "", "sk-x", "glm", "\ud800", "😀", "a" * 300))
        case 3:
            return choices.of((None, False, "glm"))
        case 4:
            return choices.of(("missing-NAME", "os.environ/HOME", "http://127.0.0.1:1"))
        case 5:
            return [_value(choices, depth + 1) for _ in range(choices.below(4))]
        case _:
            keys = [choices.of(_NAMES) for _ in range(choices.below(6))]
            return {key: _value(choices, depth + 1) for key in keys}


def _headers(choices: Choices) -> tuple[list[tuple[bytes, bytes]], bool]:
    """The headers, and whether the right key is among them."""
    shown, is_right = [], False
    for _ in range(choices.below(4)):
        name = choices.of((b"authorization", b"x-api-key", b"api-key", b"anthropic-version", b"X-Goog-Api-Key", b"a"))  # fmt: skip
        scheme = choices.of((b"Bearer ", b"bearer  ", b"", b"Basic ", b"Bearer"))
        key = choices.of((KEY.encode(), b"sk-wrong", b"", b"\xff\xfe", KEY.encode()[:-1], b"\x00"))
        shown.append((name, scheme + key))
    last = {name.decode().lower(): value for name, value in shown}  # as the runtime: the last wins
    for name in ("authorization", "x-api-key", "api-key", "x-goog-api-key"):
        scheme, _, rest = last.get(name, b"").decode("latin-1").strip().partition(" ")
        key = rest.strip() if scheme.lower() == "bearer" else last.get(name, b"").decode("latin-1")
        is_right = is_right or key.strip() == KEY
    return shown, is_right


def request(data: bytes) -> None:
    """One request: nobody without the key gets further, and nothing in a body breaks a hook."""
    choices = Choices(data)
    method, path = choices.of(_METHODS), choices.of(_PATHS)
    headers, is_right = _headers(choices)
    names = [choices.of(_NAMES) for _ in range(choices.below(8))]
    body = {name: _value(choices) for name in names}
    _loop().run_until_complete(_ask(method, path, headers, is_right, body))


async def _ask(
    method: str, path: str, headers: list[tuple[bytes, bytes]], is_right: bool, body: dict[str, Any]
) -> None:
    door, callback, call_of = runtime()
    reached: list[str] = []
    sent: list[Any] = []
    raw = json.dumps(body).encode()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["path"])
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    messages = [
        {"type": "http.request", "body": raw[:10], "more_body": True},
        {"type": "http.request", "body": raw[10:], "more_body": False},
    ]

    async def receive() -> Any:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    await door(app)(scope, receive, send)
    is_greeting = method == "HEAD" and path == "/"  # the door answers it itself
    is_open = method == "OPTIONS" or path in _OPEN
    comes_in = is_open or (is_right and path not in _CLOSED)
    assert bool(reached) == (comes_in and not is_greeting), (method, path, headers)
    status = sent[0]["status"]
    assert status == (200 if reached or is_greeting else 404 if is_right else 401)
    if status >= 400:
        assert "error" in json.loads(sent[1]["body"])
    kind = "anthropic_messages" if len(body) % 2 else "acompletion"
    asked = body.get("model")
    after = await callback.async_pre_call_hook(None, None, body, kind)
    assert not _FORBIDDEN & after.keys()
    is_routed = kind == "anthropic_messages" or not isinstance(asked, str)
    assert not is_routed or after["model"] in ROUTES.names, (asked, after["model"])
    assert facts_of(after, "messages").tag is None
    ours = {"api_base": "http://127.0.0.1:1/v1", "model_info": _MODEL_INFO}
    call = call_of({**after, **ours})
    assert call is not None
    assert call.total <= _MODEL_INFO["gateway"]["total"], "a client may only shorten a call"
    assert call.connect == _MODEL_INFO["gateway"]["connect"]
    call_of({**after, "model_info": body.get("metadata")})
