"""What is known of an app's use, wherever it is kept: a hold, a budget that is used up, a store that is down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .app_periods import next_period
from .apps import Budget

_SOON = 5


@dataclass(frozen=True, slots=True)
class Hold:
    """What one request may still cost, in the budget's unit."""

    id: str
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


class StoreDownError(Exception):
    """Nothing can be counted now; the text is the kind of failure, and nothing that a store said."""


class BudgetStore(Protocol):
    """Keeps what apps used. Both methods raise StoreDownError."""

    async def hold(self, app: str, budget: Budget, amount: float) -> Hold | SpentUp:
        """Holds `amount` where something is left, in one step with looking."""

    async def charge(self, hold: Hold, amount: float) -> None:
        """What the request did cost instead of what it held; once is enough."""


def spent_up(budget: Budget, now: datetime, *, is_held: bool) -> SpentUp:
    """When to come back: soon, where it is only held."""
    resets = next_period(budget.per, now)
    seconds = math.ceil((resets - now).total_seconds())
    return SpentUp(min(_SOON, seconds) if is_held else seconds, resets, is_held)
