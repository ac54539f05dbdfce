"""A port goes in, a host that is switched off comes out: connecting to the port times out.

A listener that never accepts, with its backlog full: Linux then drops every SYN, as a Tailscale peer
that is off does, and no root is needed. Kernel facts (6.18, measured): `listen(0)` admits one
connection, because the queue counts as full when it holds *more* than the backlog; the drop happens
before SYN cookies are considered, so `tcp_syncookies=1` changes nothing, nor does
`tcp_abort_on_overflow`, which is about the handshake's last ACK; queued connections never time out.
A client that is still repeating its SYN when the port comes back gets through on the next repeat
(1 s, 3 s, 7 s after its first); a new connection gets through at once.
"""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self

_MOST_FILLERS = 16
# On loopback a SYN is answered inside the connect call: this is patience for a busy machine only.
_PATIENCE = 0.25


class BlackHole:
    """A context manager around a port that swallows connection attempts until `open()`."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self.port = port
        """The port; where 0 was given, the one that was found, from entering on."""
        self._host = host
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Self:
        """Close the port; raises OSError where it is taken or the kernel keeps answering."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._sockets.append(listener)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self.port))
            self.port = listener.getsockname()[1]
            listener.listen(0)
            self._fill()
        except BaseException:
            self.open()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.open()

    def open(self) -> None:
        """Give the port up, so that a server can be started on it: the host returns."""
        while self._sockets:
            self._sockets.pop().close()

    def _fill(self) -> None:
        """Connect until an attempt times out, which is also the proof that further ones will."""
        for _ in range(_MOST_FILLERS):
            filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            filler.settimeout(_PATIENCE)
            try:
                filler.connect((self._host, self.port))  # 0.0.0.0 leads to this machine
            except TimeoutError:
                filler.close()
                return
            except BaseException:
                filler.close()
                raise
            self._sockets.append(filler)
        raise OSError(f"port {self.port} still answers after {_MOST_FILLERS} connections")
