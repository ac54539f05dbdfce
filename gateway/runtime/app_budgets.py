"""What apps use in, whether they may go on out: a SQLite file that every worker shares and a kill leaves whole.

A request holds what it may cost before it is asked, and is charged what it did cost in the same
transaction that lets the hold go. What a killed gateway held is charged by the next start: nobody knows
any more whether it was answered, and a budget is the most that may be used.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .apps import Budget
from .state_file import StateFile

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
_SOON = 5


@dataclass(frozen=True, slots=True)
class Hold:
    """What one request may still cost."""

    id: int
    app: str
    unit: str
    period: str
    amount: float


@dataclass(frozen=True, slots=True)
class SpentUp:
    """No room: until `resets`, or `is_held` by requests that are still being answered."""

    seconds: int
    resets: datetime
    is_held: bool


class Budgets:
    """What every app has spent and holds, in one file."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._file = StateFile(folder, _NAME, _TABLES, _charge_what_was_left)
        self._clock = clock

    async def hold(self, app: str, budget: Budget, amount: float) -> Hold | SpentUp:
        """`amount` in the budget's unit. Raises sqlite3.Error or OSError where the file is not usable."""
        return await self._file.run(lambda file: self._hold(file, app, budget, amount))

    async def charge(self, hold: Hold, amount: float) -> None:
        """What it did cost instead of what it held; nothing for a request that failed."""
        await self._file.run(lambda file: _charge(file, hold, amount))

    def close(self) -> None:
        """For tests: as a process that ends."""
        self._file.close()

    def _hold(
        self, file: sqlite3.Connection, app: str, budget: Budget, amount: float
    ) -> Hold | SpentUp:
        now = self._clock()
        key = (app, budget.unit, _period(budget.per, now))
        spent, held = file.execute(
            "SELECT (SELECT coalesce(sum(amount), 0) FROM spent "
            "WHERE (app, unit, period) = (?, ?, ?)), (SELECT coalesce(sum(amount), 0) "
            "FROM holds WHERE (app, unit, period) = (?, ?, ?))",
            (*key, *key),
        ).fetchone()
        if spent + held >= budget.amount:
            resets = _next(budget.per, now)
            is_held = spent < budget.amount
            seconds = math.ceil((resets - now).total_seconds())
            return SpentUp(min(_SOON, seconds) if is_held else seconds, resets, is_held)
        done = file.execute(
            "INSERT INTO holds (app, unit, period, amount) VALUES (?, ?, ?, ?)", (*key, amount)
        )
        return Hold(done.lastrowid or 0, *key, amount)


def _charge(file: sqlite3.Connection, hold: Hold, amount: float) -> None:
    gone = file.execute("DELETE FROM holds WHERE id = ?", (hold.id,))
    if gone.rowcount and amount > 0:
        file.execute(_ADD, (hold.app, hold.unit, hold.period, amount))


def _charge_what_was_left(file: sqlite3.Connection) -> None:
    """Each hold is one of a gateway that was killed."""
    left = file.execute("SELECT app, unit, period, amount FROM holds").fetchall()
    file.executemany(_ADD, left)
    file.execute("DELETE FROM holds")


def _period(per: str, now: datetime) -> str:
    return now.strftime("%Y-%m-%d" if per == "day" else "%Y-%m")


def _next(per: str, now: datetime) -> datetime:
    """When the next day or month begins."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1) if per == "day" else _next_month(today)


def _next_month(today: datetime) -> datetime:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
