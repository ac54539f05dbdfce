"""What a key was used for in the last minute in, out how long until its limits let it be used again."""

from __future__ import annotations

from collections import deque

_MINUTE = 60.0


class Minute:
    """The uses of one key for one model within a minute that slides. Times in seconds, of any clock."""

    def __init__(self) -> None:
        self._asked: deque[float] = deque()
        self._answered: deque[tuple[float, int]] = deque()
        self._tokens = 0

    def ask(self, now: float) -> None:
        """One more request."""
        self._asked.append(now)

    def take_back(self) -> None:
        """The last request was not made after all."""
        if self._asked:
            self._asked.pop()

    def spend(self, now: float, tokens: int) -> None:
        """An answer is complete."""
        self._answered.append((now, tokens))
        self._tokens += tokens

    def free_at(self, now: float, rpm: int | None, tpm: int | None) -> float:
        """When the next request is within the limits; `now` or earlier where it is already."""
        while self._asked and self._asked[0] <= now - _MINUTE:
            self._asked.popleft()
        while self._answered and self._answered[0][0] <= now - _MINUTE:
            self._tokens -= self._answered.popleft()[1]
        free = now
        if rpm is not None and len(self._asked) >= rpm:
            free = self._asked[len(self._asked) - rpm] + _MINUTE
        if tpm is not None and self._tokens >= tpm:
            left = self._tokens
            for time, tokens in self._answered:
                left -= tokens
                if left < tpm:
                    free = max(free, time + _MINUTE)
                    break
        return free
