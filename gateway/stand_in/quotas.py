"""What each bearer's key is worth goes in, the refusal of a request that it no longer pays for comes out."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from .answers import Answer, error_answer


@dataclass(frozen=True, slots=True)
class Quota:
    """So many answers, then `status` with `headers` and `words`; 0 is a key that is refused at once."""

    answers: int
    status: int = 429
    headers: Mapping[str, str] = field(default_factory=dict)
    words: str = "you exceeded your current quota"


class Quotas:
    """The quotas of one stand-in by key; safe to use across threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._quotas: dict[str, Quota] = {}
        self._left: dict[str, int] = {}

    def put(self, key: str, quota: Quota | None) -> None:
        """Give the key this quota anew; None: as much as it likes."""
        with self._lock:
            self._quotas.pop(key, None)
            if quota is not None:
                self._quotas[key] = quota
                self._left[key] = quota.answers

    def forget(self) -> None:
        """No key has a quota."""
        with self._lock:
            self._quotas.clear()

    def spend(self, key: str) -> Answer | None:
        """Count a request; the refusal where nothing is left."""
        with self._lock:
            quota = self._quotas.get(key)
            if quota is None:
                return None
            if self._left[key] > 0:
                self._left[key] -= 1
                return None
        refusal = error_answer(quota.status, quota.words, "insufficient_quota")
        return Answer(refusal.status, refusal.body, headers=quota.headers)
