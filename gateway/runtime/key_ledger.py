"""What is known of keys beyond a process in, the same for every worker and the next start out: a SQLite file.

How much a key was asked in this hour and this day, when it was shown last, and until when it is left alone.
No key's value is in it: a salted digest tells that a variable holds another key than before, and nothing of the old one counts.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .key_windows import LETTERS, Window, windows_at
from .state_file import StateFile, T, Work

log = logging.getLogger("gateway")

_NAME = "keys"
_TABLES = """
CREATE TABLE IF NOT EXISTS salt (value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS keys (
  provider TEXT, variable TEXT, digest TEXT NOT NULL, PRIMARY KEY (provider, variable));
CREATE TABLE IF NOT EXISTS used (
  provider TEXT, variable TEXT, scope TEXT, length INTEGER, start INTEGER,
  requests INTEGER NOT NULL, tokens INTEGER NOT NULL,
  PRIMARY KEY (provider, variable, scope, length, start));
CREATE TABLE IF NOT EXISTS rests (
  provider TEXT, variable TEXT, scope TEXT, reason TEXT NOT NULL, since REAL NOT NULL,
  until REAL NOT NULL, is_stated INTEGER NOT NULL, PRIMARY KEY (provider, variable, scope));
CREATE TABLE IF NOT EXISTS shown (
  provider TEXT, variable TEXT, at REAL NOT NULL, PRIMARY KEY (provider, variable));
"""
_ADD = """
INSERT INTO used VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET requests = max(0, requests + excluded.requests), tokens = tokens + excluded.tokens
"""
_AT_MOST = 2.0


class Place(NamedTuple):
    """A key of a provider, and what it is used for: a model, a quota group or `EVERY_MODEL`."""

    provider: str
    variable: str
    scope: str


class Kept(NamedTuple):
    """Why a key is left alone; moments in seconds since 1970. `is_stated`: the upstream said until when."""

    place: Place
    reason: str
    since: float
    until: float
    is_stated: bool


class Used(NamedTuple):
    """What a key was asked in an hour or a day."""

    place: Place
    window: Window
    requests: int
    tokens: int


class KeyLedger:
    """One file for all keys. Without a folder, and where the file is not usable, it is this worker's memory."""

    def __init__(self, folder: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._is_shared = folder is not None
        self._file = self._opened(folder)

    async def know(self, values: Mapping[tuple[str, str], str]) -> None:
        """The keys' values by provider and variable: what is kept of another value is forgotten."""
        await self._run(lambda file: _know(file, values))

    async def take(self, place: Place, limits: Mapping[str, int], reset: int) -> float:
        """Counts a request where each limit (`rph`, `tpd`, …) leaves room, and returns 0; else the
        moment from which there is room again, in seconds since 1970."""
        windows = windows_at(self._clock(), reset)
        return await self._run(lambda file: _take(file, place, limits, windows))

    async def add(self, place: Place, requests: int, tokens: int, reset: int) -> None:
        """What was asked or answered besides; -1 for a request that was not made after all."""
        windows = windows_at(self._clock(), reset)
        await self._run(lambda file: _add(file, place, windows, requests, tokens))

    async def rest(self, kept: Kept) -> None:
        """Of two for one place the later one stays."""
        await self._run(lambda file: _rest(file, kept))

    async def rests(self) -> Sequence[Kept]:
        """Every key that is left alone now."""
        return await self._run(lambda file: _rests(file, self._clock()))

    async def used(self) -> Sequence[Used]:
        """Of the hours and days that are not over."""
        return await self._run(lambda file: _used(file, self._clock()))

    async def show(self, provider: str, variable: str, at: float) -> None:
        """A key was shown to its provider, `at` in seconds since 1970. The latest moment stays."""
        await self._run(lambda file: _show(file, provider, variable, at))

    async def shown(self) -> Mapping[tuple[str, str], float]:
        """When each key was shown last, by provider and variable."""
        return await self._run(_shown)

    def close(self) -> None:
        """For tests: as a process that ends."""
        self._file.close()

    async def _run(self, work: Work[T]) -> T:
        """Raises TimeoutError where the disk takes longer than a request should wait for it."""
        async with asyncio.timeout(_AT_MOST):
            try:
                return await self._file.run(work)
            except (sqlite3.Error, OSError) as error:
                if not self._is_shared:
                    raise
                self._is_shared = False
                log.error(  # noqa: TRY400 - its traceback says no more
                    "gateway: what keys are used for is counted by each worker and until its end: %s",
                    type(error).__name__,
                )
                self._file = self._opened(None)
            return await self._file.run(work)

    def _opened(self, folder: Path | None) -> StateFile:
        return StateFile(folder, _NAME, _TABLES, lambda file: _begin(file, self._clock()))


def _begin(file: sqlite3.Connection, now: float) -> None:
    """A new run asks refused keys again: who starts it may have mended them."""
    file.execute("DELETE FROM rests WHERE until <= ? OR NOT is_stated", (now,))
    file.execute("DELETE FROM used WHERE start + length <= ?", (now,))


def _know(file: sqlite3.Connection, values: Mapping[tuple[str, str], str]) -> None:
    row = file.execute("SELECT value FROM salt").fetchone()
    salt: str = row[0] if row else secrets.token_hex(16)
    if row is None:
        file.execute("INSERT INTO salt VALUES (?)", (salt,))
    known = {
        (provider, variable): digest
        for provider, variable, digest in file.execute("SELECT * FROM keys")
    }
    for whose, value in values.items():
        digest = hashlib.pbkdf2_hmac("sha256", value.encode(), salt.encode(), 10_000).hex()[:16]
        if known.get(whose) == digest:
            continue
        for table in ("used", "rests", "shown"):
            file.execute(f"DELETE FROM {table} WHERE (provider, variable) = (?, ?)", whose)  # noqa: S608
        file.execute("INSERT OR REPLACE INTO keys VALUES (?, ?, ?)", (*whose, digest))


def _take(
    file: sqlite3.Connection, place: Place, limits: Mapping[str, int], windows: Sequence[Window]
) -> float:
    free = 0.0
    for window in windows:
        requests, tokens = _count(file, place, window)
        for what, amount in (("rp", requests), ("tp", tokens)):
            most = limits.get(f"{what}{LETTERS[window.length]}")
            if most is not None and amount >= most:
                free = max(free, float(window.end))
    if not free:
        _add(file, place, windows, 1, 0)
    return free


def _count(file: sqlite3.Connection, place: Place, window: Window) -> tuple[int, int]:
    row = file.execute(
        "SELECT requests, tokens FROM used "
        "WHERE (provider, variable, scope, length, start) = (?, ?, ?, ?, ?)",
        (*place, *window),
    ).fetchone()
    return row or (0, 0)


def _add(
    file: sqlite3.Connection, place: Place, windows: Sequence[Window], requests: int, tokens: int
) -> None:
    file.executemany(_ADD, [(*place, *window, requests, tokens) for window in windows])
    file.execute(
        "DELETE FROM used WHERE (provider, variable, scope) = (?, ?, ?) AND start + length <= ?",
        (*place, max(window.start for window in windows)),
    )


def _rest(file: sqlite3.Connection, kept: Kept) -> None:
    file.execute(
        "INSERT INTO rests VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "(reason, since, until, is_stated) = (excluded.reason, excluded.since, excluded.until, "
        "excluded.is_stated) WHERE excluded.until > until",
        (*kept.place, *kept[1:]),
    )


def _rests(file: sqlite3.Connection, now: float) -> list[Kept]:
    rows = file.execute("SELECT * FROM rests WHERE until > ?", (now,))
    return [Kept(Place(*row[:3]), row[3], row[4], row[5], bool(row[6])) for row in rows]


def _used(file: sqlite3.Connection, now: float) -> list[Used]:
    rows: Iterable[tuple[str, str, str, int, int, int, int]] = file.execute(
        "SELECT * FROM used WHERE start <= ? AND start + length > ?", (now, now)
    )
    return [Used(Place(*row[:3]), Window(*row[3:5]), *row[5:]) for row in rows]


def _show(file: sqlite3.Connection, provider: str, variable: str, at: float) -> None:
    file.execute(
        "INSERT INTO shown VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
        (provider, variable, at),
    )


def _shown(file: sqlite3.Connection) -> dict[tuple[str, str], float]:
    return {(provider, name): at for provider, name, at in file.execute("SELECT * FROM shown")}
