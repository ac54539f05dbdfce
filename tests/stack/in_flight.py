"""Requests that are under way: how many an upstream had at once, and answers that break off in the middle."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence

import httpx
from stack.projects import Stack

from gateway.stand_in import Behaviour, StandIn


def slow_from_now_on(upstream: StandIn, seconds: float = 4.0) -> int:
    """Each request takes so long; returns where in its log they begin."""
    upstream.behave(Behaviour(delay=seconds))
    return len(upstream.requests)


def most_at_once(upstream: StandIn, begin: int, seconds: float = 4.0) -> int:
    """Each was there for `seconds` from its arrival on."""
    return _most([request.time for request in upstream.requests[begin:]], seconds)


def _most(arrivals: Sequence[float], seconds: float) -> int:
    return max(sum(0 <= at - each < seconds for each in arrivals) for at in arrivals)


def read_until_it_breaks(
    stack: Stack, value: str, begun: threading.Barrier, **more: object
) -> None:
    """A streamed answer with the key `value`; at the barrier it has had its first words."""
    message = {"role": "user", "content": "hi"}
    body = {"model": "one", "messages": [message], "stream": True, **more}
    headers = {"authorization": f"Bearer {value}"}
    url = f"{stack.proxy.url}/v1/chat/completions"
    with (
        contextlib.suppress(httpx.HTTPError),
        httpx.Client(trust_env=False, timeout=60) as client,
        client.stream("POST", url, json=body, headers=headers) as answer,
    ):
        chunks = answer.iter_text()
        next(chunks)
        begun.wait(60)
        for _ in chunks:
            pass
