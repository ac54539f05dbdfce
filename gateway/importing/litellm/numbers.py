"""A number as LiteLLM's files write it in, the number that it stands for out."""

from __future__ import annotations

from decimal import Decimal

from gateway.importing.ledger import Ledger
from gateway.importing.source import Value

_MILLION = 1_000_000


def whole(value: Value | None, ledger: Ledger) -> int | None:
    """A positive whole number, taken; anything else is noted. LiteLLM reads `"60"` as 60 too."""
    if value is None or value.data is None:
        return None
    written = value.take()
    try:
        number = Decimal(str(written))
    except ArithmeticError:
        number = Decimal(0)
    if isinstance(written, bool) or number != number.to_integral_value() or number < 1:
        ledger.note(value, f"`{value.name}` was not carried over: it is no whole number above 0")
        return None
    return int(number)


def per_million(value: Value | None, ledger: Ledger) -> int | float | None:
    """A price for one token, taken, as the price of a million: exact, `0.0000025` is 2.5."""
    if value is None or value.data is None:
        return None
    try:
        price = Decimal(str(value.take())) * _MILLION
    except ArithmeticError:
        price = Decimal(-1)
    if not price.is_finite() or price < 0:
        ledger.note(value, f"`{value.name}` was not carried over: it is no price")
        return None
    return int(price) if price == price.to_integral_value() else float(price)


def duration(seconds: float) -> str:
    """`90` -> `90s`, `0.5` -> `500ms`, `600` -> `10m`."""
    exact = Decimal(str(seconds))
    if exact >= 60 and exact % 60 == 0:
        return f"{exact // 60:f}m"
    if exact == exact.to_integral_value():
        return f"{exact:.0f}s"
    return f"{(exact * 1000).normalize():f}ms"
