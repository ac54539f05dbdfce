"""Requests of one app in, whether each may go on now out: a sliding minute, and how many at once.

One event loop asks: no method waits, so nothing comes between the question and the count.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from .apps import App

_WINDOW = 60.0
_SOON = 1.0


@dataclass(slots=True)
class Ticket:
    """One request that was let in. `tokens` are estimated until its answer says them.

    `id` is its name where processes count together; empty where this one counts alone. Without
    `counts` it is none of the minute's when it ends: the app may not have what it asked for.
    """

    at: float
    tokens: int = 0
    is_open: bool = True
    id: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Over:
    """Which limit is reached, and the seconds until there is room."""

    limit: str
    seconds: int


class Limits(Protocol):
    """Counts the requests of every app."""

    async def admit(self, app: App, tokens: int) -> Ticket | Over:
        """Counts the request where it may go on; `tokens` is what it may take."""

    def end(self, app: App, ticket: Ticket) -> None:
        """The request is over, well or not; once is enough."""


class OwnLimits:
    """Of this process alone."""

    def __init__(self) -> None:
        self._limiters: dict[str, Limiter] = {}

    async def admit(self, app: App, tokens: int) -> Ticket | Over:
        """See Limits."""
        limiter = self._limiters.setdefault(app.name, Limiter(app.limits))
        return limiter.admit(tokens, time.monotonic())

    def end(self, app: App, ticket: Ticket) -> None:
        """See Limits."""
        self._limiters[app.name].end(ticket)


@dataclass(slots=True)
class Limiter:
    """One app's. Times are of one monotonic clock, in seconds."""

    limits: Mapping[str, int]
    _recent: deque[Ticket] = field(default_factory=deque)
    _at_once: int = 0

    def admit(self, tokens: int, now: float) -> Ticket | Over:
        """Counts the request where it may go on; `tokens` is what it may take."""
        while self._recent and self._recent[0].at <= now - _WINDOW:
            self._recent.popleft()
        over = self._over(now)
        if over is not None:
            return over
        ticket = Ticket(now, tokens)
        self._recent.append(ticket)
        self._at_once += 1
        return ticket

    def end(self, ticket: Ticket) -> None:
        """The request is over, well or not; once is enough."""
        if ticket.is_open:
            ticket.is_open = False
            self._at_once -= 1
            if not ticket.counts:
                self._recent = deque(each for each in self._recent if each is not ticket)

    def _over(self, now: float) -> Over | None:
        most = self.limits.get("max_parallel_requests")
        if most is not None and self._at_once >= most:
            return Over("max_parallel_requests", math.ceil(_SOON))
        rpm = self.limits.get("rpm")
        if rpm is not None and len(self._recent) >= rpm:
            return Over("rpm", _until(self._recent[len(self._recent) - rpm], now))
        tpm = self.limits.get("tpm")
        if tpm is None:
            return None
        used = sum(ticket.tokens for ticket in self._recent)
        for ticket in self._recent if used >= tpm else ():
            used -= ticket.tokens
            if used < tpm:
                return Over("tpm", _until(ticket, now))
        return None


def _until(ticket: Ticket, now: float) -> int:
    """Whole seconds until it is a minute old, and at least one."""
    return max(1, math.ceil(ticket.at + _WINDOW - now))
