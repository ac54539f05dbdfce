"""Claude Code: the variables that lead it to the gateway, and to a model that is not Anthropic's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.clients.client import Client, Connection


@dataclass(frozen=True, slots=True)
class _ClaudeCode:
    name: str = "claude"
    title: str = "Claude Code"
    program: str | None = "claude"

    def environment(self, to: Connection) -> dict[str, str | None]:
        """Source: code.claude.com/docs/en/settings, "Environment variables"."""
        return {
            "ANTHROPIC_BASE_URL": to.url,
            "ANTHROPIC_AUTH_TOKEN": to.key,
            "ANTHROPIC_API_KEY": None,
            "ANTHROPIC_MODEL": to.model.name,
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": to.small.name,
        }

    def argv(self, to: Connection, args: Sequence[str]) -> list[str]:  # noqa: ARG002 - other clients need it
        return ["claude", *args]


CLAUDE_CODE: Client = _ClaudeCode()
