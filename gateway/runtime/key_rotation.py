"""The keys of a provider and what became of them in, out which one is used next: the one rule for it.

A key is *left alone* for one model or a group of them (its quota there is used up: 10 s, then 30, 60,
120 and 300, or as long as the upstream says) or for all (it was refused, its account is empty, or it
fails for one model after another). Of the others the lowest `priority` number counts, and among those
`balanced` takes the one that was used least for its weight, `sequential` the first.
"""

from __future__ import annotations

import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .key_limits import Minute
from .rotated_key import EVERY_MODEL, Key, KeyId

log = logging.getLogger("gateway")

STEPS = (10.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds that a key is left alone for a model whose quota it used up, each time longer."""
LOCKED = 300.0
"""Seconds that a key is left alone that was refused, or whose account is empty."""
_REFUSED, _EMPTY, _EXHAUSTED, _FAILED = "refused", "out of credit", "exhausted", "failing"
_LIMITED = "at its limit"
_ONLY_ITS_OWN = 3
"""For so many models in a row another key answered what this one did not: it is the key."""
_OF_THE_KEY = {401: _REFUSED, 403: _REFUSED, 402: _EMPTY}
_OF_THE_UPSTREAM = (404, 408)


@dataclass(frozen=True, slots=True)
class Rest:
    """Why a key is left alone, from and until when on the store's clock. `is_stated`: by the upstream."""

    reason: str
    since: float
    until: float
    is_stated: bool = False

    @property
    def is_of_quota(self) -> bool:
        """The key is good, and so is the upstream: it was asked too much."""
        return self.reason in (_EXHAUSTED, _LIMITED)


Tell = Callable[[KeyId, str, Rest], None]
"""Hears of each key that is left alone, for a model, a group or `EVERY_MODEL`."""


@dataclass(slots=True)
class _Memory:
    """What is known of one key. `used` counts choices divided by weight."""

    used: float = 0.0
    locked: Rest | None = None
    resting: dict[str, Rest] = field(default_factory=dict)
    """By model, and by what a quota is for."""
    full: dict[str, Rest] = field(default_factory=dict)
    """By what a quota is for: its hour or day has no room."""
    heard: dict[str, Rest] = field(default_factory=dict)
    """The same of other workers, and from before the start."""
    steps: dict[str, int] = field(default_factory=dict)
    """How often in a row its quota was used up, by what it is for."""
    minutes: dict[str, Minute] = field(default_factory=lambda: defaultdict(Minute))
    outdone: set[str] = field(default_factory=set)
    """The models for which it failed and another key answered, since its last answer."""

    def rests(self, key: Key) -> Iterator[Rest | None]:
        yield self.locked
        yield self.heard.get(EVERY_MODEL)
        for scope in {key.model, key.scope}:
            yield self.resting.get(scope)
            yield self.heard.get(scope)
        yield self.full.get(key.scope)


@dataclass(slots=True)
class Attempts:
    """One request's: what it tried, and what was refused on its way."""

    tried: set[tuple[KeyId, str]] = field(default_factory=set)
    noted: set[tuple[KeyId, str]] = field(default_factory=set)
    """What became of them is known."""
    forbidden: list[tuple[Key, float]] = field(default_factory=list)
    """What answered 403, and for how many seconds it said so: the request's fault, or the key's."""
    failed: list[Key] = field(default_factory=list)
    reserved: list[Key] = field(default_factory=list)
    """Chosen, and not known to be asked yet."""
    unused: list[Key] = field(default_factory=list)
    """Chosen, and not asked."""
    has_waited: bool = False

    def give_up_reserved(self, ids: Collection[KeyId]) -> None:
        """Choosing again: what was chosen before had no free place (`max_parallel_requests`)."""
        for key in [key for key in self.reserved if key.id in ids]:
            self.tried.add((key.id, key.model))
            self.reserved.remove(key)
            self.unused.append(key)


def _is_another_way(one: Key, other: Key) -> bool:
    """Whether both keys ask the same provider for the same model."""
    return (one.id.provider, one.model) == (other.id.provider, other.model) and one.id != other.id


class KeyRing:
    """Every key of the project that shares requests with others. `clock` in seconds."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        tell: Tell = lambda id, scope, rest: None,  # noqa: ARG005 - the shape of Tell
    ) -> None:
        self._clock, self._tell = clock, tell
        self._memories: dict[KeyId, _Memory] = defaultdict(_Memory)
        self._reached: dict[str, float] = {}
        """By provider, how much the key that was chosen last had been used before."""

    def choose(self, keys: Collection[Key], attempts: Attempts) -> Key | None:
        """The one to use of a provider's keys for one model, counted as used; None where none can be."""
        attempts.give_up_reserved({each.id for each in keys})
        ready = [
            key
            for key in keys
            if (key.is_alone or (key.id, key.model) not in attempts.tried)
            and self.rest_of(key) is None
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
                self._take_back(other)
                attempts.unused.append(other)
        attempts.reserved.clear()
        if key is not None:
            attempts.tried.add((key.id, key.model))

    def fill(self, key: Key, seconds: float, attempts: Attempts) -> None:
        """The key just chosen has no room in its hour or day, for so many seconds: choose again."""
        self._take_back(key)
        attempts.reserved.remove(key)
        now = self._clock()
        self._memories[key.id].full[key.scope] = Rest(_LIMITED, now, now + seconds)

    def spend(self, key: Key, tokens: int) -> None:
        """An answer of so many tokens, prompt included, is complete."""
        self._memories[key.id].minutes[key.scope].spend(self._clock(), tokens)

    def hear(self, rests: Mapping[tuple[KeyId, str], Rest]) -> None:
        """All that other workers know, instead of what they knew before."""
        for memory in self._memories.values():
            memory.heard = {}
        for (id, scope), rest in rests.items():
            self._memories[id].heard[scope] = rest

    def succeed(self, key: Key, began: float, attempts: Attempts | None = None) -> None:
        """An answer; one that was asked for before the key was left alone proves nothing."""
        memory = self._memories[key.id]
        rest = memory.resting.get(key.scope)
        if rest is None or began > rest.since:
            memory.steps.pop(key.scope, None)
        memory.outdone.clear()
        for other in attempts.failed if attempts is not None else ():
            if _is_another_way(other, key):
                self._outdo(other)
        for other, stated in attempts.forbidden if attempts is not None else ():
            if _is_another_way(other, key):
                self._lock(other, _REFUSED, max(stated, LOCKED), " (403)")

    def fail(self, key: Key, status: int, stated: float, attempts: Attempts | None = None) -> None:
        """A refusal; `stated` is in how many seconds the upstream says it can be asked again, or 0.

        A 403 may be about the request, where a provider refuses its content: it is the key's once
        another key answers the same request.
        """
        if status == 403 and attempts is not None:
            attempts.forbidden.append((key, stated))
        elif status in _OF_THE_KEY:
            self._lock(key, _OF_THE_KEY[status], max(stated, LOCKED), f" ({status})")
        elif status == 429:
            self._exhaust(key, stated)
        elif status >= 500 or status in _OF_THE_UPSTREAM:
            if attempts is not None:
                attempts.failed.append(key)
            if key.cooldown > 0:
                self._rest(key, key.model, _FAILED, key.cooldown)

    def rest_of(self, key: Key) -> Rest | None:
        """Why and until when the key is left alone for its model; None where it may be used."""
        memory, now = self._memories[key.id], self._clock()
        free_at = memory.minutes[key.scope].free_at(now, key.rpm, key.tpm)
        return max(
            (
                rest
                for rest in (*memory.rests(key), Rest(_LIMITED, now, free_at))
                if rest is not None and rest.until > now
            ),
            key=lambda rest: rest.until,
            default=None,
        )

    def first_back(self, keys: Iterable[Key]) -> Rest | None:
        """Why the key that may be used first may not be now; None where one may be.

        Time mends a quota, and no refusal: a key that was refused is counted on where all were.
        """
        rests = [self.rest_of(key) for key in keys]
        known = [rest for rest in rests if rest is not None]
        if not rests or len(known) < len(rests):
            return None
        hopeful = [rest for rest in known if rest.reason not in _OF_THE_KEY.values()]
        return min(hopeful or known, key=lambda rest: rest.until)

    def back_in(self, keys: Iterable[Key]) -> float | None:
        """Seconds until the first of the keys may be used; None where one may be now."""
        rest = self.first_back(keys)
        return None if rest is None else rest.until - self._clock()

    def refused(self, provider: str | None = None) -> tuple[str, ...]:
        """The variables whose keys were refused and are left alone for it, in the alphabet's order."""
        now = self._clock()
        return tuple(
            sorted(
                id.variable
                for id, memory in self._memories.items()
                if provider in (None, id.provider)
                and any(
                    rest is not None and rest.until > now and rest.reason in _OF_THE_KEY.values()
                    for rest in (memory.locked, memory.heard.get(EVERY_MODEL))
                )
            )
        )

    def _use(self, key: Key) -> float:
        """A key that was left alone for a while does not have to catch up."""
        return max(self._memories[key.id].used, self._reached.get(key.id.provider, 0.0))

    def _count(self, key: Key) -> None:
        use = self._use(key)
        self._reached[key.id.provider] = use
        self._memories[key.id].used = use + 1 / key.weight
        self._memories[key.id].minutes[key.scope].ask(self._clock())

    def _take_back(self, key: Key) -> None:
        self._memories[key.id].used -= 1 / key.weight
        self._memories[key.id].minutes[key.scope].take_back()

    def _outdo(self, key: Key) -> None:
        """Another key answered what this one did not."""
        outdone = self._memories[key.id].outdone
        outdone.add(key.model)
        if len(outdone) >= _ONLY_ITS_OWN:
            self._lock(key, f"{_FAILED} for {len(outdone)} models that other keys serve", LOCKED)
            outdone.clear()

    def _lock(self, key: Key, reason: str, seconds: float, how: str = "") -> None:
        memory, now = self._memories[key.id], self._clock()
        if memory.locked is not None and memory.locked.until > now:
            return
        memory.locked = Rest(reason, now, now + seconds)
        self._tell(key.id, EVERY_MODEL, memory.locked)
        log.warning(
            "gateway: the key %s of %s is %s%s: not used for %.0f s",
            key.id.variable, key.id.provider, reason, how, seconds,
        )  # fmt: skip

    def _exhaust(self, key: Key, stated: float) -> None:
        memory, scope = self._memories[key.id], key.scope
        rest = memory.resting.get(scope)
        if rest is not None and rest.until > self._clock() and rest.reason == _EXHAUSTED:
            # Asked before that was known, by one of many at the same time.
            if stated:
                self._rest(key, scope, _EXHAUSTED, stated, is_stated=True)
            return
        step = memory.steps.get(scope, 0)
        memory.steps[scope] = min(step + 1, len(STEPS) - 1)
        seconds = stated or STEPS[step]
        self._rest(key, scope, _EXHAUSTED, seconds, is_stated=stated > 0)
        log.warning(
            "gateway: the key %s of %s is exhausted for %s: not used there for %.0f s",
            key.id.variable, key.id.provider, scope, math.ceil(seconds),
        )  # fmt: skip

    def _rest(
        self, key: Key, scope: str, reason: str, seconds: float, *, is_stated: bool = False
    ) -> None:
        resting, now = self._memories[key.id].resting, self._clock()
        old = resting.get(scope)
        if old is not None and old.until > now:
            if now + seconds <= old.until:
                return
            resting[scope] = Rest(reason, old.since, now + seconds, is_stated)
        else:
            resting[scope] = Rest(reason, now, now + seconds, is_stated)
        self._tell(key.id, scope, resting[scope])
