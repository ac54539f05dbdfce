"""Sessions and the tokens that their last turn sent: bounded, the least recently used goes first."""

from __future__ import annotations

from collections import OrderedDict

_MOST = 4_096


class Sessions:
    """In one process's memory; a turn that another worker answered is not known here."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._last: OrderedDict[str, int] = OrderedDict()

    def remember(self, session: str, tokens: int) -> None:
        self._last[session] = tokens
        self._last.move_to_end(session)
        while len(self._last) > self._most:
            self._last.popitem(last=False)

    def last_turn(self, session: str | None) -> int:
        """0 where nothing is known."""
        if session is None or session not in self._last:
            return 0
        self._last.move_to_end(session)
        return self._last[session]
