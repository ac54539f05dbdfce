"""A word that is not known and the words that are in, the one that was likely meant out."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is likely meant, or None. Ties go to the alphabet."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    candidates = sorted(str(item) for item in known)
    by_lower = {item.lower(): item for item in reversed(candidates)}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.7)
    return by_lower[found[0]] if found else None
