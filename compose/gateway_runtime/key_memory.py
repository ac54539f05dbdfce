"""What this process knows of its keys, beside what all workers and the next start know: one for the process.

What the ring decides is written down a moment later; what others wrote is read at most once a second.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any

from .deployments import deployments_of
from .key_ledger import Kept, KeyLedger, Place
from .key_rotation import KeyRing, Rest
from .keys_shown import keys_of
from .rotated_key import Key, KeyId, key_of
from .state_file import STATE

log = logging.getLogger("gateway")

_LOOK_EVERY = 1.0
_WRITE_EVERY = 60.0
"""Seconds between two notes of when a key was shown: a request is worth no write of its own."""
_UNUSABLE = (sqlite3.Error, OSError, TimeoutError)


class KeyMemory:
    """The ring, which decides at once, and the ledger, which waits for a disk."""

    def __init__(self, ledger: KeyLedger) -> None:
        self.ledger = ledger
        self.ring = KeyRing(tell=self._tell)
        self._looking = asyncio.Lock()
        self._looked_at: float | None = None
        self._knowing = asyncio.Lock()
        self._knows = False
        self._writing: set[asyncio.Task[None]] = set()
        self._shown: dict[KeyId, float] = {}
        self._written: dict[KeyId, float] = {}

    async def look(self) -> None:
        """What other workers found out, and what was known before the start."""
        async with self._looking:  # who comes meanwhile waits for the answer, too
            now = time.monotonic()
            if self._looked_at is not None and now < self._looked_at + _LOOK_EVERY:
                return
            self._looked_at = now
            try:
                await self._know()
                kept = await self.ledger.rests()
            except _UNUSABLE as error:
                log.warning("gateway: keys are not looked up: %s", type(error).__name__)
                return
            self.ring.hear({_whose(each.place): _as_rest(each) for each in kept})

    async def room_in(self, key: Key) -> float:
        """Counts a request; in how many seconds there is room for one where there is none now, else 0."""
        if not key.quotas:
            self.count(key, 1, 0)
            return 0.0
        try:
            free_at = await self.ledger.take(_place(key), key.quotas, key.reset)
        except _UNUSABLE as error:  # a limit is no reason to answer nobody
            log.warning("gateway: a key's use is not counted: %s", type(error).__name__)
            return 0.0
        return max(0.0, free_at - time.time())

    def count(self, key: Key, requests: int, tokens: int) -> None:
        """What was asked or answered besides, written down in a moment."""
        self._later(self.ledger.add(_place(key), requests, tokens, key.reset))

    def show(self, ids: Iterable[KeyId]) -> None:
        """These keys are shown to their provider now."""
        now = time.time()
        for id in ids:
            self._shown[id] = now
            if abs(now - self._written.get(id, 0.0)) >= _WRITE_EVERY:
                self._written[id] = now
                self._later(self._note(id, now))

    async def _note(self, id: KeyId, at: float) -> None:
        await self._know()
        await self.ledger.show(*id, at)

    async def _know(self) -> None:
        """Before anything is read or noted: what was noted of a variable's other value is forgotten."""
        async with self._knowing:
            if not self._knows:
                await self.ledger.know(_values())
                self._knows = True

    async def last_shown(self) -> Mapping[KeyId, float]:
        """When each key was shown last, in seconds since 1970; of other workers to the minute.

        Raises what the ledger raises.
        """
        told = {KeyId(*whose): at for whose, at in (await self.ledger.shown()).items()}
        return {
            id: max(told.get(id, 0.0), self._shown.get(id, 0.0)) for id in {**told, **self._shown}
        }

    def _tell(self, id: KeyId, scope: str, rest: Rest) -> None:
        place = Place(*id, scope)
        shift = time.time() - time.monotonic()
        since, until = rest.since + shift, rest.until + shift
        self._later(self.ledger.rest(Kept(place, rest.reason, since, until, rest.is_stated)))

    def _later(self, writing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(_written(writing))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


async def _written(writing: Coroutine[Any, Any, None]) -> None:
    try:
        await writing
    except _UNUSABLE as error:
        log.warning("gateway: a key's use is not written down: %s", type(error).__name__)


def _values() -> Mapping[tuple[str, str], str]:
    ids: set[KeyId] = set()
    for deployment in deployments_of():
        key = key_of(deployment.get("model_info"))
        ids.update(keys_of(deployment) if key is None else (key.id,))
    return {id: os.environ.get(id.variable, "") for id in ids}


def _place(key: Key) -> Place:
    return Place(*key.id, key.scope)


def _whose(place: Place) -> tuple[KeyId, str]:
    return KeyId(place.provider, place.variable), place.scope


def _as_rest(kept: Kept) -> Rest:
    shift = time.monotonic() - time.time()
    return Rest(kept.reason, kept.since + shift, kept.until + shift, kept.is_stated)


_folder = os.environ.get(STATE)
memory = KeyMemory(KeyLedger(Path(_folder) if _folder else None))
