"""The black hole: a port whose host is off, and comes back as a stand-in."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time

import pytest

from gateway.stand_in import BlackHole, StandIn


def status_of(upstream: StandIn) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", upstream.port, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", "/v1/models")
        return connection.getresponse().status


def test_a_black_hole_swallows_connections_and_the_host_returns_on_its_port() -> None:
    with BlackHole() as hole:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                socket.create_connection(("127.0.0.1", hole.port), timeout=0.2)
        hole.open()
        started = time.monotonic()
        with StandIn(port=hole.port) as back:
            assert status_of(back) == 200
            assert time.monotonic() - started < 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", hole.port), timeout=0.2)


def test_a_host_can_vanish_into_a_black_hole_and_return() -> None:
    host = StandIn("local")
    for _ in range(2):
        with host:
            assert status_of(host) == 200
        with BlackHole(host.port) as hole, pytest.raises(TimeoutError):
            socket.create_connection(("127.0.0.1", hole.port), timeout=0.2)


def test_a_client_that_is_still_trying_gets_through_when_the_host_returns() -> None:
    outcome: list[int] = []
    with BlackHole() as hole:
        upstream = StandIn(port=hole.port)
        trying = threading.Thread(target=lambda: outcome.append(status_of(upstream)))
        trying.start()
        time.sleep(0.2)
        assert outcome == []
        hole.open()
        with upstream:
            trying.join(3)
    assert outcome == [200]


def test_a_black_hole_needs_a_free_port() -> None:
    with StandIn() as upstream, pytest.raises(OSError, match="in use"), BlackHole(upstream.port):
        pass
