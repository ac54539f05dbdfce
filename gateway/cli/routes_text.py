"""A blueprint in, which models answer Claude Code out, as text and as data: shared by models and status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.model import Blueprint


def routes_text(blueprint: Blueprint) -> str:
    """Three lines at most; nothing where the project says nothing about Claude Code."""
    claude = blueprint.claude_code
    parts = {
        "tiers": claude.tiers,
        "routes": claude.routes,
        "rules": {rule.name: rule.model for rule in claude.rules},
    }
    lines = [f"  {name:<6}  {_arrows(part)}\n" for name, part in parts.items() if part]
    return "".join(("Claude Code's names and requests, rules first:\n", *lines)) if lines else ""


def _arrows(part: Mapping[str, str]) -> str:
    return ", ".join(f"{name} → {model}" for name, model in part.items())


def routes_data(blueprint: Blueprint) -> dict[str, Any]:
    claude = blueprint.claude_code
    return {
        "tiers": dict(claude.tiers),
        "routes": dict(claude.routes),
        "long_context_threshold": claude.long_context_threshold,
        "rules": [
            {"name": rule.name, "model": rule.model, "when": dict(rule.when)}
            for rule in claude.rules
        ],
    }
