"""What an upstream lets slip of where it stopped goes in, Anthropic's words for it come out.

OpenAI's API says `stop` for a model that was done and for one that met a stop sequence. vLLM adds
the sequence as `stop_reason`, SGLang as `matched_stop`, both in the choice; LiteLLM 1.106.2 drops them.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

# In a model's own text the quotes would be escaped.
_SAID = re.compile(rb'"(?:stop_reason|matched_stop)"\s*:\s*("(?:[^"\\]|\\.)*")')
_EVENT = b"event: message_delta\ndata: "
_LONGEST = 400


@dataclass(slots=True)
class Stop:
    """One request's sequences, and the one that was met."""

    sequences: tuple[str, ...] = ()
    met: str | None = None
    _tail: bytes = b""

    def look_at(self, piece: bytes) -> None:
        """A piece of the upstream's answer; nothing happens where nobody asked for a stop."""
        if not self.sequences:
            return
        text = self._tail + piece
        for match in _SAID.finditer(text):
            with contextlib.suppress(ValueError):  # odd bytes say nothing, and pass
                said = json.loads(match[1])
                self.met = said if said in self.sequences else self.met
        self._tail = text[-_LONGEST:]


# One per request, shared by the tasks that LiteLLM makes of it.
_stop: ContextVar[Stop | None] = ContextVar("gateway_stop", default=None)


def listen_for_a_stop() -> Stop:
    stop = Stop()
    _stop.set(stop)
    return stop


def current_stop() -> Stop:
    return _stop.get() or Stop()


def remember_sequences(body: object) -> None:
    stop = _stop.get()
    wanted = body.get("stop_sequences") if isinstance(body, Mapping) else None
    if stop is not None and isinstance(wanted, list):
        stop.sequences = tuple(each for each in wanted if isinstance(each, str))


def tell_the_stop(said: MutableMapping[str, Any], stop: Stop) -> None:
    """Into a message, or into the delta that ends one."""
    if stop.met is not None and said.get("stop_reason") == "end_turn":
        said.update(stop_reason="stop_sequence", stop_sequence=stop.met)


def with_the_stop(piece: bytes, stop: Stop) -> bytes:
    """A piece of a stream, whole events."""
    if stop.met is None or _EVENT not in piece:
        return piece
    events = piece.split(b"\n\n")
    for at, event in enumerate(events):
        if event.startswith(_EVENT):
            data = json.loads(event.removeprefix(_EVENT))
            tell_the_stop(data["delta"], stop)
            events[at] = _EVENT + json.dumps(data, ensure_ascii=False).encode()
    return b"\n\n".join(events)
