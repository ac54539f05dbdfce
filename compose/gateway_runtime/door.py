"""In front of LiteLLM's app: nobody without a key gets further, and hears so in their protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from .abandoned import App, Receive, Scope, Send, run_while_wanted
from .anthropic_answers import in_anthropics_words
from .app_keys import REFUSAL, find_caller
from .closed_paths import is_closed
from .nobody_answers import saying_that_nobody_answers
from .retry_after import passing_on_retry_after
from .signs_of_life import with_signs_of_life

# What a health check may ask without a key; it tells nothing but that the gateway is there.
_OPEN_PATHS = ("/health/liveliness", "/health/liveness", "/health/readiness")
_DRAIN_AT_MOST = 4 * 1024 * 1024
_DRAIN_WITHIN = 2.0


_NOT_HERE = {
    "error": {
        "message": "this gateway leads to the models of its project only",
        "type": "invalid_request_error",
        "param": None,
        "code": "not_found",
    }
}


class Door:
    """An ASGI app around LiteLLM's.

    LiteLLM reads and parses a body before it asks for the key (so broken JSON without a key is a
    400), logs each refusal as an error and has one shape for them. Where the door is missing,
    `app_keys.authenticate` still refuses.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or refuse; lifespan events and websockets always pass."""
        if scope["type"] != "http" or _is_open(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD" and scope["path"] == "/":
            # Claude Code warms a connection with it; LiteLLM's answer would be a 405.
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        if find_caller(headers) is not None:
            if is_closed(scope["path"]):
                await _drain(receive)
                await _refuse(send, json.dumps(_NOT_HERE).encode(), 404)
                return
            await with_signs_of_life(self._mended, _without_compression(scope), receive, send)
            return
        await _drain(receive)
        await _refuse(send, json.dumps(refusal(scope["path"], headers)).encode())

    async def _mended(self, scope: Scope, receive: Receive, send: Send) -> None:
        await in_anthropics_words(self._with_nobody, scope, receive, send)

    async def _with_nobody(self, scope: Scope, receive: Receive, send: Send) -> None:
        await saying_that_nobody_answers(self._with_retry_after, scope, receive, send)

    async def _with_retry_after(self, scope: Scope, receive: Receive, send: Send) -> None:
        await passing_on_retry_after(self._while_wanted, scope, receive, send)

    async def _while_wanted(self, scope: Scope, receive: Receive, send: Send) -> None:
        await run_while_wanted(self._app, scope, receive, send)


def _without_compression(scope: Scope) -> Scope:
    """LiteLLM packs what is long for a client that unpacks it; here answers are read, and mended."""
    kept = [each for each in scope["headers"] if each[0].lower() != b"accept-encoding"]
    return {**scope, "headers": kept}


def _is_open(method: str, path: str) -> bool:
    # A preflight request carries no key by design.
    return method == "OPTIONS" or path in _OPEN_PATHS


def refusal(path: str, headers: Mapping[str, str]) -> dict[str, object]:
    """The body of the 401, as Anthropic's or as OpenAI's API words it."""
    if path.startswith(("/v1/messages", "/anthropic")) or "anthropic-version" in headers:
        error = {"type": "authentication_error", "message": REFUSAL}
        return {"type": "error", "error": error}
    kind = "invalid_request_error"
    return {"error": {"message": REFUSAL, "type": kind, "param": None, "code": "invalid_api_key"}}


async def _drain(receive: Receive) -> None:
    """Read what the client is still sending: cut off, it would see a reset instead of the 401."""
    left = _DRAIN_AT_MOST
    try:
        async with asyncio.timeout(_DRAIN_WITHIN):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return


async def _refuse(send: Send, body: bytes, status: int = 401) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"www-authenticate", b"Bearer"),
        # Claude Code takes a 401 for a token that is being renewed, and asks ten times in minutes.
        (b"x-should-retry", b"false"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
