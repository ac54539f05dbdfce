"""`gateway keys check` where a provider always sends a little: each step is in time, and the whole never ends."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.command_line import run_gateway
from stack.projects import Project, model, provider

KEY = "canary-of-the-dripping-0123456789"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n"


@pytest.fixture(params=["head", "body"])
def dripping(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address where the head or the body of an answer comes byte by byte."""
    over = threading.Event()

    def drip(wire: socket.socket) -> None:
        with wire, contextlib.suppress(OSError):
            wire.recv(65536)
            if request.param == "body":
                wire.sendall(HEAD)
            for byte in (HEAD if request.param == "head" else b" ") * 1000:
                if over.wait(0.2):
                    return
                wire.sendall(bytes([byte]))

    def welcome(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _ = listener.accept()
                threading.Thread(target=drip, args=(wire,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=welcome, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        over.set()
        listener.shutdown(socket.SHUT_RDWR)


def test_it_is_over_in_time_all_the_same(dripping: str, tmp_path: Path) -> None:
    Project(
        {"drip": provider(dripping, "DRIP")}, {"m": model("drip", "m")}, values={"DRIP": KEY}
    ).write(tmp_path)
    began = time.monotonic()
    run_gateway("keys", "list", cwd=tmp_path)
    start = time.monotonic() - began
    began = time.monotonic()
    ran = run_gateway("keys", "check", "--timeout", "2", cwd=tmp_path)
    assert time.monotonic() - began < max(5.0, 2.5 + 2 * start)
    assert ran.out.split()[:3] == ["DRIP", "hangs", "drip:"]
    assert KEY not in ran.out + ran.err
