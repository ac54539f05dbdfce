"""Budgets and limits in a real Redis, without a LiteLLM."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from absence import require_program
from redis_server import PASSWORD, RedisServer

from gateway.runtime.app_limits import Over, Ticket
from gateway.runtime.app_redis import RedisStore
from gateway.runtime.app_store import Hold, SpentUp, StoreDownError
from gateway.runtime.apps import App, Budget

NOW = datetime(2026, 1, 31, 23, 59, 30, tzinfo=UTC)
DAILY, MONTHLY = Budget("tokens", 100, "day"), Budget("usd", 0.5, "month")
SHOP = App("shop", (), frozenset(), frozenset(), "one", {}, None, {}, None)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    require_program("redis-server")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(autouse=True)
def _empty(server: RedisServer) -> None:
    server.ask("FLUSHALL")


@asynccontextmanager
async def stores(server: RedisServer, count: int = 1, **more: Any) -> AsyncIterator[list[Any]]:
    """As many processes."""
    opened = [RedisStore(server.url, "test", lambda: NOW, **more) for _ in range(count)]
    try:
        yield opened
    finally:
        for store in opened:
            await store.close()


def run(
    server: RedisServer, work: Callable[[Any], Awaitable[None]], count: int = 1, **more: Any
) -> None:
    async def within() -> None:
        async with stores(server, count, **more) as opened:
            await work(*opened)

    asyncio.run(within())


def limited(**limits: int) -> App:
    return replace(SHOP, limits=limits)


def test_a_budget_is_used_up(server: RedisServer) -> None:
    async def work(store: RedisStore) -> None:
        held = await store.hold("shop", MONTHLY, 0.2)
        assert isinstance(held, Hold)
        await store.charge(held, 0.5)
        await store.charge(held, 0.5)  # once is enough
        over = await store.hold("shop", MONTHLY, 0.1)
        assert over == SpentUp(30, datetime(2026, 2, 1, tzinfo=UTC), is_held=False)
        assert isinstance(await store.hold("another", MONTHLY, 0.1), Hold)

    run(server, work)
    assert server.ask("GET", "gateway:{test/shop}:spent:usd:2026-01") == "0.5"
    assert int(server.ask("TTL", "gateway:{test/shop}:spent:usd:2026-01")) > 60 * 86400


def test_what_is_held_counts_until_it_is_charged(server: RedisServer) -> None:
    async def work(store: RedisStore) -> None:
        held = await store.hold("shop", DAILY, 100)
        over = await store.hold("shop", DAILY, 1)
        assert isinstance(over, SpentUp)
        assert (over.seconds, over.is_held) == (5, True)
        await store.charge(held, 30)
        assert isinstance(await store.hold("shop", DAILY, 70), Hold)
        assert isinstance(await store.hold("shop", DAILY, 1), SpentUp)

    run(server, work)


def test_fifty_at_once_from_two_processes(server: RedisServer) -> None:
    async def work(*both: RedisStore) -> None:
        asking = [both[i % 2].hold("shop", DAILY, 10) for i in range(50)]
        found = await asyncio.gather(*asking)
        assert sum(isinstance(each, Hold) for each in found) == 10

    run(server, work, 2)


def test_a_request_that_failed_costs_nothing(server: RedisServer) -> None:
    async def work(store: RedisStore) -> None:
        await store.charge(await store.hold("shop", DAILY, 60), 0)

    run(server, work)
    assert server.types() == {}


def test_what_a_killed_gateway_held_is_charged(server: RedisServer) -> None:
    """And what a living one holds is not, however long its request takes."""

    async def die(store: RedisStore) -> None:
        await store.hold("shop", DAILY, 60)
        assert isinstance(await store.admit(limited(max_parallel_requests=1), 5), Ticket)

    async def live(store: RedisStore) -> None:
        assert isinstance(await store.admit(limited(max_parallel_requests=1), 5), Over)
        held = await store.hold("shop", DAILY, 10)
        await asyncio.sleep(2.5)
        assert isinstance(await store.admit(limited(max_parallel_requests=1), 5), Ticket)
        await store.hold("shop", DAILY, 1)
        assert server.ask("GET", "gateway:{test/shop}:spent:tokens:2026-01-31") == "60"
        await store.charge(held, 7)
        assert server.ask("GET", "gateway:{test/shop}:spent:tokens:2026-01-31") == "67"

    run(server, die, lease=1)
    run(server, live, lease=1)


def test_requests_of_a_minute_from_two_processes(server: RedisServer) -> None:
    async def work(*both: RedisStore) -> None:
        asking = [both[i % 2].admit(limited(rpm=7), 1) for i in range(50)]
        found = await asyncio.gather(*asking)
        assert sum(isinstance(each, Ticket) for each in found) == 7
        over = next(each for each in found if isinstance(each, Over))
        assert over.limit == "rpm"
        assert 50 <= over.seconds <= 60

    run(server, work, 2)


def test_what_an_app_may_not_have_is_none_of_its_minute(server: RedisServer) -> None:
    async def work(store: RedisStore) -> None:
        app = limited(rpm=1, tpm=100)
        for _ in range(3):
            ticket = await store.admit(app, 100)
            assert isinstance(ticket, Ticket)
            ticket.counts = False
            store.end(app, ticket)
            await settled(store)
        assert isinstance(await store.admit(app, 1), Ticket)
        assert isinstance(await store.admit(app, 1), Over)

    run(server, work)


def test_tokens_of_a_minute(server: RedisServer) -> None:
    async def work(store: RedisStore) -> None:
        app = limited(tpm=100)
        first = await store.admit(app, 90)
        assert isinstance(await store.admit(app, 90), Ticket)  # 90 of 100 were used
        over = await store.admit(app, 1)
        assert isinstance(over, Over)
        assert (over.limit, 50 <= over.seconds <= 60) == ("tpm", True)
        assert isinstance(first, Ticket)
        first.tokens = 5
        store.end(app, first)
        await settled(store)
        assert isinstance(await store.admit(app, 5), Ticket)
        assert isinstance(await store.admit(app, 1), Over)

    run(server, work)


def test_tokens_that_are_told_after_the_end(server: RedisServer) -> None:
    """LiteLLM's record comes a moment later; the place among those at once is free before that."""

    async def work(store: RedisStore) -> None:
        app = limited(tpm=100, max_parallel_requests=1)
        first = await store.admit(app, 10)
        assert isinstance(first, Ticket)
        store.end(app, first)
        await asyncio.sleep(0.3)
        second = await store.admit(app, 10)
        assert isinstance(second, Ticket)
        first.tokens = 95
        second.tokens = 0  # it failed
        store.end(app, second)
        await asyncio.sleep(0.5)
        third = await store.admit(app, 10)  # 95 of 100 were used
        assert isinstance(third, Ticket)
        store.end(app, third)
        await asyncio.sleep(0.3)
        over = await store.admit(app, 10)
        assert isinstance(over, Over)
        assert over.limit == "tpm"

    run(server, work)


