"""Requests of one app in, whether each may go on now out: a sliding minute, and how many at once.

One event loop asks: no method waits, so nothing comes between the question and the count.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

_WINDOW = 60.0
_SOON = 1.0


@dataclass(slots=True)
class Ticket:
    """One request that was let in. `tokens` are estimated until its answer says them."""

    at: float
    tokens: int = 0
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Over:
    """Which limit is reached, and the seconds until there is room."""

    limit: str
    seconds: int


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
