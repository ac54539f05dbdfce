"""A model in, diagnostics out about prices that are not for a million tokens.

The thresholds stand clear of every price in the list of LiteLLM 1.106.2, of about 3,400 models, and
below them lies every price of that list as it is for one token, but for three that the list has a
thousand times too high; a test looks at all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.diagnostics import Diagnostic, Severity
from gateway.model import Model

# Dollars for a million tokens. The cheapest that chat is 0.001, the dearest price for one token of a
# model that people use 0.0006; what counts images or seconds as tokens begins at 0.00013.
_LEAST_OF_TEXT = 0.001
_LEAST_OF_OTHERS = 0.0001
_TEXT = frozenset(("chat", "completion", "responses"))
# The dearest is 9710.
_MOST = 10_000
# Of one model the answer costs between a 33rd of the prompt and 120 times as much.
_CHEAPER_ANSWER = 100
_DEARER_ANSWER = 1_000
_MILLION = 1_000_000


def find_wrong_prices(model: Model) -> Iterator[Diagnostic]:
    """Prices for one token, prices a million times too high, and two that do not belong together."""
    for key, message, hint in wrong_prices(model.price, model.mode):
        span = model.fragment.value_span(("price", key))
        path = model.fragment.path
        yield Diagnostic("GW251", message, path, span, hint, Severity.WARNING)


def wrong_prices(price: Mapping[str, float], mode: str) -> Iterator[tuple[str, str, str | None]]:
    """The key, what is wrong with its price, and what to do."""
    least = _LEAST_OF_TEXT if mode in _TEXT else _LEAST_OF_OTHERS
    is_sound = True
    for key, value in price.items():
        if 0 < value < least:
            is_sound = False
            message = f"`price.{key}` looks like the price of one token"
            yield key, message, f"write `{value * _MILLION:g}`: prices are for a million tokens"
        elif value >= _MOST:
            is_sound = False
            message = f"`price.{key}` is {value:,.0f} dollars for a million tokens"
            yield key, message, f"write `{value / _MILLION:g}` if that is the price"
    if is_sound:
        yield from _unlike(price)


def _unlike(price: Mapping[str, float]) -> Iterator[tuple[str, str, str | None]]:
    asked, answered = price.get("input", 0), price.get("output", 0)
    if asked and answered and not 1 / _CHEAPER_ANSWER <= answered / asked <= _DEARER_ANSWER:
        times = max(asked / answered, answered / asked)
        message = f"`price.input` and `price.output` differ {times:,.0f} times"
        yield "output", message, "write both for a million tokens"
    cached = price.get("cached_input", 0)
    if "input" in price and cached > asked * (1 + 1e-9):
        message = "`price.cached_input` is above `price.input`: what is cached costs less"
        yield "cached_input", message, None
