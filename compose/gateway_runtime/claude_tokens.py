"""Texts in, bounds on their number of tokens out: by length, by a sample, or counted.

Standard library only: who calls brings the encoding. Measured with cl100k_base on prose, code, JSON,
base64 and seven scripts: a token is 1.4 bytes (random base64) to 5.3 bytes (Russian) of UTF-8, 4.2
in Claude Code's own requests. Runs of spaces alone go beyond: no limit hangs on their number.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

Encode = Callable[[str], Sequence[int]]
"""A text's tokens."""

MOST_BYTES, FEWEST_BYTES, USUAL_BYTES = 5.6, 1.3, 4.2
_IMAGE = 1_600  # the most that Anthropic bills for one
_SLICES, _SLICE = 32, 256
_CHUNK = 4_000  # of longer words without a space, merging takes more than linear time


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many there are, at the least and at the most; `about` is the likeliest."""

    at_least: int
    about: int
    at_most: int

    def is_sure(self, limit: int) -> bool:
        """Whether being over `limit` or not is beyond doubt."""
        return self.at_least > limit or self.at_most <= limit

    @property
    def is_exact(self) -> bool:
        return self.at_least == self.at_most


def estimated(texts: Sequence[str], images: int = 0) -> Tokens:
    """By their length alone: some microseconds for each thousand texts."""
    size = sum(map(_size, texts))
    more = images * _IMAGE
    return Tokens(
        int(size / MOST_BYTES) + more,
        int(size / USUAL_BYTES) + more,
        int(size / FEWEST_BYTES) + more,
    )


def sampled(texts: Sequence[str], encode: Encode, images: int = 0) -> Tokens:
    """By 32 slices spread over them, about a millisecond: three standard errors to either side."""
    rough = estimated(texts, images)
    ends = list(accumulate(map(len, texts)))
    if not ends or ends[-1] < _SLICES * _SLICE * 2:
        return counted(texts, encode, images)
    rates = [len(encode(piece)) / max(1, len(piece)) for piece in _slices(texts, ends) if piece]
    rate = statistics.fmean(rates)
    error = 3 * statistics.stdev(rates) / len(rates) ** 0.5 + 0.01 * rate
    more = images * _IMAGE
    low, middle, high = (int(ends[-1] * r) + more for r in (rate - error, rate, rate + error))
    return Tokens(max(rough.at_least, low), middle, max(middle, min(rough.at_most, high)))


def counted(texts: Iterable[str], encode: Encode, images: int = 0) -> Tokens:
    """Each token: 100,000 take some 50 ms, so not in the event loop."""
    number = images * _IMAGE + sum(_number(text, encode) for text in texts)
    return Tokens(number, number, number)


class Counts:
    """The numbers of tokens of texts that came by: a conversation's next turn repeats all but its last.

    Keeps no text; safe to use from several threads.
    """

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._known: dict[tuple[int, int], int] = {}

    def counted(self, texts: Iterable[str], encode: Encode, images: int = 0) -> Tokens:
        """The same as without a memory."""
        number = images * _IMAGE
        for text in texts:
            key = (len(text), hash(text))
            known = self._known.get(key)
            if known is None:
                known = _number(text, encode)
                if len(self._known) >= self._most:
                    self._known.clear()
                self._known[key] = known
            number += known
        return Tokens(number, number, number)


def _number(text: str, encode: Encode) -> int:
    return sum(len(encode(text[i : i + _CHUNK])) for i in range(0, len(text), _CHUNK))


def _slices(texts: Sequence[str], ends: Sequence[int]) -> Iterable[str]:
    """Pieces at even distances, each out of one text."""
    step, index = ends[-1] / _SLICES, 0
    for number in range(_SLICES):
        place = int(number * step)
        while ends[index] <= place:
            index += 1
        begin = place - (ends[index] - len(texts[index]))
        yield texts[index][begin : begin + _SLICE]


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
