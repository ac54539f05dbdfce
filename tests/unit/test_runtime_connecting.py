"""A host with several addresses, of which the first swallows connections; real sockets."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from gateway.runtime.connecting import can_connect
from gateway.stand_in import BlackHole

NAME = "dual.test"


@pytest.fixture
def hole() -> Iterator[BlackHole]:
    with BlackHole() as black_hole:
        yield black_hole


def resolve_to(*addresses: tuple[socket.AddressFamily, str]) -> Any:
    """A stand-in for the resolver: no name on this machine has two addresses."""

    async def getaddrinfo(host: str, port: int, **_: object) -> list[Any]:
        assert host == NAME
        return [(family, 0, 0, "", (address, port)) for family, address in addresses]

    return getaddrinfo


async def looked(port: int, within: float, *addresses: tuple[socket.AddressFamily, str]) -> bool:
    loop: Any = asyncio.get_running_loop()
    loop.getaddrinfo = resolve_to(*addresses)
    found = await can_connect(NAME, port, within, with_tls=False)
    del loop.getaddrinfo
    return found


def test_a_dead_address_does_not_hide_a_living_one(hole: BlackHole) -> None:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.2", hole.port))
        listener.listen()
        dead, alive = (socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "127.0.0.2")
        started = time.monotonic()
        assert asyncio.run(looked(hole.port, 1.0, dead, alive))
        assert 0.05 < time.monotonic() - started < 1.0


def test_the_families_take_turns(hole: BlackHole) -> None:
    """Eight dead addresses of one family cost one head start, not eight."""
    with closing(socket.socket(socket.AF_INET6)) as listener:
        listener.bind(("::1", hole.port))
        listener.listen()
        dead = [(socket.AF_INET, "127.0.0.1")] * 8
        alive = (socket.AF_INET6, "::1")
        assert asyncio.run(looked(hole.port, 0.4, *dead, alive))


def test_all_dead_is_dead(hole: BlackHole) -> None:
    started = time.monotonic()
    dead = (socket.AF_INET, "127.0.0.1")
    assert not asyncio.run(looked(hole.port, 0.5, dead, dead))
    assert time.monotonic() - started < 0.95


def test_a_refusal_makes_the_next_address_come_at_once(hole: BlackHole) -> None:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.3", 0))
        listener.listen()
        refusing = [(socket.AF_INET, f"127.0.0.{i}") for i in (4, 5, 6, 7)]
        port = listener.getsockname()[1]
        assert asyncio.run(looked(port, 0.3, *refusing, (socket.AF_INET, "127.0.0.3")))
        assert not asyncio.run(looked(port, 0.3, *refusing))
