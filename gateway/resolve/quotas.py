"""What a provider says about quotas in, which quota an upstream has and whether any is counted out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from gateway.model import Blueprint

GROUPS, RESET = "quota_groups", "quota_reset"
OF_DAYS = ("rpd", "tpd")
LONG = ("rph", "rpd", "tph", "tpd")
"""The limits that outlive a restart. LiteLLM knows none of them: the runtime counts."""


def resolve_groups(provider: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(patterns) for name, patterns in provider.get(GROUPS, {}).items()}


def resolve_reset(provider: Mapping[str, Any]) -> int:
    """Seconds after midnight."""
    hours, minutes = provider.get(RESET, "00:00").split(":")
    return 3600 * int(hours) + 60 * int(minutes)


def group_of(upstream_model: str, groups: Mapping[str, Sequence[str]]) -> str | None:
    """The first group that has the model."""
    return next((name for name in groups if is_in(upstream_model, groups[name])), None)


def is_in(upstream_model: str, patterns: Sequence[str]) -> bool:
    """A `*` is any text; every other character is itself."""
    return any(
        fnmatchcase(upstream_model, pattern.replace("[", "[[]").replace("?", "[?]"))
        for pattern in patterns
    )


def counts_keys(blueprint: Blueprint) -> bool:
    """Whether a provider has several keys, or something has a limit by the hour or the day."""
    return any("key" in each.model_info.get("gateway", {}) for each in blueprint.deployments)


def has_state(blueprint: Blueprint) -> bool:
    """Whether something is kept on this machine across restarts: budgets of apps, what keys were used for."""
    has_budgets = blueprint.shared_state is None and any(app.budget for app in blueprint.apps)
    return counts_keys(blueprint) or has_budgets
