"""What a client sent and how its exchange ended goes in, frozen records in order of arrival come out."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived; the last three fields are final once the exchange is over."""

    time: float
    """Seconds since the epoch when its last byte had arrived."""
    method: str
    path: str
    """As on the request line, with the query."""
    headers: Mapping[str, str]
    """Names in lower case, values verbatim, keys included: tests look for leaked ones."""
    body: Any
    """Parsed JSON; other text as text; None where there was no body."""
    model: str | None
    status: int | None = None
    """The HTTP status that was sent, None where none was (yet)."""
    client_left_early: bool = False
    chunks_sent: int = 0
    """Streamed chunks, the closing `[DONE]` not counted."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Progress:
    """How far an exchange has come; written before the bytes it tells of are sent.

    So whoever has read an answer finds it in the log, whichever thread comes first.
    """

    status: int | None = None
    chunks: int = 0
    over: bool = False
    client_left_early: bool = False


class RequestLog:
    """All requests of one stand-in; safe to use across threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[tuple[Request, Progress]] = []

    def add(self, request: Request) -> Progress:
        """Record a request on arrival, so that one that hangs is seen too."""
        progress = Progress()
        with self._lock:
            self._entries.append((request, progress))
        return progress

    def snapshot(self) -> list[Request]:
        with self._lock:
            entries = list(self._entries)
        return [
            replace(
                request,
                status=progress.status,
                client_left_early=progress.client_left_early,
                chunks_sent=progress.chunks,
            )
            for request, progress in entries
        ]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
