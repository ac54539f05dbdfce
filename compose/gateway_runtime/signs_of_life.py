"""A streamed answer goes in, the same one with a ping in each long silence comes out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from .abandoned import App, Message, Receive, Scope, Send

# Claude Code, Codex and Node's fetch give a stream up after five minutes without a byte. A model
# that reads a long prompt on a small machine takes longer before its first word.
PING_AFTER = 15.0
HEAD_AFTER = 60.0
_PATHS = ("/v1/messages", "/v1/chat/completions", "/v1/responses")
_HEAD = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
# An event of Anthropic's own; in the other protocols a comment, which every reader of SSE skips.
_PING = b'event: ping\ndata: {"type": "ping"}\n\n'
_COMMENT = b": ping\n\n"


async def with_signs_of_life(  # noqa: PLR0913 - an ASGI call and two durations
    app: App,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    ping_after: float = PING_AFTER,
    head_after: float = HEAD_AFTER,
) -> None:
    """Run an ASGI app on one request. Durations in seconds.

    After `head_after` without an answer a client that asked for a stream is told that one comes
    (200, then pings), because its status is worth less than the answer: what goes wrong from then
    on is an error inside the stream, as everywhere after the first event.

    LiteLLM has `sse_keepalive_ping_interval_seconds`: in 1.106.2 `/v1/messages` gets none of its
    pings after the first event, and of a late error no more than "Error processing stream start".
    """
    if scope["path"] not in _PATHS:
        await app(scope, receive, send)
        return
    stream = _Stream(scope["path"], receive, send)
    answering = asyncio.ensure_future(app(scope, stream.receive, stream.send))
    try:
        while not answering.done():
            patience = ping_after if stream.has_begun else head_after
            left = stream.left_of(patience)
            if left <= 0:
                await stream.ping()
                continue
            # It may begin while this waits, and then has less patience.
            await asyncio.wait({answering}, timeout=min(left, ping_after))
        await answering
    finally:
        answering.cancel()


class _Stream:
    """What has gone through so far, in both directions."""

    def __init__(self, path: str, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._is_messages = path.endswith("/messages")
        self._body: list[bytes] = []
        self._clock = asyncio.get_running_loop().time
        self._last = self._clock()
        self._is_open = False
        self._is_early = False
        self._error: list[bytes] | None = None
        # A ping belongs between two events.
        self._is_between = True
        self._lock = asyncio.Lock()

    @property
    def has_begun(self) -> bool:
        return self._is_open

    def left_of(self, patience: float) -> float:
        """Seconds of it that are left."""
        return self._last + patience - self._clock()

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._body.append(message.get("body", b""))
        return message

    async def ping(self) -> None:
        """Open the stream if nothing did, and say that somebody is there."""
        async with self._lock:
            self._last = self._clock()
            if not self._is_open:
                if self._error is not None or not self._asks_for_a_stream():
                    return
                self._is_open = self._is_early = True
                start = {"type": "http.response.start", "status": 200, "headers": _HEAD}
                await self._send(start)
            if self._is_between:
                await self._write(_PING if self._is_messages else _COMMENT)

    async def send(self, message: Message) -> None:
        async with self._lock:
            self._last = self._clock()
            if message["type"] == "http.response.start":
                await self._start(message)
            elif self._error is not None:
                await self._collect(message)
            else:
                body = message.get("body", b"")
                if body:
                    self._is_between = body.endswith((b"\n\n", b"\r\n\r\n"))
                await self._send(message)

    async def _start(self, message: Message) -> None:
        is_stream = _is_stream(message)
        if not self._is_early:
            # What is no stream must not be pinged into.
            self._is_open, self._is_between = True, is_stream
            await self._send(message)
        elif not is_stream:
            self._error = []

    async def _collect(self, message: Message) -> None:
        """An answer that is no stream, for a client that was told that one comes."""
        collected = self._error
        if collected is None:
            return
        collected.append(message.get("body", b""))
        if message.get("more_body"):
            return
        error = b" ".join(b"".join(collected).split(b"\n")) or b"{}"
        name = b"event: error\n" if self._is_messages else b""
        await self._write(name + b"data: " + error + b"\n\n", is_last=True)

    async def _write(self, body: bytes, *, is_last: bool = False) -> None:
        message: dict[str, Any] = {"type": "http.response.body", "body": body}
        await self._send({**message, "more_body": not is_last})

    def _asks_for_a_stream(self) -> bool:
        try:
            body = json.loads(b"".join(self._body))
        except (ValueError, RecursionError):
            return False
        return isinstance(body, Mapping) and body.get("stream") is True


def _is_stream(start: Message) -> bool:
    kinds = [value for name, value in start["headers"] if name.lower() == b"content-type"]
    return start["status"] == 200 and any(kind.startswith(b"text/event-stream") for kind in kinds)
