"""A word that is not known and the words that are in, the one that was likely meant out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

_MANY = 1000


def nearest(word: str, known: Collection[str], cutoff: float = 0.7) -> str | None:
    """The known word that is likely meant, or None. Ties go to the alphabet.

    `cutoff`: how alike the two must be; 1 is the same.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    by_lower = {item.lower(): item for item in sorted(known, reverse=True)}
    found = get_close_matches(word.lower(), by_lower, n=3, cutoff=cutoff)
    swapped = [item for item in found if sorted(item) == sorted(word.lower())]
    return next((by_lower[item] for item in (*swapped, *found)), None)


class Suggestions:
    """`nearest` for many words against one set: among very many, only a slip of one character is found.

    Comparing each wrong name with each right one would make a thousand mistakes take minutes.
    """

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._by_variant: dict[str, str] = {}

    def nearest(self, word: str) -> str | None:
        if len(self._known) < _MANY:
            return nearest(word, self._known)
        if not self._by_variant:
            for item in sorted(self._known, reverse=True):
                self._by_variant.update(dict.fromkeys(_variants(item), item))
        return next((self._by_variant[v] for v in _variants(word) if v in self._by_variant), None)


def _variants(word: str) -> Iterator[str]:
    """The word itself, and without each of its characters."""
    word = word.lower()
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]
