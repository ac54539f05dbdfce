"""A stand-in's port goes in, a host in front of it that can be switched off and on comes out."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from types import TracebackType
from typing import Self

from gateway.stand_in import BlackHole
from gateway.stand_in.background import BackgroundLoop


class Host:
    """A machine that is switched off without a word, as a peer of a VPN that goes to sleep.

    Connections from before stay open and silent, new ones are not accepted; where `refuses`, the
    machine runs and the server on it does not.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._loop = BackgroundLoop("host")
        self._hole = BlackHole(self.port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_silent = False

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def on(self) -> None:
        """The machine is back; it knows nothing of the old connections."""
        self._hole.open()
        self._loop.run(self._open())

    def off(self, *, refuses: bool = False) -> None:
        self._loop.run(self._shut(drops=refuses))
        if not refuses:
            self._hole.__enter__()

    def __enter__(self) -> Self:
        self.on()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hole.open()
        self._loop.run(self._shut(drops=True))
        self._loop.stop()

    async def _open(self) -> None:
        if self._server is not None:
            return
        await self._drop_connections()
        self._is_silent = False
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _shut(self, *, drops: bool) -> None:
        self._is_silent = True
        if self._server is not None:
            self._server.close()
            self._server = None
        if drops:
            await self._drop_connections()

    async def _drop_connections(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, to_writer}
        for source, target in ((reader, to_writer), (to_reader, writer)):
            task = asyncio.get_running_loop().create_task(self._pump(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                if self._is_silent:
                    await asyncio.Event().wait()
                target.write(data)
                await target.drain()
        target.close()
