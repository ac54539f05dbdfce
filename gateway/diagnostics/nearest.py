"""A word that is not known and the words that are in, the one that was likely meant out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

_MANY = 1000
_SEPARATORS = re.compile(r"[\s._-]+")
_DIGITS = re.compile(r"[0-9]+")
_SHORTEST_WORD, _SHORTEST_SWAPPED = 4, 3


def nearest(word: str, known: Collection[str], cutoff: float = 0.7) -> str | None:
    """The known word that is likely meant, or None. Ties go to the alphabet.

    `cutoff`: how alike the two must be; 1 is the same.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    by_lower = {item.lower(): item for item in sorted(known, reverse=True)}
    found = get_close_matches(word.lower(), by_lower, n=3, cutoff=cutoff)
    swapped = [item for item in found if sorted(item) == sorted(word.lower())]
    return next((by_lower[item] for item in (*swapped, *found)), None)


def is_slip_of(word: str, likely: str | None, known: Iterable[str]) -> bool:
    """Whether `likely` is what was meant beyond doubt: one slip of the pen away, and alone in that.

    A digit is never a slip (`glm-4` is not `glm-5`), nor is a letter that makes up most of a word
    (`gpt-4` is not `gpt-4o`).
    """
    return likely is not None and [k for k in known if _one_slip(word, k)] == [likely]


def _one_slip(word: str, meant: str) -> bool:
    word, meant = word.lower(), meant.lower()
    if abs(len(word) - len(meant)) <= 1 and _DIGITS.findall(word) == _DIGITS.findall(meant):
        start = _common(word, meant)
        end = _common(word[start:][::-1], meant[start:][::-1])
        wrong, right = word[start : len(word) - end], meant[start : len(meant) - end]
        letters = _letters_around(meant, start, len(meant) - end)
        if len(wrong) <= 1 and len(right) <= 1 and letters >= _SHORTEST_WORD:
            return True
        if wrong == right[::-1] and len(right) == 2 and letters >= _SHORTEST_SWAPPED:
            return True
    return _SEPARATORS.sub("", word) == _SEPARATORS.sub("", meant)


def _common(one: str, other: str) -> int:
    """How many characters the two begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _letters_around(text: str, start: int, end: int) -> int:
    """How many letters the word has that holds these places."""
    while start > 0 and text[start - 1].isalpha():
        start -= 1
    while end < len(text) and text[end].isalpha():
        end += 1
    return end - start


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
