"""The keys of a provider and what became of them in, out which one is used next: the one rule for it.

A key is *left alone* for one model (its quota there is used up: 10 s, then 30, 60, 120 and 300, or as
long as the upstream says) or for all of them (it was refused, or its account is empty). Of the
others the lowest `priority` number counts, and among those `balanced` takes the one that was used
least for its weight, `sequential` the first. All of it is this process's own memory.
"""

from __future__ import annotations

import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .key_limits import Minute

log = logging.getLogger("gateway")

STEPS = (10.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds that a key is left alone for a model whose quota it used up, each time longer."""
LOCKED = 300.0
"""Seconds that a key is left alone that was refused, or whose account is empty."""
_REFUSED, _EMPTY, _EXHAUSTED, _FAILED = "refused", "out of credit", "exhausted", "failing"
_LIMITED = "at its limit"
_OF_THE_KEY = {401: _REFUSED, 403: _REFUSED, 402: _EMPTY}
_OF_THE_UPSTREAM = (404, 408)


class KeyId(NamedTuple):
    """A key is known by its provider and its variable: one variable at two providers is two."""

    provider: str
    variable: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key as one deployment has it; `model` is the id that the provider knows."""

    id: KeyId
    model: str
    rotation: str
    priority: int
    weight: int
    cooldown: float
    rpm: int | None = None
    tpm: int | None = None

    @property
    def is_sequential(self) -> bool:
        return self.rotation == "sequential"


@dataclass(frozen=True, slots=True)
class Rest:
    """Why a key is left alone, from and until when on the store's clock."""

    reason: str
    since: float
    until: float


@dataclass(slots=True)
class _Memory:
    """What is known of one key. `used` counts choices divided by weight."""

    used: float = 0.0
    locked: Rest | None = None
    resting: dict[str, Rest] = field(default_factory=dict)
    """By model."""
    steps: dict[str, int] = field(default_factory=dict)
    """How often in a row its quota for a model was used up."""
    minutes: dict[str, Minute] = field(default_factory=lambda: defaultdict(Minute))


@dataclass(slots=True)
class Attempts:
    """One request's: what it tried, and what was refused on its way."""

    tried: set[tuple[KeyId, str]] = field(default_factory=set)
    forbidden: list[KeyId] = field(default_factory=list)
    reserved: list[Key] = field(default_factory=list)
    """Chosen, and not known to be asked yet."""

    def give_up_reserved(self, ids: Collection[KeyId]) -> None:
        """Choosing again: what was chosen before had no free place (`max_parallel_requests`)."""
        for key in [key for key in self.reserved if key.id in ids]:
            self.tried.add((key.id, key.model))
            self.reserved.remove(key)


class KeyRing:
    """Every key of the project that shares requests with others. `clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._memories: dict[KeyId, _Memory] = {}
        self._reached: dict[str, float] = {}
        """By provider, how much the key that was chosen last had been used before."""

    def choose(self, keys: Collection[Key], attempts: Attempts) -> Key | None:
        """The one to use of a provider's keys for one model, counted as used; None where none can be."""
        attempts.give_up_reserved({each.id for each in keys})
        ready = [
            key
            for key in keys
            if (key.id, key.model) not in attempts.tried and self.rest_of(key) is None
        ]
        if not ready:
            return None
        best = min(key.priority for key in ready)
        ready = [key for key in ready if key.priority == best]
        key = ready[0] if ready[0].is_sequential else min(ready, key=self._use)
        self._count(key)
        attempts.reserved.append(key)
        return key

    def start(self, key: Key | None, attempts: Attempts) -> None:
        """An attempt begins, with one of these keys or without: what was chosen beside it, of other
        providers, was not used after all."""
        for other in attempts.reserved:
            if key is None or other.id != key.id:
                memory = self._memory(other)
                memory.used -= 1 / other.weight
                memory.minutes[other.model].take_back()
        attempts.reserved.clear()
        if key is not None:
            attempts.tried.add((key.id, key.model))

    def spend(self, key: Key, tokens: int) -> None:
        """An answer of so many tokens, prompt included, is complete."""
        self._memory(key).minutes[key.model].spend(self._clock(), tokens)

    def succeed(self, key: Key, began: float) -> None:
        """An answer; one that was asked for before the key was left alone proves nothing."""
        memory = self._memory(key)
        rest = memory.resting.get(key.model)
        if rest is None or began > rest.since:
            memory.steps.pop(key.model, None)

    def fail(self, key: Key, status: int, stated: float, attempts: Attempts | None = None) -> None:
        """A refusal; `stated` is in how many seconds the upstream says it can be asked again, or 0."""
        if status == 403 and attempts is not None and self._was_the_request(key, attempts):
            return
        if status in _OF_THE_KEY:
            self._lock(key, _OF_THE_KEY[status], max(stated, LOCKED), status)
        elif status == 429:
            self._exhaust(key, stated)
        elif (status >= 500 or status in _OF_THE_UPSTREAM) and key.cooldown > 0:
            self._rest(key, _FAILED, key.cooldown)

    def rest_of(self, key: Key) -> Rest | None:
        """Why and until when the key is left alone for its model; None where it may be used."""
        memory = self._memory(key)
        now = self._clock()
        limited = Rest(_LIMITED, now, memory.minutes[key.model].free_at(now, key.rpm, key.tpm))
        rests = [memory.locked, memory.resting.get(key.model), limited]
        return max(
            (rest for rest in rests if rest is not None and rest.until > now),
            key=lambda rest: rest.until,
            default=None,
        )

    def back_in(self, keys: Iterable[Key]) -> float | None:
        """Seconds until the first of the keys may be used; None where one may be now."""
        rests = [self.rest_of(key) for key in keys]
        if not rests or None in rests:
            return None
        return min(rest.until for rest in rests if rest) - self._clock()

    def refused(self, provider: str | None = None) -> tuple[str, ...]:
        """The variables whose keys were refused and are left alone for it, in the alphabet's order."""
        return tuple(
            sorted(
                id.variable
                for id, memory in self._memories.items()
                if provider in (None, id.provider)
                and memory.locked is not None
                and memory.locked.until > self._clock()
            )
        )

    def _memory(self, key: Key) -> _Memory:
        return self._memories.setdefault(key.id, _Memory())

    def _use(self, key: Key) -> float:
        """A key that was left alone for a while does not have to catch up."""
        return max(self._memory(key).used, self._reached.get(key.id.provider, 0.0))

    def _count(self, key: Key) -> None:
        use = self._use(key)
        self._reached[key.id.provider] = use
        self._memory(key).used = use + 1 / key.weight
        self._memory(key).minutes[key.model].ask(self._clock())

    def _was_the_request(self, key: Key, attempts: Attempts) -> bool:
        """A second key that answers 403 to the same request says that it is the request: content
        that a provider refuses must not lock its keys."""
        attempts.forbidden.append(key.id)
        if len(attempts.forbidden) < 2:
            return False
        for id in attempts.forbidden:
            memory = self._memories.get(id)
            if memory is not None and memory.locked and memory.locked.reason == _REFUSED:
                memory.locked = None
        return True

    def _lock(self, key: Key, reason: str, seconds: float, status: int) -> None:
        memory, now = self._memory(key), self._clock()
        if memory.locked is not None and memory.locked.until > now:
            return
        memory.locked = Rest(reason, now, now + seconds)
        log.warning(
            "gateway: the key %s of %s is %s (%d): not used for %.0f s",
            key.id.variable, key.id.provider, reason, status, seconds,
        )  # fmt: skip

    def _exhaust(self, key: Key, stated: float) -> None:
        memory = self._memory(key)
        rest = memory.resting.get(key.model)
        if rest is not None and rest.until > self._clock() and rest.reason == _EXHAUSTED:
            # Asked before that was known, by one of many at the same time.
            if stated:
                self._rest(key, _EXHAUSTED, stated)
            return
        step = memory.steps.get(key.model, 0)
        memory.steps[key.model] = min(step + 1, len(STEPS) - 1)
        seconds = stated or STEPS[step]
        self._rest(key, _EXHAUSTED, seconds)
        log.warning(
            "gateway: the key %s of %s is exhausted for %s: not used there for %.0f s",
            key.id.variable, key.id.provider, key.model, math.ceil(seconds),
        )  # fmt: skip

    def _rest(self, key: Key, reason: str, seconds: float) -> None:
        memory, now = self._memory(key), self._clock()
        old = memory.resting.get(key.model)
        since = old.since if old is not None and old.until > now else now
        until = max(now + seconds, old.until if old is not None else 0.0)
        memory.resting[key.model] = Rest(reason, since, until)


def key_of(model_info: object) -> Key | None:
    """The key of a deployment that shares requests; None where its provider has one key or none."""
    settings = model_info.get("gateway") if isinstance(model_info, Mapping) else None
    said = settings.get("key") if isinstance(settings, Mapping) else None
    if not isinstance(settings, Mapping) or not isinstance(said, Mapping):
        return None
    return Key(
        id=KeyId(str(said.get("provider")), str(said.get("variable"))),
        model=str(said.get("model")),
        rotation=str(said.get("rotation")),
        priority=int(said.get("priority", 1)),
        weight=int(said.get("weight", 1)),
        cooldown=float(settings.get("cooldown", 0.0)),
        rpm=said.get("rpm"),
        tpm=said.get("tpm"),
    )
