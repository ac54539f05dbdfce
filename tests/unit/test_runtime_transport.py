"""First byte, gaps, deadline, garbage and refusals, over a real socket and LiteLLM's own transport."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace

import httpx
import pytest
from watched_upstream import EVENT, close, events, upstream, whole

from gateway.runtime import key_choice
from gateway.runtime.call import current_call
from gateway.runtime.key_rotation import KeyRing
from gateway.runtime.reachability import Origin
from gateway.runtime.rotated_key import Key, KeyId

KEY, OTHER = Key(KeyId("p", "A"), "m", "balanced", 1, 1, 10.0), KeyId("p", "B")


def test_an_answer_passes_unchanged() -> None:
    async def test() -> None:
        async with upstream(whole(b'{"choices": []}')) as lab:
            response = await lab.post()
            assert (response.status_code, response.json()) == (200, {"choices": []})
            assert lab.watch.was_up_within(lab.origin, 1.0)

    asyncio.run(test())


def test_a_late_first_byte_is_a_timeout() -> None:
    async def test() -> None:
        async with upstream(events(5.0)) as lab:
            started = time.monotonic()
            with pytest.raises(httpx.ReadTimeout):
                await lab.post(is_stream=True, first_token=0.2)
            assert 0.15 < time.monotonic() - started < 4.0

    asyncio.run(test())


def test_gaps_after_the_first_byte_are_not_its_business() -> None:
    async def test() -> None:
        async with upstream(events(0.05, 0.4, 0.4)) as lab:
            response = await lab.post(is_stream=True, first_token=0.2)
            assert response.content == 3 * EVENT

    asyncio.run(test())


def test_a_silence_in_the_middle_is_a_timeout() -> None:
    async def test() -> None:
        async with upstream(events(0.05, 0.05, 5.0)) as lab:
            started = time.monotonic()
            with pytest.raises(httpx.ReadTimeout, match="in the middle of its answer"):
                await lab.post(is_stream=True, between_chunks=0.3)
            assert 0.35 < time.monotonic() - started < 4.0

    asyncio.run(test())


def test_a_slow_stream_is_not_silent() -> None:
    async def test() -> None:
        async with upstream(events(*6 * [0.1])) as lab:
            response = await lab.post(is_stream=True, between_chunks=0.3)
            assert response.content == 6 * EVENT

    asyncio.run(test())


def test_the_deadline_cuts_a_stream_that_is_alive() -> None:
    async def test() -> None:
        async with upstream(events(*20 * [0.1])) as lab:
            started = time.monotonic()
            with pytest.raises(httpx.ReadTimeout):
                await lab.post(is_stream=True, deadline=time.monotonic() + 0.35, total=0.35)
            assert time.monotonic() - started < 1.8

    asyncio.run(test())


@pytest.mark.parametrize(
    ("body", "kind", "is_stream"),
    [
        (b"<html>Sign in</html>", "text/html", False),
        (b"<html>Sign in</html>", "text/html", True),
        (b"not json", "application/json", False),
        (b"lorem ipsum", "text/event-stream", True),
        (b'{"choices": []}', "application/json", True),
        (b"", "application/json", False),
    ],
)
def test_garbage_becomes_a_502(body: bytes, kind: str, *, is_stream: bool) -> None:
    async def test() -> None:
        async with upstream(whole(body, kind=kind)) as lab:
            response = await lab.post(is_stream=is_stream)
            assert response.status_code == 502
            assert lab.connections == 1

    asyncio.run(test())


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/audio/speech", b"ID3 binary"),
        ("/v1/chat/completions", b' \n{"choices": []}'),
        ("/v1/embeddings", b'{"data": []}'),
    ],
)
def test_what_is_no_garbage(path: str, body: bytes) -> None:
    async def test() -> None:
        async with upstream(whole(body)) as lab:
            assert (await lab.post(path)).content == body

    asyncio.run(test())


@pytest.mark.parametrize("body", [b"{}", b'{"error": {"message": "busy"}}'])
def test_embeddings_without_data_become_a_502(body: bytes) -> None:
    async def test() -> None:
        async with upstream(whole(body)) as lab:
            assert (await lab.post("/v1/embeddings")).status_code == 502

    asyncio.run(test())


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_the_upstreams_own_errors_pass(status: int) -> None:
    async def test() -> None:
        async with upstream(whole(b"<html>", status, "text/html")) as lab:
            response = await lab.post()
            assert (response.status_code, response.content) == (status, b"<html>")

    asyncio.run(test())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "<html>"),
        (b'{"error": {"message": "wrong key"}}', "wrong key"),
        (b'{"error": "wrong key"}', "wrong key"),
        (b"[]", "[]"),
        (b"[" * 100_000, "[" * 500),
    ],
)
def test_a_refused_key_is_said_to_be_the_providers(body: bytes, words: str) -> None:
    async def test() -> None:
        async with upstream(whole(body, 401, "text/html")) as lab:
            response = await lab.post(deployment="m@far#2", key_variable="FAR_KEY")
            assert response.status_code == 401
            assert response.json()["error"]["message"] == (
                "the provider far refused its key FAR_KEY (401): `gateway keys check`; "
                f"it said: {words}"
            )

    asyncio.run(test())


@pytest.mark.parametrize(("has_alternative", "status"), [(True, 429), (False, 402)])
def test_an_empty_account_makes_room_for_another_key(*, has_alternative: bool, status: int) -> None:
    async def test() -> None:
        async with upstream(whole(b'{"error": "balance"}', 402)) as lab:
            response = await lab.post(has_alternative=has_alternative)
            assert (response.status_code, response.content) == (status, b'{"error": "balance"}')

    asyncio.run(test())


@pytest.mark.parametrize(
    ("status", "changes", "seen"),
    [
        (401, {"key": KEY, "model": None}, 429),
        (403, {"key": KEY, "model": None}, 429),
        (404, {"key": KEY, "model": None}, 429),
        (402, {"has_alternative": True}, 429),
        (422, {}, 400),
        (500, {}, 500),
    ],
)
def test_the_log_has_what_the_upstream_answered(
    status: int,
    changes: dict[str, object],
    seen: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_choice, "ring", KeyRing())
    monkeypatch.setattr(key_choice, "_siblings", lambda _: [KEY, replace(KEY, id=OTHER)])

    async def test() -> None:
        key_choice.begin()
        async with upstream(whole(b'{"error": "no"}', status)) as lab:
            assert (await lab.post(**changes)).status_code == seen

    asyncio.run(test())
    said = [r.getMessage().partition(": answered ")[2] for r in caplog.records]
    assert [each for each in said if each] == [str(status)]


def test_a_connection_closed_at_once_is_tried_once_more() -> None:
    async def test() -> None:
        async with upstream(close) as lab:
            assert (await lab.post()).status_code == 502
            assert lab.connections == 2
            assert not lab.watch.is_down(lab.origin)

    asyncio.run(test())


def test_a_refused_connection_is_remembered() -> None:
    async def test() -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        async with upstream(close) as lab:
            origin = Origin("http", "127.0.0.1", port)
            lab.origin = origin
            with pytest.raises(httpx.ConnectError):
                await lab.post(origin=origin)
            assert lab.watch.is_down(origin)
            lab.watch.mark_up(origin)

    asyncio.run(test())


def test_calls_that_are_not_ours_pass_untouched() -> None:
    async def test() -> None:
        async with upstream(whole(b"<html>", kind="text/html")) as lab:
            elsewhere = Origin("http", "elsewhere.test", 80)
            current_call.set(replace(lab.call, origin=elsewhere))
            response = await lab.client.post(f"{lab.origin}/v1/chat/completions", json={})
            assert response.status_code == 200

    asyncio.run(test())


def test_an_old_connection_to_a_host_that_is_off_is_given_up() -> None:
    """The connection stays open and silent; a new one is not accepted."""

    async def hang(_: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2)

    async def test() -> None:
        async with upstream(hang) as lab:
            lab.watch.mark_up(lab.origin)
            await asyncio.sleep(0)
            asking = asyncio.create_task(lab.post(connect=0.2, total=20.0))
            await asyncio.sleep(0.1)
            lab.server.close()
            started = time.monotonic()
            with pytest.raises(httpx.ConnectError):
                await asking
            assert time.monotonic() - started < 1.8
            assert lab.watch.is_down(lab.origin)

    asyncio.run(test())


def test_a_slow_upstream_that_accepts_connections_is_waited_for() -> None:
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.6)
        await whole(b'{"choices": []}')(writer)

    async def test() -> None:
        async with upstream(slow) as lab:
            lab.watch.mark_up(lab.origin)
            assert (await lab.post(connect=0.1)).status_code == 200

    asyncio.run(test())


def test_an_upstream_that_is_down_is_not_asked_again() -> None:
    """LiteLLM's own handler repeats a request whose connection failed."""

    async def test() -> None:
        async with upstream(whole(b"{}")) as lab:
            lab.watch.mark_down(lab.origin, 0.3, 60.0)
            with pytest.raises(httpx.ConnectError):
                await lab.post()

    asyncio.run(test())


@pytest.mark.parametrize(
    ("start", "is_refused"),
    [
        (b'data: {"choices": []}\n\n', False),
        (b"data: [DONE]\n\n", False),
        (b": ping\n\ndata: x", False),
        (b'data: {"choi', False),
        (b'event: x\r\ndata: {"a":\r\ndata: 1}\r\n\r\n', False),
        (b'data: {"choices": [{"delta": \n\ndata: 42\n\n', True),
        (b"data: <html>\n\n", True),
    ],
)
def test_a_stream_must_start_with_json(start: bytes, is_refused: bool) -> None:
    async def test() -> None:
        async with upstream(whole(start, kind="text/event-stream")) as lab:
            response = await lab.post(is_stream=True)
            assert response.status_code == (502 if is_refused else 200)

    asyncio.run(test())
