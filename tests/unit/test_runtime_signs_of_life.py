"""ASGI apps that are silent before and in an answer, and what a client hears meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence

import pytest

from gateway.runtime.abandoned import Message, Receive, Scope, Send, run_while_wanted
from gateway.runtime.signs_of_life import with_signs_of_life

PING = b'event: ping\ndata: {"type": "ping"}\n\n'
COMMENT = b": ping\n\n"
STREAM = [(b"content-type", b"text/event-stream; charset=utf-8")]
JSON = [(b"content-type", b"application/json")]
PATHS = ("/v1/messages", "/v1/chat/completions", "/v1/responses")

Step = float | bytes
"""Seconds of silence, or what is sent then."""


def heard(
    steps: Sequence[Step],
    *,
    path: str = "/v1/messages",
    stream: object = True,
    status: int = 200,
    headers: Sequence[tuple[bytes, bytes]] = STREAM,
    before: float = 0.0,
    asked: bytes | None = None,
) -> list[Message]:
    """What the client of such an app hears, with patience of tenths of seconds."""
    got: list[Message] = []

    async def receive() -> Message:
        body = json.dumps({"stream": stream}).encode() if asked is None else asked
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        got.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.sleep(before)
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for step in steps:
            if isinstance(step, bytes):
                await send({"type": "http.response.body", "body": step, "more_body": True})
            else:
                await asyncio.sleep(step)
        await send({"type": "http.response.body", "body": b""})

    async def test() -> None:
        scope = {"type": "http", "path": path}
        await with_signs_of_life(app, scope, receive, send, ping_after=0.1, head_after=0.2)

    asyncio.run(test())
    return got


def body_of(messages: Sequence[Message]) -> bytes:
    return b"".join(each.get("body", b"") for each in messages)


@pytest.mark.parametrize("path", PATHS)
def test_who_answers_soon_is_left_alone(path: str) -> None:
    got = heard([b"a\n\n", 0.03, b"b\n\n"], path=path)
    assert body_of(got) == b"a\n\nb\n\n"


@pytest.mark.parametrize("path", PATHS)
def test_a_silence_in_the_middle_is_filled(path: str) -> None:
    ping = PING if path == "/v1/messages" else COMMENT
    got = body_of(heard([b"a\n\n", 0.25, b"b\n\n"], path=path))
    assert got in (b"a\n\n" + ping * count + b"b\n\n" for count in (1, 2))


def test_nothing_is_put_into_an_event() -> None:
    assert body_of(heard([b"data: a", 0.25, b"b\n\n"])) == b"data: ab\n\n"


def test_a_late_head_comes_early() -> None:
    got = heard([b"a\n\n"], before=0.35)
    starts = [each for each in got if each["type"] == "http.response.start"]
    assert [each["status"] for each in starts] == [200]
    assert (b"content-type", b"text/event-stream; charset=utf-8") in starts[0]["headers"]
    assert body_of(got).startswith(PING)
    assert body_of(got).endswith(b"a\n\n")


@pytest.mark.parametrize(
    ("path", "before"), [("/v1/messages", b"event: error\ndata: "), (PATHS[1], b"data: ")]
)
def test_a_late_error_is_told_in_the_stream(path: str, before: bytes) -> None:
    got = heard([b'{"type":\n', b'"error"}'], path=path, status=502, headers=JSON, before=0.35)
    assert body_of(got).endswith(before + b'{"type": "error"}\n\n')
    assert [each.get("more_body") for each in got][-1] is False


@pytest.mark.parametrize("stream", [False, None, "true", 1])
def test_who_asked_for_no_stream_gets_none(stream: object) -> None:
    got = heard([b"{}"], stream=stream, headers=JSON, before=0.35)
    assert body_of(got) == b"{}"


@pytest.mark.parametrize(("status", "headers"), [(500, JSON), (200, JSON)])
def test_what_is_no_stream_is_not_pinged_into(
    status: int, headers: Sequence[tuple[bytes, bytes]]
) -> None:
    got = heard([b"{", 0.25, b"}"], status=status, headers=headers)
    assert body_of(got) == b"{}"


def test_other_paths_wait() -> None:
    assert body_of(heard([0.25, b"a"], path="/v1/embeddings", before=0.35)) == b"a"


def test_an_app_that_fails_fails() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("no")

    async def nothing(*_: object) -> Message:
        return {}

    run: Callable[..., object] = with_signs_of_life
    with pytest.raises(ValueError, match="no"):
        asyncio.run(run(app, {"type": "http", "path": "/v1/messages"}, nothing, nothing))


def test_who_leaves_after_an_early_head_is_noticed() -> None:
    """The head was ours: to what watches for those who leave, no answer has begun."""
    ends: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise

    async def wanted(scope: Scope, receive: Receive, send: Send) -> None:
        await run_while_wanted(app, scope, receive, send)

    messages = [{"type": "http.request", "body": b'{"stream": true}', "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.sleep(0.4)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        ends.append(message["type"])

    async def test() -> None:
        scope = {"type": "http", "path": "/v1/messages"}
        await with_signs_of_life(wanted, scope, receive, send, ping_after=0.1, head_after=0.2)

    asyncio.run(test())
    assert ends[0] == "http.response.start"
    assert ends[-1] == "cancelled"


def test_a_body_too_deep_to_read_is_no_request_for_a_stream() -> None:
    deep = b'{"stream": true, "messages": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    with pytest.raises(RecursionError):
        json.loads(deep)
    got = heard([b"{}"], asked=deep, status=400, headers=JSON, before=0.5)
    assert got[0]["status"] == 400
    assert body_of(got) == b"{}"