async def settled(store: RedisStore) -> None:
    """The ends are told; of some LiteLLM's record is still waited for."""
    for _ in range(100):
        if not store._ending:
            return
        await asyncio.sleep(0.01)


def test_so_many_at_once_from_two_processes(server: RedisServer) -> None:
    async def work(*both: RedisStore) -> None:
        app = limited(max_parallel_requests=3)
        found = await asyncio.gather(*(both[i % 2].admit(app, 1) for i in range(20)))
        tickets = [each for each in found if isinstance(each, Ticket)]
        assert len(tickets) == 3
        assert {each.limit for each in found if isinstance(each, Over)} == {"max_parallel_requests"}
        for store in both:  # the end of one is counted once, whoever says it
            store.end(app, tickets[0])
        for store in both:
            await settled(store)
        assert isinstance(await both[0].admit(app, 1), Ticket)
        assert isinstance(await both[1].admit(app, 1), Over)

    run(server, work, 2)


def test_an_app_without_limits_asks_nobody() -> None:
    async def work() -> None:
        store = RedisStore("redis://127.0.0.1:1/0", "test")
        ticket = await store.admit(SHOP, 5)
        assert isinstance(ticket, Ticket)
        store.end(SHOP, ticket)

    asyncio.run(work())


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:1/0",
        f"redis://:{PASSWORD}x@127.0.0.1:1/0",
        "missing-REDIS_URL",
        f"redis://:{PASSWORD}@127.0.0.1:port/0",
        "",
    ],
)
def test_no_redis_is_no_budget(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Limits are counted alone then; and nothing of the address is said."""

    async def work() -> None:
        store = RedisStore(url, "test")
        with pytest.raises(StoreDownError) as failed:
            await store.hold("shop", DAILY, 1)
        assert str(failed.value).isidentifier()
        app = limited(max_parallel_requests=1)
        first = await store.admit(app, 1)
        assert isinstance(first, Ticket)
        assert isinstance(await store.admit(app, 1), Over)
        store.end(app, first)
        assert isinstance(await store.admit(app, 1), Ticket)
        await store.close()

    asyncio.run(work())
    assert PASSWORD not in caplog.text
    assert "counted by this process alone" in caplog.text


def test_a_wrong_password_is_no_budget(server: RedisServer) -> None:
    async def work() -> None:
        store = RedisStore(server.url.replace(PASSWORD, "other"), "test")
        with pytest.raises(StoreDownError, match=r"^AuthenticationError$"):
            await store.hold("shop", DAILY, 1)
        await store.close()

    asyncio.run(work())


def test_a_redis_that_was_killed_has_lost_nothing(tmp_path: Path) -> None:
    require_program("redis-server")
    server = RedisServer(tmp_path)
    server.start()

    async def work(store: RedisStore) -> None:
        first, second = [await store.hold("shop", DAILY, 10) for _ in range(2)]
        await store.charge(first, 20)
        server.kill()
        with pytest.raises(StoreDownError):
            await store.charge(second, 5)
        server.start()
        # Its connections are gone, and nobody notices.
        assert isinstance(await store.hold("shop", DAILY, 60), Hold)
        over = await store.hold("shop", Budget("tokens", 90, "day"), 1)
        assert isinstance(over, SpentUp)  # 20 spent, 10 and 60 held
        assert over.is_held

    try:
        run(server, work)
    finally:
        server.kill()
