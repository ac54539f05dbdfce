"""What a test wants to go wrong goes in, which behaviour the next request meets comes out."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

Garbage = Literal["html", "sse-nonsense"]

_NUMBERS = ("retry_after", "delay", "token_gap", "refuse_for")
_COUNTS = ("status", "reset_midway", "times")
_FLAGS = ("hang", "reset", "drop", "headers_then_hang", "refuse")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a stand-in treats a request; as constructed without arguments it is healthy.

    `delay` and `token_gap` (seconds) go with anything; of the others, the faults, at most one may be
    set. Wrong types and combinations raise ValueError.
    """

    delay: float = 0.0
    """Seconds between the request's last byte and the answer's first."""
    token_gap: float = 0.0
    """Seconds before each streamed chunk but the first."""
    times: int | None = None
    """For so many POST requests, then healthy; other methods meet the behaviour uncounted."""
    status: int | None = None
    """Answer with this HTTP status and an OpenAI-style error."""
    retry_after: float | None = None
    """Seconds for the `Retry-After` header that goes with `status`."""
    hang: bool = False
    """Read the request and never answer."""
    reset: bool = False
    """Read the request, then send a TCP reset."""
    reset_midway: int | None = None
    """Send a TCP reset after so many streamed chunks (not streamed: after half the body)."""
    drop: bool = False
    """Read the request, then close the connection without a byte."""
    garbage: Garbage | None = None
    """Answer 200 with a web page, or with an event stream that holds no JSON."""
    headers_then_hang: bool = False
    """Send 200 and headers, then nothing."""
    refuse: bool = False
    """Close the listener and every connection: further connections are refused."""
    refuse_for: float | None = None
    """Seconds until a `refuse` heals itself; a closed port cannot be told so over HTTP."""

    def __post_init__(self) -> None:
        self._check_types()
        if len(self._faults()) > 1:
            raise ValueError(f"one fault at a time, not {' and '.join(self._faults())}")
        if self.retry_after is not None and self.status is None:
            raise ValueError("retry_after needs a status")
        if self.refuse_for is not None and not self.refuse:
            raise ValueError("refuse_for needs refuse")
        if self.refuse and self.times is not None:
            raise ValueError("a refused connection carries no request that times could count")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError("status must be between 200 and 599")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Behaviour:
        """Read what `POST /_behaviour` carries; unknown names and wrong types raise ValueError."""
        unknown = sorted(set(data) - {field.name for field in fields(cls)})
        if unknown:
            raise ValueError(f"unknown behaviour: {', '.join(unknown)}")
        return cls(**data)

    def _check_types(self) -> None:
        for name in _NUMBERS + _COUNTS:
            value = getattr(self, name)
            kinds = int if name in _COUNTS else (int, float)
            optional = name not in ("delay", "token_gap")
            if value is None and optional:
                continue
            if isinstance(value, bool) or not isinstance(value, kinds) or value < 0:
                raise ValueError(f"{name} must be a number that is not negative")
        for name in _FLAGS:
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be true or false")  # noqa: TRY004 - one type to catch
        if self.garbage not in (None, *get_args(Garbage)):
            raise ValueError(f"garbage must be one of {', '.join(get_args(Garbage))}")

    def _faults(self) -> list[str]:
        single = ("status", "reset_midway", "garbage")
        return [name for name in single if getattr(self, name) is not None] + [
            name for name in _FLAGS if getattr(self, name)
        ]


HEALTHY = Behaviour()


class FaultPlan:
    """The behaviours of one stand-in, by model name and for all others; safe to use across threads."""

    def __init__(self, default: Behaviour, by_model: Mapping[str, Behaviour]) -> None:
        self._lock = threading.Lock()
        self._behaviours: dict[str | None, Behaviour] = {}
        self._left: dict[str | None, int] = {}
        for model, behaviour in ((None, default), *by_model.items()):
            self.put(behaviour, model)

    @property
    def refuses(self) -> bool:
        with self._lock:
            return self._behaviours[None].refuse

    @property
    def refuses_for(self) -> float | None:
        with self._lock:
            return self._behaviours[None].refuse_for

    def put(self, behaviour: Behaviour, model: str | None) -> None:
        """Set the behaviour of one model, or with None that of every model without its own."""
        if model is not None and behaviour.refuse:
            raise ValueError("a connection is refused before it names a model")
        with self._lock:
            self._behaviours[model] = behaviour
            self._left.pop(model, None)
            if behaviour.times is not None:
                self._left[model] = behaviour.times

    def heal(self) -> None:
        """Forget every behaviour."""
        with self._lock:
            self._behaviours = {None: HEALTHY}
            self._left = {}

    def take(self, model: str | None, *, counts: bool) -> Behaviour:
        """Say how the request at hand is treated, and count it where `times` limits that."""
        with self._lock:
            key = model if model in self._behaviours else None
            left = self._left.get(key)
            if left == 0:
                return HEALTHY
            if left is not None and counts:
                self._left[key] = left - 1
            return self._behaviours[key]
