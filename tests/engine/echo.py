"""An upstream that refuses every request and repeats the key that it was shown, as some really do."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        shown = f"{self.headers.get('authorization')} {self.headers.get('x-canary')}"
        message = f"Incorrect API key provided: {shown}"
        status = 500 if self.path.startswith("/broken") else 401
        error = {"error": {"message": message, "type": "invalid_request_error", "code": "invalid"}}
        body = json.dumps(error).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The test's own output stays clean."""


@contextlib.contextmanager
def echo() -> Iterator[int]:
    """Serves on every interface (containers ask it, too); the port. Below `/broken` it says 500."""
    with ThreadingHTTPServer(("0.0.0.0", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
