"""`api_keys` of gateway.yaml in, diagnostics out about variables named twice and settings without effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Path, Settings
from gateway.resolve.api_keys import (
    NUMBERED,
    ROTATION,
    SEQUENTIAL,
    names_in_keys,
    resolve_keys,
)


def find_key_mistakes(settings: Settings) -> Iterator[Diagnostic]:
    for name, provider in settings.data["providers"].items():
        at: Path = ("providers", name)
        yield from _named_twice(settings, at, provider)
        yield from _idle_rotation(settings, at, provider)
        said = [
            (index, item)
            for index, item in enumerate(provider.get("api_keys", ()))
            if isinstance(item, dict)
        ]
        for index, item in said:
            if "count" in item and not item["env"].endswith(NUMBERED):
                yield _warning(
                    "GW284",
                    f"`count` has no effect: `{item['env']}` has no `{NUMBERED}` at its end",
                    settings,
                    (*at, "api_keys", index, "count"),
                    f"write `{item['env']}_{NUMBERED}` for numbered variables, or remove `count`",
                )
        yield from _idle_shares(settings, at, provider, said)


def _named_twice(settings: Settings, at: Path, provider: Mapping[str, Any]) -> Iterator[Diagnostic]:
    first: dict[str, Path] = {}
    said: set[Path] = set()
    for path, name in names_in_keys(provider):
        earlier = first.setdefault(name, path)
        if earlier == path or path in said:
            continue
        said.add(path)
        there = settings.value_span((*at, *earlier))
        yield Diagnostic(
            "GW280",
            f"the variable `{name}` is named twice: it counts once, as said first",
            settings.path,
            settings.value_span((*at, *path)),
            "remove it; `weight` gives a key more requests",
            Severity.WARNING,
            (Related(settings.path, there, "named here"),),
        )


def _idle_rotation(
    settings: Settings, at: Path, provider: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    if ROTATION in provider and len(resolve_keys(provider)) < 2:
        yield _warning(
            "GW283",
            f"`{ROTATION}` has no effect: provider `{at[-1]}` has no second key",
            settings,
            (*at, ROTATION),
            "remove it, or name another key in `api_keys`",
        )


def _idle_shares(
    settings: Settings,
    at: Path,
    provider: Mapping[str, Any],
    said: Sequence[tuple[int, Mapping[str, Any]]],
) -> Iterator[Diagnostic]:
    """The first `weight` and the first `priority` that change nothing."""
    keys = resolve_keys(provider)
    together = Counter(key.priority for key in keys)
    is_sequential = provider.get(ROTATION) == SEQUENTIAL
    weighed = next((index for index, item in said if "weight" in item), None)
    if weighed is not None and (is_sequential or max(together.values()) < 2):
        why = f"`{ROTATION}` is {SEQUENTIAL}" if is_sequential else "no two keys share a priority"
        yield _warning(
            "GW281",
            f"`weight` has no effect: {why}",
            settings,
            (*at, "api_keys", weighed, "weight"),
            f"remove it, or `{ROTATION}`" if is_sequential else "remove it",
        )
    ranked = next((index for index, item in said if "priority" in item), None)
    if ranked is not None and len(together) < 2:
        yield _warning(
            "GW282",
            f"`priority` has no effect: every key of `{at[-1]}` has the same",
            settings,
            (*at, "api_keys", ranked, "priority"),
            "remove it, or give the keys that come later a higher number",
        )


def _warning(code: str, message: str, settings: Settings, at: Path, hint: str) -> Diagnostic:
    return Diagnostic(code, message, settings.path, settings.key_span(at), hint, Severity.WARNING)
