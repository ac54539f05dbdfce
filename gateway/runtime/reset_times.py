"""A refusal's headers and body in, out in how many seconds its key may be used again."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST = 35 * 24 * 3600.0  # a monthly quota; what is longer was no time
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = r"\d+(?:\.\d+)?\s*(?:ms|d(?:ays?)?|h(?:ours?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)"
_DURATION = re.compile(rf"\s*(?:{_PART}\s*)+\Z", re.IGNORECASE)
_SAID = re.compile(
    rf"""(?:retryDelay|quotaResetDelay|retry[_ -]?after|resets?(?:\s+(?:in|after))?|again\s+in|wait|"reset")
    ["'\s:=]*((?:{_PART}\s*)+|\d+(?:\.\d+)?(?=["\s,}}]))""",
    re.IGNORECASE | re.VERBOSE,
)
# `…-remaining-…: 0` says which of a provider's several limits it was.
_RESET = re.compile(r"(?:x-)?(?:anthropic-)?ratelimit-(?:reset(.*)|(.+)-reset)\Z")


def seconds_until_reset(headers: Mapping[str, str], body: bytes, now: float | None = None) -> float:
    """0.0 where nothing is said. Names of headers are in lower case.

    `now` in seconds since 1970. A moment that is stated is one of the upstream's clock: its `Date`
    tells what that showed, and ours, which may be wrong, counts where there is none.
    """
    now = time.time() if now is None else now
    now = next((date.timestamp() for date in _dates(headers.get("date", ""))), now)
    milliseconds = _number(headers.get("retry-after-ms", ""))
    stated = milliseconds / 1000 if milliseconds else _until(headers.get("retry-after", ""), now)
    stated = stated or _in_rate_limits(headers, now) or _in_body(body)
    return stated if 0 < stated <= _LONGEST else 0.0


def _in_rate_limits(headers: Mapping[str, str], now: float) -> float:
    """The latest of the limits that are used up; where none says so, the soonest."""
    found: list[tuple[bool, float]] = []
    for name, value in headers.items():
        match = _RESET.match(name)
        seconds = _until(value, now) if match else 0.0
        if seconds > 0:
            remaining = headers.get(name.replace("reset", "remaining"), "")
            found.append((_number(remaining) == 0.0, seconds))
    used_up = [seconds for is_used_up, seconds in found if is_used_up]
    return max(used_up) if used_up else min((seconds for _, seconds in found), default=0.0)


def _in_body(body: bytes) -> float:
    """The longest that its words say: Google's names a delay of the moment and one of the quota."""
    text = body[:20_000].decode("utf-8", "replace").replace("\\", "")
    return max((_duration(match.group(1)) for match in _SAID.finditer(text)), default=0.0)


def _until(value: str, now: float) -> float:
    """`30`, `6m0s`, `143h4m52s`, a date, or seconds or milliseconds since 1970."""
    value = value.strip()
    number = _number(value)
    if number is not None:
        if number > 1e11:
            number /= 1000
        return number - now if number > 1e9 else number
    if _DURATION.match(value):
        return _duration(value)
    return max((date.timestamp() - now for date in _dates(value)), default=0.0)


def _dates(value: str) -> Iterator[datetime]:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            date = read(value)
        except ValueError:
            continue
        yield date if date.tzinfo else date.replace(tzinfo=UTC)
        return


def _duration(text: str) -> float:
    number = _number(text.strip())
    if number is not None:
        return number
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*(ms|[dhms])", text.lower())
    return sum(float(count) * _UNITS[unit] for count, unit in parts)


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
