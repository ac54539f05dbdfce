"""What apps use in, whether they may go on out: a SQLite file that every worker shares and a kill leaves whole.

A request holds what it may cost before it is asked, and is charged what it did cost in the same
transaction that lets the hold go. What a killed gateway held is charged by the next start, and what a killed
worker held by whoever looks first when it was not renewed for two minutes: nobody knows any more whether it
was answered, and a budget is the most that may be used.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from .app_periods import period_of
from .app_store import Hold, SpentUp, StoreDownError, spent_up
from .apps import Budget
from .state_file import StateFile, T, Work

LEASE = 120.0
"""Seconds that a hold is good for without being renewed."""
_RENEW_EVERY = 30.0
_NAME = "budgets"
_TABLES = """
CREATE TABLE IF NOT EXISTS spent (
  app TEXT, unit TEXT, period TEXT, amount REAL NOT NULL, PRIMARY KEY (app, unit, period));
CREATE TABLE IF NOT EXISTS holds (
  id INTEGER PRIMARY KEY, app TEXT, unit TEXT, period TEXT, amount REAL NOT NULL);
CREATE TABLE IF NOT EXISTS renewed (id INTEGER PRIMARY KEY, at REAL NOT NULL);
"""
_ADD = """
INSERT INTO spent VALUES (?, ?, ?, ?)
ON CONFLICT (app, unit, period) DO UPDATE SET amount = amount + excluded.amount
"""


class Budgets:
    """What every app has spent and holds, in one file."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._file = StateFile(folder, _NAME, _TABLES, _charge_what_was_left)
        self._clock = clock
        self._kept: set[int] = set()
        """The holds that this process renews."""
        self._renewing: asyncio.Task[None] | None = None

    async def hold(self, app: str, budget: Budget, amount: float) -> Hold | SpentUp:
        """See BudgetStore."""
        found = await self._run(lambda file: self._hold(file, app, budget, amount))
        if isinstance(found, Hold):
            self._keep(int(found.id))
        return found

    async def charge(self, hold: Hold, amount: float) -> None:
        """See BudgetStore. Where it fails, the hold runs out, and is charged as it was held."""
        self._kept.discard(int(hold.id))
        await self._run(lambda file: _charge(file, hold, amount))

    def close(self) -> None:
        """For tests: as a process that ends."""
        self._file.close()

    def _keep(self, id: int) -> None:
        self._kept.add(id)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.ensure_future(self._renew())

    async def _renew(self) -> None:
        while self._kept:
            await asyncio.sleep(_RENEW_EVERY)
            mark = partial(_mark, ids=tuple(self._kept), at=self._clock().timestamp())
            with contextlib.suppress(StoreDownError):
                await self._run(mark)

    async def _run(self, work: Work[T]) -> T:
        try:
            return await self._file.run(work)
        except (sqlite3.Error, OSError) as error:
            raise StoreDownError(type(error).__name__) from None

    def _hold(
        self, file: sqlite3.Connection, app: str, budget: Budget, amount: float
    ) -> Hold | SpentUp:
        now = self._clock()
        _charge_what_nobody_renews(file, now.timestamp() - LEASE)
        key = (app, budget.unit, period_of(budget.per, now))
        spent, held = file.execute(
            "SELECT (SELECT coalesce(sum(amount), 0) FROM spent "
            "WHERE (app, unit, period) = (?, ?, ?)), (SELECT coalesce(sum(amount), 0) "
            "FROM holds WHERE (app, unit, period) = (?, ?, ?))",
            (*key, *key),
        ).fetchone()
        if spent + held >= budget.amount:
            return spent_up(budget, now, is_held=spent < budget.amount)
        # Never one that was given up already: whoever held it may still come and charge it.
        id = secrets.randbits(62)
        file.execute("INSERT INTO holds VALUES (?, ?, ?, ?, ?)", (id, *key, amount))
        file.execute("INSERT INTO renewed VALUES (?, ?)", (id, now.timestamp()))
        return Hold(str(id), *key, amount)


def _charge(file: sqlite3.Connection, hold: Hold, amount: float) -> None:
    gone = file.execute("DELETE FROM holds WHERE id = ?", (int(hold.id),))
    file.execute("DELETE FROM renewed WHERE id = ?", (int(hold.id),))
    if gone.rowcount and amount > 0:
        file.execute(_ADD, (hold.app, hold.unit, hold.period, amount))


def _mark(file: sqlite3.Connection, ids: Sequence[int], at: float) -> None:
    file.executemany("UPDATE renewed SET at = ? WHERE id = ?", [(at, id) for id in ids])


def _charge_what_nobody_renews(file: sqlite3.Connection, since: float) -> None:
    """Each hold that was not renewed `since` is one of a worker that was killed."""
    left = file.execute(
        "SELECT app, unit, period, amount FROM holds JOIN renewed USING (id) WHERE at <= ?",
        (since,),
    )
    file.executemany(_ADD, left.fetchall())
    file.execute("DELETE FROM holds WHERE id IN (SELECT id FROM renewed WHERE at <= ?)", (since,))
    file.execute("DELETE FROM renewed WHERE at <= ?", (since,))


def _charge_what_was_left(file: sqlite3.Connection) -> None:
    """Each hold is one of a gateway that was killed."""
    left = file.execute("SELECT app, unit, period, amount FROM holds").fetchall()
    file.executemany(_ADD, left)
    file.execute("DELETE FROM holds")
    file.execute("DELETE FROM renewed")
