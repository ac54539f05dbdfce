"""A redirect address of this machine and a state in, the one request that brings them back out."""

from __future__ import annotations

import hmac
import queue
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from gateway.model import GatewayError

_PAGE = (
    b"<!doctype html><meta charset=utf-8><title>gateway</title>"
    b"<script>history.replaceState(null,'','/')</script>"
    b"<p>This window can be closed: the terminal says how it went on."
)

Say = Callable[[int, bytes], None]


class Listener:
    """Listens on loopback, for one answer. What has another path, host or state is refused and does
    not end the waiting: any page that a browser shows can send requests here.
    """

    def __init__(self, redirect_uri: str, state: str) -> None:
        """Raises GatewayError where the port is taken."""
        self._parts = urlsplit(redirect_uri)
        self._state = state
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._taken = threading.Lock()
        self.strangers = 0
        try:
            self._server = _Server(("127.0.0.1", self._parts.port or 0), self._answer_to)
        except OSError:
            raise GatewayError(
                f"port {self._parts.port} of this machine, which `redirect_uri` names, is taken",
                "end what listens there; or name another that the client is registered with",
            ) from None
        self._port = self._server.server_address[1]

    @property
    def redirect_uri(self) -> str:
        """As the authorization server gets it: with the port."""
        return urlunsplit(self._parts._replace(netloc=f"{self._parts.hostname}:{self._port}"))

    def __enter__(self) -> Listener:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> str | None:
        """The address that the browser was sent to; None where nobody came in time."""
        try:
            return self._answers.get(timeout=seconds)
        except queue.Empty:
            return None

    def _answer_to(self, target: str, host: str, say: Say) -> None:
        """Says the status and the page; only then may the waiting end, and with it this process."""
        status, page, answer = self._judged(target, host)
        try:
            say(status, page)
        finally:
            if answer is not None:
                self._answers.put(answer)

    def _judged(self, target: str, host: str) -> tuple[int, bytes, str | None]:
        parts = urlsplit(target)
        hosts = {f"{name}:{self._port}" for name in ("127.0.0.1", "localhost")}
        if host.lower() not in hosts or parts.path != self._parts.path:
            return 404, b"nothing is here", None
        states = parse_qs(parts.query).get("state", [])
        if len(states) != 1 or not hmac.compare_digest(states[0].encode(), self._state.encode()):
            self.strangers += 1
            return 400, b"this belongs to no login that was begun here", None
        if not self._taken.acquire(blocking=False):
            return 400, b"this login was answered already", None
        return 200, _PAGE, f"{self.redirect_uri}?{parts.query}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a connection that says nothing keeps nobody
    allow_reuse_address = False

    def __init__(self, at: tuple[str, int], answer: Callable[[str, str, Say], None]) -> None:
        self.answer = answer
        super().__init__(at, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke off; socketserver would print a traceback."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5.0

    def do_GET(self) -> None:
        """The only method: everything else is a 501."""
        self.server.answer(self.path, self.headers.get("Host", ""), self._say)

    def _say(self, status: int, page: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "text/html" if status == 200 else "text/plain")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the line would hold the code."""
