"""What an upstream logged in, how many requests it had at once at the most out; a busy machine changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

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
