"""What apps used, read from the file that the proxy writes: while it lives, was killed, has ended."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli.budget_text import amount_text, used_text
from gateway.keys.spending import Used, used_of
from gateway.model import Budget
from gateway.runtime.app_budgets import Budgets
from gateway.runtime.app_store import Hold
from gateway.runtime.apps import Budget as Counted

NOW = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
DAILY, DOLLARS = Budget("tokens", 100, "day"), Budget("usd", 5, "month")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / ".gateway" / "state"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def proxy(state: Path) -> Iterator[Budgets]:
    opened = Budgets(state, lambda: NOW)
    yield opened
    opened.close()


def uses(proxy: Budgets, budget: Budget, *amounts: float, app: str = "shop") -> Hold:
    """Charges all but the last, which is held."""
    counted = Counted(budget.unit, budget.amount, budget.per)

    async def ask() -> Hold:
        for amount in amounts:
            hold = await proxy.hold(app, counted, amount)
            assert isinstance(hold, Hold)
            if amount != amounts[-1]:
                await proxy.charge(hold, amount)
        return hold

    return asyncio.run(ask())


def used(root: Path, budget: Budget = DAILY, app: str = "shop") -> float | None:
    (found,) = used_of(root, {app: budget}, NOW)
    return found.used


def listed(folder: Path) -> dict[str, tuple[int, int]]:
    return {f.name: (f.stat().st_size, f.stat().st_mtime_ns) for f in folder.iterdir()}


def test_nothing_was_used_yet(tmp_path: Path) -> None:
    assert used(tmp_path) == 0
    assert list(tmp_path.iterdir()) == []


def test_while_the_proxy_lives(tmp_path: Path, state: Path, proxy: Budgets) -> None:
    held = uses(proxy, DAILY, 10, 30)
    uses(proxy, DOLLARS, 0.25, 0.5)
    uses(proxy, DAILY, 99, 1, app="blog")
    before = listed(state)
    assert (used(tmp_path), used(tmp_path, DOLLARS)) == (40, 0.75)
    assert listed(state) == before
    asyncio.run(proxy.charge(held, 5))
    assert used(tmp_path) == 15


def test_nobody_waits_for_it(tmp_path: Path, proxy: Budgets) -> None:
    """It reads while another process is in the middle of writing, and the other way round."""
    uses(proxy, DAILY, 10, 30)
    writer = sqlite3.connect(tmp_path / ".gateway" / "state" / "budgets.sqlite", timeout=0)
    writer.execute("BEGIN EXCLUSIVE")
    assert used(tmp_path) == 40
    writer.rollback()
    writer.close()


def test_when_it_has_ended(tmp_path: Path, state: Path) -> None:
    proxy = Budgets(state, lambda: NOW)
    uses(proxy, DAILY, 10, 30)
    proxy.close()
    before = listed(state)
    assert not [name for name in before if name.endswith(("-wal", "-shm"))]
    assert used(tmp_path) == 40
    assert listed(state) == before


def test_a_file_that_is_none(tmp_path: Path, state: Path) -> None:
    (state / "budgets.sqlite").write_text("not a database, but long enough to be looked at" * 99)
    assert used(tmp_path) is None


def test_another_day_begins_anew(tmp_path: Path, proxy: Budgets) -> None:
    uses(proxy, DAILY, 10, 30)
    (found,) = used_of(tmp_path, {"shop": DAILY}, datetime(2026, 11, 22, tzinfo=UTC))
    assert (found.used, found.left) == (0, 100)


@pytest.mark.parametrize(
    ("used", "text"),
    [
        (Used("a", DAILY, 40, NOW), "40 of 100 tokens today; 60 left until 2026-11-21 23:00 UTC"),
        (Used("a", DAILY, 140, NOW), "140 of 100 tokens today; 0 left until 2026-11-21 23:00 UTC"),
        (
            Used("a", DOLLARS, 0.125, NOW),
            "0.125 of 5 dollars this month; 4.875 left until 2026-11-21 23:00 UTC",
        ),
        (
            Used("a", DAILY, None, NOW),
            "an unknown part of 100 tokens today: the file of budgets cannot be read",
        ),
    ],
)
def test_in_words(used: Used, text: str) -> None:
    assert used_text(used) == text


def test_amounts() -> None:
    assert amount_text(2_000_000, "tokens") == "2,000,000 tokens"
    assert amount_text(1, "requests") == "1 request"
    assert amount_text(20, "usd") == "20 dollars"
