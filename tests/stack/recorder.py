"""A gateway's address goes in, a Unix socket that leads to it and a record of what passed come out."""

from __future__ import annotations

import http.client
import json
import socketserver
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


@dataclass(slots=True)
class Exchange:
    """One request as the client sent it, and the head of its answer. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    """Parsed JSON; None where there was none."""
    status: int | None = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def answered_by(self) -> str | None:
        """The model that answered, as the gateway says it."""
        return self.answer_headers.get("x-gateway-model")


@dataclass(frozen=True, slots=True)
class Door:
    """Where a client that is alone gets out, and what it asked there."""

    path: Path
    exchanges: list[Exchange]


@contextmanager
def recorded(gateway: str) -> Iterator[Door]:
    """A door to the gateway at this URL."""
    exchanges: list[Exchange] = []
    with tempfile.TemporaryDirectory(prefix="door-") as folder:  # a socket's path has to be short
        path = Path(folder) / "s"
        with socketserver.ThreadingUnixStreamServer(
            str(path), _handler(urlsplit(gateway).netloc, exchanges)
        ) as server:
            server.daemon_threads = True
            server.block_on_close = False
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield Door(path, exchanges)
            finally:
                server.shutdown()
                thread.join()


def _handler(netloc: str, exchanges: list[Exchange]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            parsed = json.loads(data) if data else None
            exchange = Exchange(self.command, self.path, headers, parsed)
            exchanges.append(exchange)
            kept = {name: value for name, value in headers.items() if name not in _HOP_BY_HOP}
            gateway = http.client.HTTPConnection(netloc, timeout=120)
            try:
                gateway.request(self.command, self.path, data or None, kept)
                answer = gateway.getresponse()
                exchange.status = answer.status
                exchange.answer_headers = {k.lower(): v for k, v in answer.getheaders()}
                self._pass_on(answer)
            except OSError:
                self.close_connection = True  # the gateway is gone, or the client
            finally:
                gateway.close()

        def _pass_on(self, answer: http.client.HTTPResponse) -> None:
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            if answer.length is not None or self.command == "HEAD":
                self.end_headers()
                self.wfile.write(answer.read())
                return
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            while piece := answer.read1(65536):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

        do_HEAD = do_GET = do_POST = _forward

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
