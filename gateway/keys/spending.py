"""A project in, what its apps have used of their budgets today or this month out; the proxy notices nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from gateway.constants import BUDGETS_DIR
from gateway.model import Budget
from gateway.runtime.app_periods import next_period, period_of

_FILE = f"{BUDGETS_DIR}/budgets.sqlite"
_USED = """
SELECT app, unit, period, sum(amount) FROM (
  SELECT app, unit, period, amount FROM spent UNION ALL SELECT app, unit, period, amount FROM holds)
GROUP BY app, unit, period
"""
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Used:
    """In the budget's unit, what is held by requests that are being answered included.

    `used` is None where the file cannot be read; `resets` is when the budget begins anew.
    """

    app: str
    budget: Budget
    used: float | None
    resets: datetime

    @property
    def left(self) -> float | None:
        """Never below zero: the last answers may have taken more."""
        return None if self.used is None else max(0.0, self.budget.amount - self.used)


def used_of(root: Path, budgets: Mapping[str, Budget], now: datetime) -> tuple[Used, ...]:
    """One for each app of `budgets`, in their order; `now` in UTC."""
    known = _amounts(root / _FILE)
    return tuple(_used(app, budget, known, now) for app, budget in budgets.items())


def _used(app: str, budget: Budget, known: Mapping[_Key, float] | None, now: datetime) -> Used:
    key = (app, budget.unit, period_of(budget.per, now))
    used = None if known is None else known.get(key, 0.0)
    return Used(app, budget, used, next_period(budget.per, now))


def _amounts(path: Path) -> dict[_Key, float] | None:
    """None where it cannot be read; empty where nothing was used yet."""
    if not path.exists():
        return {}
    try:
        with contextlib.closing(sqlite3.connect(_address(path), uri=True)) as connection:
            return {(row[0], row[1], row[2]): row[3] for row in connection.execute(_USED)}
    except sqlite3.Error:
        return None


def _address(path: Path) -> str:
    """Read-only alone would make files beside it where there are none, and those would be ours.

    With its shared memory there, a writer lives or was killed: what it wrote last is read, too. Without,
    everything is in the file.
    """
    is_open = path.with_name(f"{path.name}-shm").exists()
    return f"file:{quote(str(path))}?mode=ro&{'readonly_shm' if is_open else 'immutable'}=1"
