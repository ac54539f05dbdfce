"""An address goes in, accepted sockets come out, until the door is shut."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

_BACKLOG = 512


class Door:
    """A listening socket that can be shut, so that connections are refused, and opened again.

    Unlike `asyncio.Server` it does both at once, without awaiting; all calls belong into the loop's
    thread. While shut the port stays bound, without listening: nobody else gets it meanwhile.
    """

    def __init__(self, host: str, port: int, on_accept: Callable[[socket.socket], None]) -> None:
        self._on_accept = on_accept
        self._loop = asyncio.get_running_loop()
        self._socket = _bound(host, port)
        self._is_open = False
        self.host = host
        self.port: int = self._socket.getsockname()[1]

    def open(self) -> None:
        if not self._is_open:
            self._socket.listen(_BACKLOG)
            self._loop.add_reader(self._socket, self._accept)
            self._is_open = True

    def shut(self) -> None:
        if self._is_open:
            self.close()
            self._socket = _bound(self.host, self.port)

    def close(self) -> None:
        """Give the port up."""
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._is_open = False

    def _accept(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        connection.setblocking(False)
        self._on_accept(connection)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Closed connections of the port may still be waiting for their end (TIME_WAIT).
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setblocking(False)
        bound.bind((host, port))
    except BaseException:
        bound.close()
        raise
    return bound
