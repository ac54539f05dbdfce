"""The `claude_code` section in, which models stand behind Claude Code's names and kinds of request out."""

from __future__ import annotations

from gateway.model import ClaudeCode, RouteRule, Settings

LONG_CONTEXT = 60_000
"""Tokens; claude-code-router's `longContextThreshold`."""


def resolve_claude_code(settings: Settings) -> ClaudeCode:
    """As it is written, defaults filled in: its names were checked to be models' or aliases."""
    section = settings.data.get("claude_code", {})
    return ClaudeCode(
        tiers=section.get("tiers", {}),
        routes=section.get("routes", {}),
        long_context_threshold=section.get("long_context_threshold", LONG_CONTEXT),
        rules=tuple(
            RouteRule(rule["name"], rule["model"], rule["when"])
            for rule in section.get("rules", ())
        ),
    )
