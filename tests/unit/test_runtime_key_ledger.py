"""What is kept of keys: counts by the hour and the day, rests, and whose they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.runtime.key_ledger import Kept, KeyLedger, Place
from gateway.runtime.key_windows import DAY, HOUR, windows_at

NOON = 1_800_014_400.0 - 1_800_014_400.0 % DAY + 12 * HOUR
PLACE = Place("p", "KEY", "m")


@dataclass
class Clock:
    now: float = NOON


@dataclass
class Desk:
    """Ledgers of one folder, as several workers and starts have them."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    opened: list[KeyLedger] = field(default_factory=list)

    def ledger(self) -> KeyLedger:
        made = KeyLedger(self.folder, lambda: self.clock.now)
        self.opened.append(made)
        return made

    def close(self) -> None:
        for each in self.opened:
            each.close()
        self.opened.clear()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def test_a_day_begins_where_the_provider_says() -> None:
    hour, day = windows_at(NOON + 5.5)
    assert (hour.start, hour.end) == (NOON, NOON + HOUR)
    assert (day.start, day.end) == (NOON - 12 * HOUR, NOON + 12 * HOUR)
    _, day = windows_at(NOON, 8 * HOUR)
    assert (day.start, day.end) == (NOON - 4 * HOUR, NOON + 20 * HOUR)
    _, day = windows_at(NOON, 13 * HOUR)
    assert (day.start, day.end) == (NOON - 23 * HOUR, NOON + HOUR)


def test_requests_are_taken_while_there_is_room(desk: Desk) -> None:
    one, other = desk.ledger(), desk.ledger()

    async def taken(ledger: KeyLedger) -> float:
        return await ledger.take(PLACE, {"rph": 3, "rpd": 4}, 0)

    async def ask() -> None:
        assert [await taken(each) for each in (one, other, one)] == [0, 0, 0]
        assert await taken(other) == NOON + HOUR
        desk.clock.now += HOUR
        assert await taken(one) == 0
        assert await taken(one) == NOON + 12 * HOUR
        await one.add(PLACE, -1, 0, 0)  # one was not asked after all
        assert await taken(other) == 0
        desk.clock.now = NOON + 12 * HOUR
        assert await taken(one) == 0

    asyncio.run(ask())


def test_many_at_once_take_no_more_than_there_is(desk: Desk) -> None:
    ledgers = [desk.ledger() for _ in range(4)]

    async def ask() -> list[float]:
        asked = [ledger.take(PLACE, {"rpd": 10}, 0) for ledger in ledgers for _ in range(10)]
        return list(await asyncio.gather(*asked))

    assert asyncio.run(ask()).count(0.0) == 10


def test_tokens_are_counted_when_they_are_known(desk: Desk) -> None:
    ledger = desk.ledger()

    async def ask() -> None:
        assert await ledger.take(PLACE, {"tph": 100}, 0) == 0
        await ledger.add(PLACE, 0, 99, 0)
        assert await ledger.take(PLACE, {"tph": 100}, 0) == 0
        await ledger.add(PLACE, 0, 1, 0)
        assert await ledger.take(PLACE, {"tph": 100}, 0) == NOON + HOUR
        used = {each.window.length: each for each in await ledger.used()}
        assert (used[DAY].requests, used[DAY].tokens) == (2, 100)

    asyncio.run(ask())


def test_what_was_stated_outlives_a_start(desk: Desk) -> None:
    first, second = desk.ledger(), desk.ledger()
    stated = Kept(PLACE, "exhausted", NOON, NOON + HOUR, True)
    guessed = Kept(Place("p", "OTHER", "m"), "exhausted", NOON, NOON + HOUR, False)
    refused = Kept(Place("p", "OTHER", ""), "refused", NOON, NOON + HOUR, False)

    async def ask() -> None:
        for kept in (stated, guessed, refused):
            await first.rest(kept)
        assert set(await second.rests()) == {stated, guessed, refused}
        await second.rest(stated._replace(until=NOON + 1))  # the later one stays
        assert set(await first.rests()) == {stated, guessed, refused}
        await first.take(PLACE, {}, 0)

    asyncio.run(ask())
    desk.close()

    async def again() -> None:
        third = desk.ledger()
        assert set(await third.rests()) == {stated}
        assert {each.requests for each in await third.used()} == {1}
        desk.clock.now += HOUR
        assert await third.rests() == []

    asyncio.run(again())


def test_another_key_in_the_same_variable_begins_anew(desk: Desk) -> None:
    ledger = desk.ledger()

    async def ask() -> None:
        await ledger.know({("p", "KEY"): "sk-the-first-value-0123"})
        await ledger.take(PLACE, {}, 0)
        await ledger.rest(Kept(PLACE, "exhausted", NOON, NOON + HOUR, True))
        await ledger.show("p", "KEY", NOON)
        await ledger.know({("p", "KEY"): "sk-the-first-value-0123"})
        assert await ledger.rests()
        assert await ledger.shown()
        await ledger.know({("p", "KEY"): "sk-the-second-value-012"})
        assert (await ledger.rests(), await ledger.used()) == ([], [])
        assert await ledger.shown() == {}

    asyncio.run(ask())
    desk.close()
    written = b"".join(file.read_bytes() for file in desk.folder.iterdir())
    assert b"-value-" not in written


def test_without_a_file_it_is_counted_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for folder in (None, tmp_path / "is" / "not" / "there"):
        ledger = KeyLedger(folder, lambda: NOON)

        async def ask(ledger: KeyLedger = ledger) -> list[float]:
            return [await ledger.take(PLACE, {"rpd": 1}, 0) for _ in range(2)]

        assert asyncio.run(ask()) == [0, NOON + 12 * HOUR]
        ledger.close()
    assert caplog.text.count("counted by each worker") == 1


def test_when_a_key_was_shown_last_outlives_a_start(desk: Desk) -> None:
    first, second = desk.ledger(), desk.ledger()

    async def show() -> None:
        await first.show("p", "KEY", NOON)
        await second.show("p", "KEY", NOON - 5)  # a worker that writes later knows no better
        await second.show("p", "OTHER", NOON - DAY)

    asyncio.run(show())
    desk.close()
    known = {("p", "KEY"): NOON, ("p", "OTHER"): NOON - DAY}
    assert asyncio.run(desk.ledger().shown()) == known
