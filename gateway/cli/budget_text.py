"""What apps used of their budgets in, as text and as data for JSON out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.keys.spending import Used, used_of
from gateway.model import Blueprint

_PERIODS = {"day": "today", "month": "this month"}


def amount_text(amount: float, unit: str) -> str:
    """`2,000,000 tokens`, `5 dollars`, `0.0123 dollars`, `1 request`."""
    if unit == "usd":
        return f"{amount:.4f}".rstrip("0").rstrip(".") + " dollars"
    return f"{amount:,.0f} {unit if round(amount) != 1 else unit.removesuffix('s')}"


def used_by(root: Path, blueprint: Blueprint) -> tuple[Used, ...]:
    """Of the apps whose budgets this machine keeps."""
    if blueprint.shared_state is not None:
        return ()
    budgets = {app.name: app.budget for app in blueprint.apps if app.budget}
    return used_of(root, budgets, datetime.now(UTC))


def used_lines(used: Sequence[Used]) -> list[str]:
    """A line for each app: what it used, and what is left."""
    return [f"the app {each.app} used {used_text(each)}" for each in used]


def used_text(used: Used) -> str:
    """`1,200 of 2,000,000 tokens this month; 1,998,800 are left until 2026-12-01 00:00 UTC`."""
    budget = used.budget
    of = f"{amount_text(budget.amount, budget.unit)} {_PERIODS[budget.per]}"
    if used.used is None or used.left is None:
        return f"an unknown part of {of}: the file of budgets cannot be read"
    spent = amount_text(used.used, budget.unit).rpartition(" ")[0]
    left = amount_text(used.left, budget.unit).rpartition(" ")[0]
    return f"{spent} of {of}; {left} left until {used.resets:%Y-%m-%d %H:%M} UTC"


def used_data(used: Sequence[Used]) -> list[dict[str, Any]]:
    return [
        {
            "app": each.app,
            "unit": each.budget.unit,
            "per": each.budget.per,
            "budget": each.budget.amount,
            "used": each.used,
            "left": each.left,
            "resets": f"{each.resets:%Y-%m-%dT%H:%M:%SZ}",
        }
        for each in used
    ]
