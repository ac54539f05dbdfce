"""How long until a key may be used again in, how long this request waits for it out: mostly not at all.

Where nobody else could answer, a moment's patience is better than a 429 that the client has to repeat.
"""

from __future__ import annotations

from .deployments import router, stand_ins
from .key_rotation import Attempts

LONGEST = 5.0
"""Seconds; a request waits once."""


def is_worth_waiting(model: str, seconds: float, attempts: Attempts) -> bool:
    """False where the client, or a fallback, is better served by knowing now. True once for a request."""
    if not 0 < seconds <= LONGEST or attempts.has_waited or has_fallback(model):
        return False
    attempts.has_waited = True
    return True


def has_fallback(model: str) -> bool:
    """Whether LiteLLM would ask another model."""
    routed = router()
    return routed is None or bool(stand_ins(routed, model) or stand_ins(routed, "*"))
