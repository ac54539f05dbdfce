"""Up, down and up again, against real sockets on loopback."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gateway.runtime import reachability
from gateway.runtime.reachability import (
    Origin,
    Reachability,
    accepts_connection,
    goes_through_a_proxy,
    origin_of,
)

SOON = 0.3
EVERY = 0.05


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def free_origin() -> Origin:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return Origin("http", "127.0.0.1", listener.getsockname()[1])


async def serve(origin: Origin) -> asyncio.Server:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    return await asyncio.start_server(hang_up, origin.host, origin.port)


async def until(condition: Callable[[], bool], within: float = 2.0) -> float:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < within
        await asyncio.sleep(0.005)
    return time.monotonic() - started


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test())


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://10.0.0.1:8080/v1", Origin("http", "10.0.0.1", 8080)),
        ("https://nano-gpt.com/api/v1", Origin("https", "nano-gpt.com", 443)),
        ("http://[::1]/v1", Origin("http", "::1", 80)),
        ("ftp://x", None),
        ("http://x:notaport", None),
        ("not a url", None),
        (None, None),
    ],
)
def test_origin(url: object, origin: Origin | None) -> None:
    assert origin_of(url) == origin


def test_a_refused_connection_is_not_accepted() -> None:
    assert asyncio.run(accepts_connection(free_origin(), SOON)) is False


def test_an_unresolvable_name_is_not_accepted() -> None:
    origin = Origin("http", "no-such-host.invalid", 80)
    assert asyncio.run(accepts_connection(origin, SOON)) is False


def test_plain_http_behind_https_is_not_accepted() -> None:
    async def test() -> None:
        origin = free_origin()
        async with await serve(origin):
            assert await accepts_connection(origin, SOON)
            assert not await accepts_connection(Origin("https", origin.host, origin.port), SOON)

    run(test)


def test_down_until_a_probe_gets_through() -> None:
    async def test() -> None:
        recovered: list[Origin] = []
        watch, origin = Reachability(on_recovery=recovered.append), free_origin()
        assert not watch.is_down(origin)
        watch.mark_down(origin, SOON, EVERY)
        await asyncio.sleep(3 * EVERY)
        assert watch.is_down(origin)
        assert recovered == []
        async with await serve(origin):
            await until(lambda: not watch.is_down(origin))
        assert recovered == [origin]
        assert watch.was_up_within(origin, 1.0)
        assert len(asyncio.all_tasks()) == 1, "the probe ended"

    run(test)


def test_a_real_call_that_gets_through_ends_the_outage() -> None:
    async def test() -> None:
        watch, origin = Reachability(), free_origin()
        watch.mark_down(origin, SOON, 60.0)
        watch.mark_up(origin)
        assert not watch.is_down(origin)
        await asyncio.sleep(0.01)
        assert len(asyncio.all_tasks()) == 1

    run(test)


def test_a_failing_listener_of_recoveries_does_no_harm() -> None:
    def fail(_: Origin) -> None:
        raise RuntimeError

    async def test() -> None:
        watch, origin = Reachability(on_recovery=fail), free_origin()
        watch.mark_down(origin, SOON, EVERY)
        watch.mark_up(origin)
        assert not watch.is_down(origin)

    run(test)


def test_looks_are_shared_and_remembered() -> None:
    async def test() -> None:
        watch, origin = Reachability(), free_origin()
        assert await asyncio.gather(*(watch.look(origin, SOON, 60.0) for _ in range(5))) == 5 * [
            False
        ]
        assert watch.is_down(origin)
        async with await serve(origin):
            assert await watch.look(origin, SOON, 60.0)
        assert not watch.is_down(origin)

    run(test)


def test_a_suspicion_finds_a_dead_upstream_and_spares_a_living_one() -> None:
    async def test() -> None:
        watch, origin = Reachability(), free_origin()
        async with await serve(origin):
            watch.suspect(origin, SOON, EVERY)
            await until(lambda: watch.was_up_within(origin, 1.0))
            assert not watch.is_down(origin)
        watch.suspect(origin, SOON, 60.0)
        await until(lambda: watch.is_down(origin))
        watch.mark_up(origin)

    run(test)


def test_behind_a_proxy_nothing_is_ever_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "localhost")
    origin = Origin("http", "example.test", 80)
    assert goes_through_a_proxy(origin)
    assert not goes_through_a_proxy(Origin("http", "localhost", 80))

    async def test() -> None:
        watch = Reachability()
        watch.mark_down(origin, SOON, EVERY)
        assert not watch.is_down(origin)
        assert await watch.look(origin, SOON, EVERY)

    run(test)


def slow_host(monkeypatch: pytest.MonkeyPatch, takes: float) -> None:
    """Hosts whose connections need so many seconds, as across the world."""

    async def accepts(_: Origin, within: float, **__: object) -> bool:
        await asyncio.sleep(min(takes, within))
        return takes < within

    monkeypatch.setattr(reachability, "accepts_connection", accepts)


def test_the_most_patient_model_decides_for_an_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_host(monkeypatch, takes=0.6)

    async def test() -> None:
        watch, origin = Reachability(), free_origin()
        watch.allow(origin, 3.0)
        watch.allow(origin, 0.05)
        started = time.monotonic()
        assert not await watch.look(origin, 0.05, EVERY)
        assert time.monotonic() - started < 0.5, "its own budget still ends its own request"
        assert not watch.is_down(origin)
        assert await watch.look(origin, 3.0, EVERY)

    run(test)


def test_a_model_with_more_patience_gets_a_down_origin_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow_host(monkeypatch, takes=0.2)

    async def test() -> None:
        watch, origin = Reachability(), free_origin()
        assert not await watch.look(origin, 0.05, EVERY)
        assert watch.is_down(origin)
        watch.allow(origin, 1.0)
        await until(lambda: not watch.is_down(origin))

    run(test)


def test_a_failed_look_does_not_outweigh_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_host(monkeypatch, takes=5.0)

    async def test() -> None:
        watch, origin = Reachability(), free_origin()
        looking = asyncio.create_task(watch.look(origin, 0.1, EVERY))
        await asyncio.sleep(0.05)
        watch.mark_up(origin)
        assert not await looking
        assert not watch.is_down(origin)

    run(test)


def test_a_probe_survives_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> bool:
        raise RuntimeError

    async def test() -> None:
        watch, origin = Reachability(), free_origin()
        with monkeypatch.context() as patch:
            patch.setattr(reachability, "accepts_connection", broken)
            watch.mark_down(origin, SOON, EVERY)
            await asyncio.sleep(3 * EVERY)
        async with await serve(origin):
            await until(lambda: not watch.is_down(origin))

    run(test)
