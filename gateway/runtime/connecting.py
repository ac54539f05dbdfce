"""A host and a port in, whether somebody accepts a connection there out; nothing is sent."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter

# How long, in seconds, one address of a host is waited for before the next is tried beside it.
_HEAD_START = 0.1


def _tls_context() -> ssl.SSLContext:
    # Nothing is sent over these connections; certificates are judged where requests are sent.
    # `create_default_context` would load all authorities: 20 ms in which nothing else runs.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_TLS = _tls_context()


async def can_connect(host: str, port: int, within: float, *, with_tls: bool) -> bool:
    """Connect and close, with a TLS handshake if told so; resolves the name each time.

    Like the client that sends the requests, it does not wait for one dead address of several.
    """
    try:
        async with asyncio.timeout(within):
            return await _first_connects(await _addresses(host, port), host, port, with_tls)
    except (OSError, TimeoutError, ValueError):
        return False


async def _addresses(host: str, port: int) -> list[str]:
    """IPv6 and IPv4 in turns, in the resolver's order."""
    loop = asyncio.get_running_loop()
    turns: Counter[int] = Counter()
    found: dict[str, int] = {}
    for family, _, _, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        scopes = [f"%{scope}" for scope in address[3:] if scope]  # of a link-local IPv6 address
        turns[family] += 1
        found.setdefault("".join([str(address[0]), *scopes]), turns[family])
    return sorted(found, key=found.__getitem__)


async def _first_connects(addresses: list[str], host: str, port: int, with_tls: bool) -> bool:
    asked: set[asyncio.Task[bool]] = set()
    waiting: set[asyncio.Task[bool]] = set()
    try:
        for address in addresses:
            task = asyncio.create_task(_connects(address, host, port, with_tls))
            asked.add(task)
            done, waiting = await asyncio.wait(
                {*waiting, task}, timeout=_HEAD_START, return_when=asyncio.FIRST_COMPLETED
            )
            if any(each.result() for each in done):
                return True
        return await one_succeeds(waiting)
    finally:
        for each in asked:
            each.cancel()


async def one_succeeds(waiting: set[asyncio.Task[bool]]) -> bool:
    """Whether one of the tasks comes to True, as soon as one does; the others go on."""
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if any(each.result() for each in done):
            return True
    return False


async def _connects(address: str, host: str, port: int, with_tls: bool) -> bool:
    try:
        transport, _ = await asyncio.get_running_loop().create_connection(
            asyncio.Protocol,
            address,
            port,
            ssl=_TLS if with_tls else None,
            server_hostname=host if with_tls else None,
        )
    except (OSError, ValueError):
        return False
    transport.abort()
    return True
