"""Which upstreams accept connections: told by real calls, looked at again by plain connects."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import math
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from .connecting import can_connect, one_succeeds

log = logging.getLogger("gateway")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an upstream listens; every deployment behind it is up or down together."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


def origin_of(url: object) -> Origin | None:
    """The origin of an absolute http(s) URL, else None."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (KeyError, ValueError):
        return None
    return Origin(parts.scheme, parts.hostname, port) if parts.hostname else None


def goes_through_a_proxy(origin: Origin) -> bool:
    """Whether the environment sends this origin through a proxy, where a connect says nothing."""
    proxies = urllib.request.getproxies()
    if not (proxies.get(origin.scheme) or proxies.get("all")):
        return False
    return not urllib.request.proxy_bypass(origin.host)


async def accepts_connection(origin: Origin, within: float, *, with_tls: bool = True) -> bool:
    """Connect and close, for https with a TLS handshake; resolves the name each time."""
    is_tls = with_tls and origin.scheme == "https"
    return await can_connect(origin.host, origin.port, within, with_tls=is_tls)


async def _accepts_one_of_two(origin: Origin, within: float) -> bool:
    """Two connects, the second a little later, in the time of one: a lost packet must not end a
    request that is under way and may be answered and billed.
    """

    async def after(seconds: float) -> bool:
        await asyncio.sleep(seconds)
        return await accepts_connection(origin, within - seconds, with_tls=False)

    waiting = {asyncio.ensure_future(after(seconds)) for seconds in (0.0, 0.4 * within)}
    try:
        return await one_succeeds(waiting)
    finally:
        for each in waiting:
            each.cancel()


class Reachability:
    """The state per origin. Down origins have one background task each, which ends when up."""

    def __init__(self, on_recovery: Callable[[Origin], None] | None = None) -> None:
        self._probes: dict[Origin, asyncio.Task[None]] = {}
        self._looks: dict[tuple[Origin, bool], asyncio.Task[bool]] = {}
        self._suspicions: set[asyncio.Task[bool]] = set()
        self._seen_up: dict[Origin, float] = {}
        self._patience: dict[Origin, float] = {}
        self._on_recovery = on_recovery

    def is_down(self, origin: Origin) -> bool:
        """Whether the last thing known is that it did not accept a connection."""
        return origin in self._probes

    def was_up_within(self, origin: Origin, seconds: float) -> bool:
        """Whether it was seen up in the last so many seconds."""
        seen = self._seen_up.get(origin)
        return seen is not None and time.monotonic() - seen <= seconds

    def allow(self, origin: Origin, connect: float) -> None:
        """A model there waits so many seconds for a connection; every look waits for the longest."""
        self._patience[origin] = max(connect, self.patience(origin))

    def patience(self, origin: Origin) -> float:
        """The longest that any model there was said to wait, in seconds."""
        return self._patience.get(origin, 0.0)

    def mark_up(self, origin: Origin) -> None:
        """It accepted a connection: stop probing, tell whoever wants to know of recoveries."""
        self._seen_up[origin] = time.monotonic()
        probe = self._probes.pop(origin, None)
        if probe is None:
            return
        if probe is not asyncio.current_task():
            probe.cancel()
        log.warning("gateway: %s accepts connections again", origin)
        if self._on_recovery is not None:
            with contextlib.suppress(Exception):
                self._on_recovery(origin)

    def mark_down(self, origin: Origin, connect: float, probe_every: float) -> None:
        """It did not accept a connection: fail its calls at once until a probe gets through."""
        self._seen_up.pop(origin, None)
        self.allow(origin, connect)
        if origin in self._probes or goes_through_a_proxy(origin):
            return
        log.warning("gateway: %s does not accept connections", origin)
        # An empty context: the probe outlives the request that started it.
        self._probes[origin] = asyncio.get_running_loop().create_task(
            self._probe(origin, probe_every), context=contextvars.Context()
        )

    def suspect(self, origin: Origin, connect: float, probe_every: float) -> None:
        """A call to it went wrong after connecting: look in the background whether it is gone."""
        if origin in self._probes or (origin, True) in self._looks:
            return
        task = asyncio.get_running_loop().create_task(
            self.look(origin, connect, probe_every), context=contextvars.Context()
        )
        self._suspicions.add(task)
        task.add_done_callback(self._suspicions.discard)

    async def look(
        self, origin: Origin, connect: float, probe_every: float, *, with_tls: bool = True
    ) -> bool:
        """Connect now, whoever else asks meanwhile sharing the answer; remembers it.

        False also where `connect` is over, while the look goes on for models with more patience.
        """
        self.allow(origin, connect)
        if goes_through_a_proxy(origin):
            return True
        key = (origin, with_tls)
        task = self._looks.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(
                self._look(origin, probe_every, with_tls=with_tls),
                context=contextvars.Context(),
            )
            self._looks[key] = task
            task.add_done_callback(lambda _: self._looks.pop(key, None))
        is_longest = connect >= self.patience(origin)
        done, _ = await asyncio.wait({task}, timeout=None if is_longest else connect)
        return bool(done) and task.result()

    async def _look(self, origin: Origin, probe_every: float, *, with_tls: bool) -> bool:
        started, within = time.monotonic(), self.patience(origin)
        if with_tls:
            accepted = await accepts_connection(origin, within)
        else:
            accepted = await _accepts_one_of_two(origin, within)
        if accepted:
            self.mark_up(origin)
        elif self._seen_up.get(origin, -math.inf) < started:  # no call got an answer meanwhile
            self.mark_down(origin, within, probe_every)
        return accepted

    async def _probe(self, origin: Origin, probe_every: float) -> None:
        # At once the first time: what a full connection pool looked like is not an outage.
        while True:
            started = time.monotonic()
            try:
                if await accepts_connection(origin, self.patience(origin)):
                    self.mark_up(origin)
                    return
            except Exception as error:  # a bug of ours must not keep it down for good
                log.error("gateway: a probe failed with %s", type(error).__name__)  # noqa: TRY400
            await asyncio.sleep(max(0.05, probe_every - (time.monotonic() - started)))
