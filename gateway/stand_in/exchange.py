"""A behaviour and an answer go in, what the client gets to see comes out on its connection."""

from __future__ import annotations

import json
from collections.abc import Callable

from .answers import Answer, error_answer
from .faults import Behaviour
from .request_log import Progress
from .wire import Connection

_WEB_PAGE = b"<!doctype html><html><head><title>Welcome</title></head><body>Log in.</body></html>\n"
_NONSENSE = b'data: {"choices": [{"delta": {"content": \n\ndata: <html>\n\nnoise\n\ndata: 42\n\n'
# A reset may overtake what was sent: this gives the client the time to read it.
_BEFORE_RESET = 0.05


async def deliver(
    connection: Connection,
    behaviour: Behaviour,
    answer: Callable[[], Answer],
    *,
    streams: bool,
    progress: Progress,
) -> bool:
    """Treat one request as the behaviour says; True where the connection can carry another one.

    `streams` says whether the client asked for a stream. Raises ConnectionError where it left.
    """
    if behaviour.hang:
        await connection.client_leaves_within(None)
        return False
    if await connection.client_leaves_within(behaviour.delay):
        return False
    if behaviour.reset or behaviour.drop:
        progress.over = True
        if behaviour.reset:
            connection.reset()
        return False
    if behaviour.headers_then_hang:
        await _start(connection, 200, streams, progress)
        await connection.client_leaves_within(None)
        return False
    if behaviour.garbage is not None:
        web_page = behaviour.garbage == "html"
        progress.status, progress.over = 200, True
        await connection.send_whole(
            200,
            "text/html" if web_page else "text/event-stream",
            _WEB_PAGE if web_page else _NONSENSE,
        )
        return True
    return await _send(connection, behaviour, _fault_status(behaviour) or answer(), progress)


def _fault_status(behaviour: Behaviour) -> Answer | None:
    if behaviour.status is None:
        return None
    return error_answer(behaviour.status, f"the stand-in was told to answer {behaviour.status}")


async def _send(
    connection: Connection, behaviour: Behaviour, answer: Answer, progress: Progress
) -> bool:
    if answer.chunks is not None:
        return await _stream(connection, behaviour, answer.chunks, progress)
    progress.status = answer.status
    if behaviour.reset_midway is not None:
        body = json.dumps(answer.body).encode()
        head = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        await connection.send_head(answer.status, head)
        await connection.send(body[: len(body) // 2])
        return await _reset_midway(connection, progress)
    headers = dict(answer.headers)
    if behaviour.retry_after is not None:
        headers["Retry-After"] = f"{behaviour.retry_after:g}"
    progress.over = True
    await connection.send_json(answer.status, answer.body, headers)
    return True


async def _stream(
    connection: Connection,
    behaviour: Behaviour,
    chunks: tuple[dict[str, object], ...],
    progress: Progress,
) -> bool:
    await _start(connection, 200, True, progress)
    for chunk in chunks:
        if progress.chunks == behaviour.reset_midway:
            return await _reset_midway(connection, progress)
        gap = behaviour.token_gap if progress.chunks else 0
        if await connection.client_leaves_within(gap):
            return False
        await connection.send_chunk(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        progress.chunks += 1
    if behaviour.reset_midway is not None:
        return await _reset_midway(connection, progress)
    progress.over = True
    await connection.send_chunk(b"data: [DONE]\n\n")
    await connection.send_chunk(b"")
    return True


async def _start(connection: Connection, status: int, streams: bool, progress: Progress) -> None:
    progress.status = status
    kind = "text/event-stream" if streams else "application/json"
    head = {"Content-Type": kind, "Cache-Control": "no-cache", "Transfer-Encoding": "chunked"}
    await connection.send_head(status, head)


async def _reset_midway(connection: Connection, progress: Progress) -> bool:
    progress.over = not await connection.client_leaves_within(_BEFORE_RESET)
    connection.reset()
    return False
