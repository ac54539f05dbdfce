"""Stands in for the package `litellm` below a project's `compose/`, which the process engine puts first.

It listens in a tenth of a second, so that the life of a stack can be tested in each way it ends.
`compose/names` holds what it lists, `compose/slow` how many seconds it takes to start; while there is a
`compose/held` it does not.
"""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def run_server() -> None:
    here = Path(__file__).parent
    slow = here / "slow"
    time.sleep(float(slow.read_text()) if slow.exists() else 0)
    while (here / "held").exists():
        time.sleep(0.02)
    names = (here / "names").read_text().split()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            key = self.headers.get("authorization", "").removeprefix("Bearer ")
            is_refused = (
                self.path != "/health/readiness" and key != os.environ["LITELLM_MASTER_KEY"]
            )
            body = json.dumps({"data": [{"id": name} for name in names]}).encode()
            self.send_response(401 if is_refused else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    address = (
        sys.argv[sys.argv.index("--host") + 1],
        int(sys.argv[sys.argv.index("--port") + 1]),
    )
    ThreadingHTTPServer(address, Handler).serve_forever()
