"""What the hook knows about one call to one deployment, handed to the transport by context."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from .reachability import Origin, origin_of

CONNECT = 1.0
TOTAL = 600.0
PROBE_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt. Durations in seconds; `deadline` on the clock of `time.monotonic`.

    `is_last`: no other origin comes after it in a chain. `has_alternative`: the deployment may be
    cooled, because a fallback or another key can answer instead.
    """

    model: str | None
    origin: Origin
    connect: float
    first_token: float | None
    total: float
    probe_every: float
    is_last: bool
    has_alternative: bool
    is_stream: bool
    deadline: float


current_call: ContextVar[Call | None] = ContextVar("gateway_call", default=None)


def _seconds(settings: Mapping[str, object], name: str, default: float) -> float:
    value = settings.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    return default


def call_of(kwargs: Mapping[str, object]) -> Call | None:
    """The call that LiteLLM's keyword arguments describe; None where we have no say in it."""
    model_info = kwargs.get("model_info")
    if not isinstance(model_info, Mapping):
        return None
    settings = model_info.get("gateway")
    origin = origin_of(kwargs.get("api_base"))
    if not isinstance(settings, Mapping) or origin is None:
        return None
    total = _seconds(settings, "total", TOTAL)
    first_token = _seconds(settings, "first_token", 0.0)
    model = settings.get("model")
    return Call(
        model=model if isinstance(model, str) else None,
        origin=origin,
        connect=_seconds(settings, "connect", CONNECT),
        first_token=first_token or None,
        total=total,
        probe_every=_seconds(settings, "probe_every", PROBE_EVERY),
        is_last=settings.get("last") is True,
        has_alternative=bool(model_info.get("allowed_fails_policy")),
        is_stream=kwargs.get("stream") is True,
        deadline=time.monotonic() + total,
    )
