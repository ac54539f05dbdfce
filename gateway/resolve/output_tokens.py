"""What a fragment and its provider say about the length of answers in, what a request may ask for out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.diagnostics import Diagnostic, Related
from gateway.model import Fragment, Path, Settings

_KEYS = {"min": "min_output_tokens", "max": "max_output_tokens"}
_MODES = frozenset(("chat", "completion", "responses"))


def output_tokens(data: Mapping[str, Any], provider: Mapping[str, Any]) -> dict[str, int]:
    """`min` and `max`, each where one of the two says it; the fragment's own win."""
    if data.get("mode", "chat") not in _MODES:
        return {}
    said = {name: data.get(key, provider.get(key)) for name, key in _KEYS.items()}
    return {name: value for name, value in said.items() if value is not None}


def find_crossed_bounds(fragments: Iterable[Fragment], settings: Settings) -> Iterator[Diagnostic]:
    """A minimum above the maximum, in one place or between a fragment and its provider."""
    providers: Mapping[str, Mapping[str, Any]] = settings.data["providers"]
    for name, provider in providers.items():
        low, high = (provider.get(key) for key in _KEYS.values())
        if low is not None and high is not None and low > high:
            at: Path = ("providers", name)
            yield _crossed(settings, (*at, _KEYS["min"]), settings, (*at, _KEYS["max"]), low, high)
    for fragment in fragments:
        yield from _find_in_fragment(fragment, settings)


def _find_in_fragment(fragment: Fragment, settings: Settings) -> Iterator[Diagnostic]:
    data = fragment.data
    if not any(key in data for key in _KEYS.values()):
        return  # both are the provider's
    served_by = dict.fromkeys(item["provider"] for item in data.get("upstreams") or (data,))
    for name in served_by:
        provider = settings.data["providers"].get(name, {})
        bounds = output_tokens(data, provider)
        if bounds.get("min", 0) <= bounds.get("max", bounds.get("min", 0)):
            continue
        own = next(key for key in _KEYS.values() if key in data)
        other = next(key for key in _KEYS.values() if key != own)
        there: tuple[Fragment, Path] = (fragment, (other,))
        if other not in data:
            there = (settings, ("providers", name, other))
        yield _crossed(fragment, (own,), *there, bounds["min"], bounds["max"])
        return


def _crossed(  # noqa: PLR0913, PLR0917 - two places and two numbers
    file: Fragment, at: Path, other: Fragment, there: Path, low: int, high: int
) -> Diagnostic:
    return Diagnostic(
        "GW294",
        f"`min_output_tokens` is {low}, `max_output_tokens` is {high}",
        file.path,
        file.key_span(at),
        "make the minimum the smaller one",
        related=(Related(other.path, other.key_span(there), "the other is here"),),
    )
