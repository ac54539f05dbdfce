"""What apps use, counted in one Redis for all processes and machines that serve them.

A request holds what it may cost, and its place among those at once, for half a minute; its process renews that
while the request lasts. So what a killed gateway held is given up by itself: a hold is charged as it was
held, a place is free again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from . import app_redis_scripts as scripts
from .app_limits import Over, OwnLimits, Ticket
from .app_periods import period_of
from .app_store import Hold, SpentUp, StoreDownError, spent_up
from .apps import App, Budget

log = logging.getLogger("gateway")

LEASE = 30
_RENEW_EVERY = 15.0
_KEPT = 70 * 24 * 3600  # a month, and one more to look back
_LIMITS = ("rpm", "tpm", "max_parallel_requests")
_AT_MOST = 2.0
# LiteLLM writes its record of an answer right behind it, but in a queue of its own.
_RECORD_WITHIN = 10.0
_LOOK_EVERY = 0.2


class RedisStore:
    """One per process; both a BudgetStore and Limits.

    `prefix` tells projects apart that share a Redis. Where it does not answer, a budget cannot be held,
    and limits are counted by each process for itself.
    """

    def __init__(
        self,
        url: str,
        prefix: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        lease: int = LEASE,
    ) -> None:
        self._url, self._prefix, self._clock, self._lease = url, prefix, clock, lease
        self._redis: Any = None
        self._own = OwnLimits()
        self._kept: set[tuple[str, str]] = set()
        """What is renewed: keys and members."""
        self._renewing: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def hold(self, app: str, budget: Budget, amount: float) -> Hold | SpentUp:
        """See BudgetStore."""
        now = self._clock()
        hold = Hold(uuid.uuid4().hex, app, budget.unit, period_of(budget.per, now), amount)
        keys, member = self._budget_keys(hold), _member(hold)
        found = await self._run(scripts.HOLD, keys, member, repr(budget.amount), self._lease, _KEPT)
        if found:
            return spent_up(budget, now, is_held=found == 2)
        self._keep(keys[1], member)
        return hold

    async def charge(self, hold: Hold, amount: float) -> None:
        """See BudgetStore. Where it fails, the hold runs out, and is charged as it was held."""
        keys, member = self._budget_keys(hold), _member(hold)
        self._kept.discard((keys[1], member))
        await self._run(scripts.CHARGE, keys, member, repr(float(amount)), _KEPT)

    async def admit(self, app: App, tokens: int) -> Ticket | Over:
        """See Limits."""
        if not app.limits:
            return Ticket(time.monotonic(), tokens)
        ticket = Ticket(time.monotonic(), tokens, id=uuid.uuid4().hex)
        limits = [app.limits.get(name, -1) for name in _LIMITS]
        keys = self._limit_keys(app)
        try:
            over = await self._run(scripts.ADMIT, keys, ticket.id, tokens, self._lease, *limits)
        except StoreDownError as error:
            log.error("gateway: limits are counted by this process alone: %s", error)  # noqa: TRY400
            return await self._own.admit(app, tokens)
        if over:
            return Over(over[0], max(1, math.ceil(float(over[1]))))
        self._keep(keys[2], ticket.id)
        return ticket

    def end(self, app: App, ticket: Ticket) -> None:
        """See Limits."""
        if not app.limits or not ticket.is_open:
            return
        if not ticket.id:
            self._own.end(app, ticket)
            return
        ticket.is_open = False
        self._kept.discard((self._limit_keys(app)[2], ticket.id))
        # On its own: the request's task may be at its end, or cancelled.
        task = asyncio.ensure_future(self._end(app, ticket))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """For tests: as a process that ends."""
        if self._renewing is not None:
            self._renewing.cancel()
        if self._redis is not None:
            await self._redis.aclose()

    async def _end(self, app: App, ticket: Ticket) -> None:
        """Its place is free at once; its tokens are told again when LiteLLM's record has told them."""
        told = await self._tell_end(app, ticket)
        if not ticket.counts:
            return
        until = time.monotonic() + _RECORD_WITHIN
        while told and "tpm" in app.limits and time.monotonic() < until:
            if ticket.tokens != told:
                await self._tell_end(app, ticket)
                return
            await asyncio.sleep(_LOOK_EVERY)

    async def _tell_end(self, app: App, ticket: Ticket) -> int:
        """The tokens that were told."""
        told = ticket.tokens
        with contextlib.suppress(StoreDownError):  # its place is free when its time has passed
            keys, counts = self._limit_keys(app), int(ticket.counts)
            await self._run(scripts.END, keys, ticket.id, told, counts)
        return told

    def _keep(self, key: str, member: str) -> None:
        self._kept.add((key, member))
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.ensure_future(self._renew())

    async def _renew(self) -> None:
        while self._kept:
            await asyncio.sleep(min(_RENEW_EVERY, self._lease / 4))
            for key, member in tuple(self._kept):
                with contextlib.suppress(StoreDownError):
                    await self._run(scripts.RENEW, (key,), member, self._lease)

    async def _run(self, script: str, keys: tuple[str, ...], *values: str | int) -> Any:
        """Nothing of what Redis or its client says goes on: an address may hold the password."""
        try:
            if self._redis is None:
                self._redis = _opened(self._url)
            return await self._redis.eval(script, len(keys), *keys, *values)
        except (RedisError, OSError, ValueError) as error:
            raise StoreDownError(type(error).__name__) from None

    def _budget_keys(self, hold: Hold) -> tuple[str, str]:
        of = f"{hold.unit}:{hold.period}"
        return self._key(hold.app, f"spent:{of}"), self._key(hold.app, f"holds:{of}")

    def _limit_keys(self, app: App) -> tuple[str, str, str]:
        name = app.name
        return self._key(name, "recent"), self._key(name, "tokens"), self._key(name, "slots")

    def _key(self, app: str, what: str) -> str:
        """Those of one app lie on one node of a cluster: a script may use no others."""
        return f"gateway:{{{self._prefix}/{app}}}:{what}"


def _member(hold: Hold) -> str:
    return f"{hold.id}|{hold.amount!r}"


def _opened(url: str) -> Any:
    """A connection that Redis closed, by a restart, is worth one more try: every script may be sent twice."""
    pool: Any = BlockingConnectionPool.from_url(
        url,
        decode_responses=True,
        max_connections=16,
        timeout=_AT_MOST,
        socket_timeout=_AT_MOST,
        socket_connect_timeout=_AT_MOST,
        retry=Retry(NoBackoff(), 1),
    )
    return Redis.from_pool(pool)
