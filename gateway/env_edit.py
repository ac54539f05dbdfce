"""The text of a `.env`, a name and a value in, the text with that value out: every other byte stays.

What comes out is read again and compared; a text that would be read otherwise is never returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.constants import ENV_FILE
from gateway.env_text import Assignment, assignment, every_assignment
from gateway.model import GatewayError

_MARK = "\ufeff"
_COMMENT = re.compile(r"[ \t]+#")


def with_value(text: str, name: str, value: str) -> str:
    """The text in which `name` has `value`: at its last place, which is the one that counts, else in a
    line of its own at the end.

    `text` is the file as it is on the disk: with its byte order mark, with its CR LF. Raises
    GatewayError where a line of it cannot be read, or where no line can hold the value.
    """
    mark, body = (_MARK, text[1:]) if text.startswith(_MARK) else ("", text)
    before = list(every_assignment(body))
    line = assignment(name, value)
    if line is None:
        raise GatewayError(
            f"no line of {ENV_FILE} can hold this value: Compose would read another",
            "make a key without quotes beside a `$` or a backslash, or pass it in the environment",
        )
    _, _, written = line.partition("=")
    place = next(
        (each for each in reversed(before) if each.name == name and not each.is_alone), None
    )
    if place is None:
        return mark + _checked(_appended(body, line), before, name, value)
    offsets = _offsets(body, place)
    for candidate in (
        _replaced(body, written, offsets),
        _replaced_to_the_end(body, written, offsets),
    ):
        if _reads_as(candidate, before, name, value):
            return mark + candidate
    raise _unsafe(place.line)


def _offsets(text: str, place: Assignment) -> tuple[int, int]:
    """Where the value begins and ends."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    span = place.span
    return starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1


def _replaced(text: str, written: str, offsets: tuple[int, int]) -> str:
    start, end = offsets
    is_comment = text[start : start + 1] == "#" and _COMMENT.match(text, start - 1) is not None
    if is_comment:  # `NAME= # why`: Compose takes it for the value, its author did not
        return f"{text[:start]}{written} {text[start:]}"
    return text[:start] + written + text[end:]


def _replaced_to_the_end(text: str, written: str, offsets: tuple[int, int]) -> str:
    """Without what stood behind the old value: it would be read as a part of the new one."""
    start, end = offsets
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    return text[:start] + written + ("\r" if text[:stop].endswith("\r") else "") + text[stop:]


def _appended(text: str, line: str) -> str:
    newline = "\r\n" if text.rpartition("\n")[0].endswith("\r") else "\n"
    gap = "" if not text or text.endswith("\n") else newline
    return f"{text}{gap}{line}{newline}"


def _checked(text: str, before: Iterable[Assignment], name: str, value: str) -> str:
    if not _reads_as(text, before, name, value):
        raise _unsafe(text.count("\n"))
    return text


def _reads_as(text: str, before: Iterable[Assignment], name: str, value: str) -> bool:
    """Whether `name` is `value` now, and everything else says what it said."""
    try:
        after = list(every_assignment(text))
    except GatewayError:
        return False
    last = {each.name: each for each in after if not each.is_alone}
    is_set = last[name].value == value and last[name].problem is None if name in last else False
    return is_set and _others(after, name) == _others(before, name)


def _others(found: Iterable[Assignment], name: str) -> dict[str, tuple[str, str | None]]:
    return {e.name: (e.value, e.problem) for e in found if e.name != name and not e.is_alone}


def _unsafe(line: int) -> GatewayError:
    return GatewayError(
        f"{ENV_FILE}:{line}: what is written here would be read otherwise after the change",
        "mend this line by hand",
    )
