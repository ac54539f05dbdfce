"""Which upstreams accept connections: told by real calls, looked at again by plain connects."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import ssl
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

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
    tls = ssl.create_default_context() if with_tls and origin.scheme == "https" else None
    if tls is not None:
        # Nothing is sent over this connection; certificates are judged where requests are sent.
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(within):
            _, writer = await asyncio.open_connection(origin.host, origin.port, ssl=tls)
    except (OSError, TimeoutError, ValueError):
        return False
    writer.transport.abort()
    return True


class Reachability:
    """The state per origin. Down origins have one background task each, which ends when up."""

    def __init__(self, on_recovery: Callable[[Origin], None] | None = None) -> None:
        self._probes: dict[Origin, asyncio.Task[None]] = {}
        self._looks: dict[tuple[Origin, bool], asyncio.Task[bool]] = {}
        self._suspicions: set[asyncio.Task[bool]] = set()
        self._seen_up: dict[Origin, float] = {}
        self._on_recovery = on_recovery

    def is_down(self, origin: Origin) -> bool:
        """Whether the last thing known is that it did not accept a connection."""
        return origin in self._probes

    def was_up_within(self, origin: Origin, seconds: float) -> bool:
        """Whether it was seen up in the last so many seconds."""
        seen = self._seen_up.get(origin)
        return seen is not None and time.monotonic() - seen <= seconds

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
        if origin in self._probes or goes_through_a_proxy(origin):
            return
        log.warning("gateway: %s does not accept connections", origin)
        # An empty context: the probe outlives the request that started it.
        self._probes[origin] = asyncio.get_running_loop().create_task(
            self._probe(origin, connect, probe_every), context=contextvars.Context()
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
        """Connect once now, whoever else asks meanwhile sharing the answer; remembers it."""
        if goes_through_a_proxy(origin):
            return True
        key = (origin, with_tls)
        task = self._looks.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(
                accepts_connection(origin, connect, with_tls=with_tls),
                context=contextvars.Context(),
            )
            self._looks[key] = task
            task.add_done_callback(lambda _: self._looks.pop(key, None))
        accepted = await asyncio.shield(task)
        if accepted:
            self.mark_up(origin)
        else:
            self.mark_down(origin, connect, probe_every)
        return accepted

    async def _probe(self, origin: Origin, connect: float, probe_every: float) -> None:
        # At once the first time: what a full connection pool looked like is not an outage.
        while True:
            started = time.monotonic()
            if await accepts_connection(origin, connect):
                self.mark_up(origin)
                return
            await asyncio.sleep(max(0.05, probe_every - (time.monotonic() - started)))
