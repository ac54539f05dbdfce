"""What apps use in, whether they may go on out: a SQLite file that every worker shares and a kill leaves whole.

A request holds what it may cost before it is asked, and is charged what it did cost in the same
transaction that lets the hold go. What a killed gateway held is charged by the next start: nobody knows
any more whether it was answered, and a budget is the most that may be used.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from .app_periods import period_of
from .app_store import Hold, SpentUp, StoreDownError, spent_up
from .apps import Budget

_NAME, _LOCK = "budgets.sqlite", "budgets.lock"
_EVERYBODYS = 0o666  # the folder above is the owner's alone; the container's user is another one
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
T = TypeVar("T")


class Budgets:
    """One file, asked from one thread of its own: the event loop never waits for a disk."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._folder, self._clock = folder, clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gateway-budgets")
        self._open: sqlite3.Connection | None = None
        self._lock: int | None = None

    async def hold(self, app: str, budget: Budget, amount: float) -> Hold | SpentUp:
        """See BudgetStore."""
        return await self._run(lambda: self._hold(app, budget, amount))

    async def charge(self, hold: Hold, amount: float) -> None:
        """See BudgetStore."""
        await self._run(lambda: self._charge(hold, amount))

    def close(self) -> None:
        """For tests: as a process that ends."""
        self._thread.shutdown()
        if self._open is not None:
            self._open.close()
        if self._lock is not None:
            os.close(self._lock)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            raise StoreDownError(type(error).__name__) from None

    def _hold(self, app: str, budget: Budget, amount: float) -> Hold | SpentUp:
        now = self._clock()
        key = (app, budget.unit, period_of(budget.per, now))
        with self._transaction() as connection:
            spent, held = connection.execute(
                "SELECT (SELECT coalesce(sum(amount), 0) FROM spent "
                "WHERE (app, unit, period) = (?, ?, ?)), (SELECT coalesce(sum(amount), 0) "
                "FROM holds WHERE (app, unit, period) = (?, ?, ?))",
                (*key, *key),
            ).fetchone()
            if spent + held >= budget.amount:
                return spent_up(budget, now, is_held=spent < budget.amount)
            done = connection.execute(
                "INSERT INTO holds (app, unit, period, amount) VALUES (?, ?, ?, ?)", (*key, amount)
            )
            return Hold(str(done.lastrowid), *key, amount)

    def _charge(self, hold: Hold, amount: float) -> None:
        with self._transaction() as connection:
            gone = connection.execute("DELETE FROM holds WHERE id = ?", (int(hold.id),))
            if gone.rowcount and amount > 0:
                connection.execute(_ADD, (hold.app, hold.unit, hold.period, amount))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self._open is None:
            self._open = self._opened()
        connection = self._open
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _opened(self) -> sqlite3.Connection:
        path = self._folder / _NAME
        if self._lock is None:
            self._lock = _open_for_everybody(self._folder / _LOCK)
        os.close(_open_for_everybody(path))
        connection = sqlite3.connect(
            path, timeout=5.0, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        # A commit that a killed process made stays; one that the machine lost power over may not.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_TABLES)
        self._charge_what_was_left(connection)
        return connection

    def _charge_what_was_left(self, connection: sqlite3.Connection) -> None:
        """Where no other worker is alive, each hold is one of a gateway that was killed."""
        assert self._lock is not None  # noqa: S101 - the caller opened it
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._lock, fcntl.LOCK_SH)
            return
        left = connection.execute("SELECT app, unit, period, amount FROM holds").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_ADD, left)
        connection.execute("DELETE FROM holds")
        connection.execute("COMMIT")
        fcntl.flock(self._lock, fcntl.LOCK_SH)


def _open_for_everybody(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _EVERYBODYS)
    with contextlib.suppress(PermissionError):  # another user made it, and did this then
        os.fchmod(descriptor, _EVERYBODYS)
    return descriptor
