"""A number and what there is of it in, both as people say them out."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """`1 key`, `2 keys`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
