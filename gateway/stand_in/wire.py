"""Bytes of an HTTP/1.1 client go in, parsed requests come out, and answers the other way round."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

_MOST_HEADER_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request as read from a connection; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def asks_to_close(self) -> bool:
        return self.headers.get("connection", "").lower() == "close"

    def parsed_body(self) -> Any:
        """The body as JSON, else as text, None where there is none."""
        if not self.body:
            return None
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body.decode("utf-8", "replace")


class _WatchingProtocol(asyncio.StreamReaderProtocol):
    """Tells when the client leaves while nobody is reading, which plain streams do not."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self.left = asyncio.Event()

    def eof_received(self) -> bool | None:
        self.left.set()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.left.set()
        super().connection_lost(exc)


class Connection:
    """One accepted connection. Sending raises ConnectionError once the client is gone."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: asyncio.Event
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._left = left

    @classmethod
    async def accept(cls, sock: socket.socket) -> Connection:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_MOST_HEADER_BYTES)
        protocol = _WatchingProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, sock)
        return cls(reader, asyncio.StreamWriter(transport, protocol, reader, loop), protocol.left)

    @property
    def client_left(self) -> bool:
        return self._left.is_set()

    async def client_leaves_within(self, seconds: float | None) -> bool:
        """Wait so long (None: for ever), or until the client leaves; say whether it did."""
        if seconds is not None and seconds <= 0:
            return self.client_left
        try:
            async with asyncio.timeout(seconds):
                await self._left.wait()
        except TimeoutError:
            return False
        return True

    async def read_request(self) -> Incoming | None:
        """Read the next request; None where the client left or does not speak HTTP/1.1."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
            method, target, _ = first.split(" ", 2)
            headers = _read_headers(lines)
            if headers.get("expect", "").lower() == "100-continue":
                self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return Incoming(method, target, headers, await self._read_body(headers))
        except (
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ConnectionError,
            ValueError,
        ):
            return None

    async def _read_body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return await self._reader.readexactly(int(headers.get("content-length", "0")))
        parts = []
        while size := int((await self._reader.readuntil(b"\r\n")).partition(b";")[0], 16):
            parts.append(await self._reader.readexactly(size))
            await self._reader.readexactly(2)
        while await self._reader.readuntil(b"\r\n") != b"\r\n":
            pass  # trailers
        return b"".join(parts)

    async def send_head(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} {_reason(status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def send_whole(
        self, status: int, content_type: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send an answer whose length is known."""
        head = {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}
        await self.send_head(status, head)
        await self.send(body)

    async def send_json(
        self, status: int, body: object, headers: Mapping[str, str] | None = None
    ) -> None:
        await self.send_whole(status, "application/json", json.dumps(body).encode(), headers)

    async def send_chunk(self, data: bytes) -> None:
        """Send a piece of an answer with `Transfer-Encoding: chunked`; an empty one ends it."""
        await self.send(b"%x\r\n%b\r\n" % (len(data), data))

    async def send(self, data: bytes) -> None:
        # A stream notices a lost connection only when it drains, and logs every write until then.
        if self._writer.transport.is_closing():
            raise ConnectionResetError("the client is gone")
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        """Close in an orderly way: the client reads an end of file."""
        self._writer.close()

    def reset(self) -> None:
        """Close with a TCP reset, which is what a linger time of 0 makes of a close."""
        sock = self._writer.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


def _read_headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unnamed"
