"""A text and the lines that are ours in it: put between two markers, replaced there, taken out again.

    # BEGIN gateway aliases of /home/me/project (0123456789abcdef)
    …
    # END gateway aliases

The hash is of the lines between, so that an edit by hand is seen. What stands outside stays byte for
byte. A text that did not end in a line break gets one, which the first marker says: taking the block
out takes it out too.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from gateway.model import GatewayError

_BEGIN = "# BEGIN gateway aliases"
_END = "# END gateway aliases"
_MARKER = re.compile(rf"(?m)^[ \t]*(?:({_BEGIN})\b[^\n]*|({_END})[ \t]*\r?)(?:\n|\Z)")
_JOINED = ", and the line break above"
_HEAD = re.compile(
    rf"{_BEGIN} of (?P<owner>.*) \((?P<hash>[0-9a-f]{{16}})(?P<joined>{_JOINED})?\)\r?\n"
)


@dataclass(frozen=True, slots=True)
class Block:
    """Where the markers stand, whose they are, and whether the lines between are as they were written."""

    start: int
    end: int
    owner: str
    body: str
    is_edited: bool
    is_joined: bool


def find_block(text: str, where: str) -> Block | None:
    """Raises GatewayError where the markers are not one BEGIN and one END behind it."""
    markers = list(_MARKER.finditer(text))
    if not markers:
        return None
    if [m[1] or m[2] for m in markers] != [_BEGIN, _END]:
        lines = ", ".join(str(text.count("\n", 0, m.start()) + 1) for m in markers)
        raise GatewayError(
            f"{where} has markers of gateway that are not one BEGIN and one END (line {lines})",
            "remove what is left of the block by hand",
        )
    begin, end = markers
    head = _HEAD.fullmatch(begin[0].lstrip(" \t"))
    body = text[begin.end() : end.start()]
    if head is None:
        raise GatewayError(
            f"{where} has a marker of gateway that was edited", "remove the block by hand"
        )
    is_edited = _hash(body) != head["hash"]
    return Block(
        begin.start(), end.end(), head["owner"], body, is_edited, head["joined"] is not None
    )


def with_block(text: str, block: Block | None, owner: str, body: str) -> str:
    """The text with the block at its old place, else at the end.

    Raises GatewayError for an owner that would not stay in the comment: a shell runs what is behind it.
    """
    if not owner.isprintable():
        raise GatewayError(
            "the project's path holds a line break, or another character that cannot be printed",
            "rename the folder",
        )
    is_joined = block.is_joined if block else bool(text) and not text.endswith("\n")
    new = f"{_BEGIN} of {owner} ({_hash(body)}{_JOINED if is_joined else ''})\n{body}{_END}\n"
    if block is not None:
        return text[: block.start] + new + text[block.end :]
    return text + ("\n" if is_joined else "") + new


def without_block(text: str, block: Block) -> str:
    """As it was before `with_block`."""
    before = text[: block.start]
    return (before.removesuffix("\n") if block.is_joined else before) + text[block.end :]


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]
