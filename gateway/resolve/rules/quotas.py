"""`quota_groups`, `quota_reset` and limits of gateway.yaml in, diagnostics out about those without effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Model, Path, Settings, Upstream
from gateway.resolve.limits import is_rotated, quotas_of
from gateway.resolve.quotas import GROUPS, OF_DAYS, RESET, is_in
from gateway.yaml_text import shown

# The most in a longer time is reached before the most in a shorter one.
_LONGER = {"rpm": ("rph", "rpd"), "rph": ("rpd",), "tpm": ("tph", "tpd"), "tph": ("tpd",)}


def find_quota_mistakes(models: Iterable[Model], settings: Settings) -> Iterator[Diagnostic]:
    """The models are those that are enabled."""
    for at, limits in _limits_in(settings.data):
        yield from _never_reached(settings, at, limits)
    for name, provider in settings.data["providers"].items():
        if not {GROUPS, RESET} & provider.keys():
            continue
        places = [
            (model, upstream)
            for model in models
            for upstream in model.upstreams
            if upstream.provider.name == name
        ]
        if places:  # a provider that nobody uses is a finding of its own
            yield from _idle_settings(settings, ("providers", name), provider, places)
            ids = sorted({upstream.upstream_model for _, upstream in places})
            groups = provider.get(GROUPS, {})
            yield from _groups_of_nobody(settings, ("providers", name), groups, ids)
            yield from _in_two_groups(settings, ("providers", name), groups, ids)


def _idle_settings(
    settings: Settings,
    at: Path,
    provider: Mapping[str, Any],
    places: Sequence[tuple[Model, Upstream]],
) -> Iterator[Diagnostic]:
    quotas = [quotas_of(model, upstream) for model, upstream in places]
    is_counted = any(quotas) or any(is_rotated(upstream) for _, upstream in places)
    if GROUPS in provider and not is_counted:
        message = (
            f"`{GROUPS}` has no effect: `{at[-1]}` has one key, and no limit by the hour or the day"
        )
        yield _warning("GW287", message, settings, (*at, GROUPS), "remove it, or add a limit")
    if RESET in provider and all(set(OF_DAYS).isdisjoint(each) for each in quotas):
        message = f"`{RESET}` has no effect: nothing at `{at[-1]}` has a limit by the day"
        yield _warning("GW287", message, settings, (*at, RESET), "remove it, or add `rpd` or `tpd`")


def _groups_of_nobody(
    settings: Settings, at: Path, groups: Mapping[str, Sequence[str]], ids: Sequence[str]
) -> Iterator[Diagnostic]:
    for group, patterns in groups.items():
        for index, pattern in enumerate(patterns):
            if not any(is_in(id, (pattern,)) for id in ids):
                message = f"no model of `{at[-1]}` has an id like `{shown(pattern)}`"
                hint = f"write the provider's own id, such as `{shown(ids[0])}`, or remove it"
                span = settings.value_span((*at, GROUPS, group, index))
                yield Diagnostic("GW285", message, settings.path, span, hint, Severity.WARNING)


def _in_two_groups(
    settings: Settings, at: Path, groups: Mapping[str, Sequence[str]], ids: Sequence[str]
) -> Iterator[Diagnostic]:
    for id in ids:
        first, *others = [name for name in groups if is_in(id, groups[name])] or [""]
        if others:
            there = settings.key_span((*at, GROUPS, first))
            yield Diagnostic(
                "GW286",
                f"`{shown(id)}` is in two quota groups: it counts for `{first}` alone",
                settings.path,
                settings.key_span((*at, GROUPS, others[0])),
                "name it in one of them",
                Severity.WARNING,
                (Related(settings.path, there, "the first is here"),),
            )


def _limits_in(data: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, int]]]:
    for name, provider in data["providers"].items():
        if "limits" in provider:
            yield ("providers", name, "limits"), provider["limits"]
        for index, item in enumerate(provider.get("api_keys", ())):
            if isinstance(item, dict) and "limits" in item:
                yield ("providers", name, "api_keys", index, "limits"), item["limits"]


def _never_reached(settings: Settings, at: Path, limits: Mapping[str, int]) -> Iterator[Diagnostic]:
    for key, value in limits.items():
        longer = next((k for k in _LONGER.get(key, ()) if limits.get(k, value + 1) <= value), None)
        if longer:
            message = f"`{key}` is never reached: `{longer}` is {limits[longer]}"
            yield _warning(
                "GW288", message, settings, (*at, key), f"make it lower, or `{longer}` higher"
            )


def _warning(code: str, message: str, settings: Settings, at: Path, hint: str) -> Diagnostic:
    return Diagnostic(code, message, settings.path, settings.key_span(at), hint, Severity.WARNING)
