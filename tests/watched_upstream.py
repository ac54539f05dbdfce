"""A transport that watches goes in, a client and the upstream that it asks over a real socket come out."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from gateway.runtime.call import Call, current_call
from gateway.runtime.reachability import Origin, Reachability
from gateway.runtime.transport import WatchingTransport

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
EVENT = b'data: {"choices": []}\n\n'
HEAD = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n"


def whole(
    body: bytes,
    status: int = 200,
    kind: str = "application/json",
    answers: list[float] | None = None,
) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        if answers is not None:
            answers.append(time.monotonic())
        head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)

    return answer


def events(*delays: float) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        for delay in delays:
            await asyncio.sleep(delay)
            writer.write(EVENT)
            await writer.drain()

    return answer


async def close(_: asyncio.StreamWriter) -> None:
    """Say nothing."""


class Lab:
    """A client whose transport watches, and the upstream it talks to."""

    server: asyncio.Server

    def __init__(self, client: httpx.AsyncClient, watch: Reachability, origin: Origin) -> None:
        self.client, self.watch, self.origin = client, watch, origin
        self.connections = 0
        self.call = Call(
            model="m",
            origin=origin,
            connect=0.5,
            first_token=None,
            total=5.0,
            probe_every=60.0,
            is_last=False,
            has_alternative=False,
            is_stream=False,
            deadline=time.monotonic() + 5.0,
        )

    async def post(self, path: str = "/v1/chat/completions", **changes: object) -> httpx.Response:
        current_call.set(replace(self.call, **changes))  # type: ignore[arg-type]
        return await self.client.post(f"{self.origin}{path}", json={})


@asynccontextmanager
async def upstream(
    answer: Answer,
    inner: httpx.AsyncBaseTransport | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Lab]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lab.connections += 1
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # a look that only connects, or a client that gave up
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    origin = Origin("https" if tls else "http", "127.0.0.1", server.sockets[0].getsockname()[1])
    watch = Reachability()
    transport = WatchingTransport(inner or httpx.AsyncHTTPTransport(), watch)
    async with server, httpx.AsyncClient(transport=transport, timeout=10) as client:
        lab = Lab(client, watch, origin)
        lab.server = server
        yield lab
        watch.mark_up(origin)
