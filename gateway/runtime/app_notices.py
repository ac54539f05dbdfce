"""An app that was refused in, one line in the owner's log out, and no other until its time is over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

log = logging.getLogger("gateway")
_A_MINUTE = timedelta(seconds=60)


class Notices:
    """What one process has said already: clients that are refused ask again, and again."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._quiet_until: dict[tuple[str, str], datetime] = {}

    def tell_budget(self, app: str, budget: str, resets: datetime) -> None:
        """`budget` as its owner wrote it: `20 usd a month`. Said once until `resets`."""
        if self._is_new(app, budget, resets):
            log.warning(
                "gateway: the budget of the app %s (%s) is used up until %s",
                *(app, budget, f"{resets:%Y-%m-%dT%H:%M:%SZ}"),
            )

    def tell_limit(self, app: str, limit: str, seconds: int) -> None:
        """`limit` as its owner wrote it: `rpm: 60`. Said once a minute, or as long as it holds."""
        until = self._clock() + timedelta(seconds=seconds)
        if self._is_new(app, limit, max(until, self._clock() + _A_MINUTE)):
            log.warning(
                "gateway: the app %s is at its limit (%s) until %s",
                *(app, limit, f"{until:%Y-%m-%dT%H:%M:%SZ}"),
            )

    def _is_new(self, app: str, what: str, until: datetime) -> bool:
        key, now = (app, what), self._clock()
        if now < self._quiet_until.get(key, now):
            return False
        self._quiet_until[key] = until
        return True
