"""What the hook knows about one call to one deployment, handed to the transport by context."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from .reachability import Origin, origin_of
from .refused_keys import variable_of
from .rotated_key import Key, rotated_key_of

CONNECT = 1.0
TOTAL = 600.0
PROBE_EVERY = 5.0
# LiteLLM lets a deployment off for a timeout that the client asked for, where at least that long
# passed since its own start of the call, which is a little later than ours.
_LATER = 0.1


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt. Durations in seconds; `deadline` on the clock of `time.monotonic`.

    `is_last`: no other origin comes after it in a chain. `has_alternative`: the deployment may be
    left alone for `cooldown`, because a fallback or another key can answer instead. `is_cut_short`: `total` is the
    client's own, shorter than the model's. `key`: its provider has several. `mode`: what the model does.
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
    is_cut_short: bool = False
    deployment: str | None = None
    key_variable: str | None = None
    cooldown: float = 0.0
    key: Key | None = None
    between_chunks: float | None = None
    began: float = 0.0
    mode: str | None = None


current_call: ContextVar[Call | None] = ContextVar("gateway_call", default=None)


def _seconds(settings: Mapping[str, object], name: str, default: float) -> float:
    value = settings.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    return default


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def call_of(kwargs: Mapping[str, object]) -> Call | None:
    """The call that LiteLLM's keyword arguments describe; None where we have no say in it."""
    model_info = kwargs.get("model_info")
    if not isinstance(model_info, Mapping):
        return None
    settings = model_info.get("gateway")
    origin = origin_of(kwargs.get("api_base"))
    if not isinstance(settings, Mapping) or origin is None:
        return None
    configured = _seconds(settings, "total", TOTAL)
    # The deployment's own, unless the client sent one.
    total = min(configured, _seconds(kwargs, "timeout", configured))
    is_cut_short = total < configured
    first_token = _seconds(settings, "first_token", 0.0)
    return Call(
        model=_text(settings.get("model")),
        origin=origin,
        connect=_seconds(settings, "connect", CONNECT),
        first_token=first_token or None,
        total=total,
        probe_every=_seconds(settings, "probe_every", PROBE_EVERY),
        is_last=settings.get("last") is True,
        has_alternative=bool(model_info.get("allowed_fails_policy")),
        is_stream=kwargs.get("stream") is True,
        deadline=time.monotonic() + total + (_LATER if is_cut_short else 0.0),
        is_cut_short=is_cut_short,
        deployment=_text(model_info.get("id")),
        key_variable=variable_of(kwargs.get("api_key")),
        cooldown=_seconds(model_info, "cooldown_time", 0.0),
        key=rotated_key_of(model_info),
        between_chunks=_seconds(settings, "between_chunks", 0.0) or None,
        began=time.monotonic(),
        mode=_text(model_info.get("mode")),
    )
