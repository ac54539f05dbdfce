"""A SQLite file that every worker shares and a kill leaves whole: work on it in, what the work returns out."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

STATE = "GATEWAY_STATE"
"""The variable that names the folder of what outlives a restart."""
_EVERYBODYS = 0o666  # the folder above is the owner's alone; the container's user is another one
T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class StateFile:
    """`NAME.sqlite` in a folder, asked from one thread of its own: the event loop never waits for a disk.

    Without a folder it is this process's memory alone. `when_alone` is done once, by the first worker of a run: whatever was left is of a gateway that ended.
    """

    def __init__(self, folder: Path | None, name: str, tables: str, when_alone: Work[None]) -> None:
        self._folder, self._name, self._tables = folder, name, tables
        self._when_alone = when_alone
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"gateway-{name}")
        self._open: sqlite3.Connection | None = None
        self._lock: int | None = None

    async def run(self, work: Work[T]) -> T:
        """In one transaction. Raises sqlite3.Error or OSError where the file is not usable."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._done, work)

    def close(self) -> None:
        """For tests: as a process that ends."""
        self._thread.shutdown()
        if self._open is not None:
            self._open.close()
        if self._lock is not None:
            os.close(self._lock)

    def _done(self, work: Work[T]) -> T:
        with self._transaction() as connection:
            return work(connection)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self._open is None:
            self._open = self._opened()
        with _whole(self._open):
            yield self._open

    def _opened(self) -> sqlite3.Connection:
        if self._folder is None:
            connection = _connected(":memory:")
            connection.executescript(self._tables)
            return connection
        path = self._folder / f"{self._name}.sqlite"
        if self._lock is None:
            self._lock = _open_for_everybody(self._folder / f"{self._name}.lock")
        os.close(_open_for_everybody(path))
        connection = _connected(path)
        connection.execute("PRAGMA journal_mode = WAL")
        # A commit that a killed process made stays; one that the machine lost power over may not.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(self._tables)
        self._clear_up(connection)
        return connection

    def _clear_up(self, connection: sqlite3.Connection) -> None:
        assert self._lock is not None  # noqa: S101 - the caller opened it
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._lock, fcntl.LOCK_SH)
            return
        with _whole(connection):
            self._when_alone(connection)
        fcntl.flock(self._lock, fcntl.LOCK_SH)


def _connected(path: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)


@contextlib.contextmanager
def _whole(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _open_for_everybody(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _EVERYBODYS)
    with contextlib.suppress(PermissionError):  # another user made it, and did this then
        os.fchmod(descriptor, _EVERYBODYS)
    return descriptor
