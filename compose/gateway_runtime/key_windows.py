"""A moment in, the hour and the day of a quota that it lies in out, and when they end. Standard library only."""

from __future__ import annotations

from typing import NamedTuple

HOUR, DAY = 3600, 86400
LETTERS = {HOUR: "h", DAY: "d"}
"""The last letter of a limit (`rph`, `tpd`) by its window's length in seconds."""


class Window(NamedTuple):
    """`start` and `end` in seconds since 1970, the end exclusive."""

    length: int
    start: int

    @property
    def end(self) -> int:
        return self.start + self.length


def windows_at(now: float, reset: int = 0) -> tuple[Window, Window]:
    """The hour and the day. `reset`: how many seconds after midnight (UTC) a provider's day begins."""
    return _window_at(now, HOUR, 0), _window_at(now, DAY, reset)


def _window_at(now: float, length: int, offset: int) -> Window:
    return Window(length, int((now - offset) // length) * length + offset)
