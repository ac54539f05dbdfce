"""What apps use in, whether they may go on out: a SQLite file that every worker shares and a kill leaves whole.

A request holds what it may cost before it is asked, and is charged what it did cost in the same
transaction that lets the hold go. What a killed gateway held is charged by the next start: nobody knows
any more whether it was answered, and a budget is the most that may be used.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from .app_periods import period_of
from .app_store import Hold, SpentUp, StoreDownError, spent_up
from .apps import Budget
from .state_file import StateFile, T, Work

_NAME = "budgets"
_TABLES = """
CREATE TABLE IF NOT EXISTS spent (
  app TEXT, unit TEXT, period TEXT, amount REAL NOT NULL, PRIMARY KEY (app, unit, period));
CREATE TABLE IF NOT EXISTS holds (
  id INTEGER PRIMARY KEY, app TEXT, unit TEXT, period TEXT, amount REAL NOT NULL);
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

    async def hold(self, app: str, budget: Budget, amount: float) -> Hold | SpentUp:
        """See BudgetStore."""
        return await self._run(lambda file: self._hold(file, app, budget, amount))

    async def charge(self, hold: Hold, amount: float) -> None:
        """See BudgetStore."""
        await self._run(lambda file: _charge(file, hold, amount))

    def close(self) -> None:
        """For tests: as a process that ends."""
        self._file.close()

    async def _run(self, work: Work[T]) -> T:
        try:
            return await self._file.run(work)
        except (sqlite3.Error, OSError) as error:
            raise StoreDownError(type(error).__name__) from None

    def _hold(
        self, file: sqlite3.Connection, app: str, budget: Budget, amount: float
    ) -> Hold | SpentUp:
        now = self._clock()
        key = (app, budget.unit, period_of(budget.per, now))
        spent, held = file.execute(
            "SELECT (SELECT coalesce(sum(amount), 0) FROM spent "
            "WHERE (app, unit, period) = (?, ?, ?)), (SELECT coalesce(sum(amount), 0) "
            "FROM holds WHERE (app, unit, period) = (?, ?, ?))",
            (*key, *key),
        ).fetchone()
        if spent + held >= budget.amount:
            return spent_up(budget, now, is_held=spent < budget.amount)
        done = file.execute(
            "INSERT INTO holds (app, unit, period, amount) VALUES (?, ?, ?, ?)", (*key, amount)
        )
        return Hold(str(done.lastrowid), *key, amount)


def _charge(file: sqlite3.Connection, hold: Hold, amount: float) -> None:
    gone = file.execute("DELETE FROM holds WHERE id = ?", (int(hold.id),))
    if gone.rowcount and amount > 0:
        file.execute(_ADD, (hold.app, hold.unit, hold.period, amount))


def _charge_what_was_left(file: sqlite3.Connection) -> None:
    """Each hold is one of a gateway that was killed."""
    left = file.execute("SELECT app, unit, period, amount FROM holds").fetchall()
    file.executemany(_ADD, left)
    file.execute("DELETE FROM holds")
