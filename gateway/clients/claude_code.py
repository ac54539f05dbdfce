"""Claude Code: the variables that lead it to the gateway, and to models that are not Anthropic's.

Sources: code.claude.com/docs/en/settings ("Environment variables"), /model-config and /llm-gateway; what
they leave open was read out of the program itself (2.1.330) and seen in its requests
(tests/stack/test_claude_code_requests.py).
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.clients.claude_settings import pinned
from gateway.clients.client import NONE, Client, ClientModel, Connection
from gateway.clients.files import ABSENT, JSON, ClientFile, SettingsFile
from gateway.clients.files.client_file import Place

TIERS = ("haiku", "sonnet", "opus", "fable")
"""The families that the client has a variable for: its `/model` picker and agents name them."""

SMALL_MODEL = "ANTHROPIC_DEFAULT_HAIKU_MODEL"
"""Who answers side requests. Where it is not set, and the address is not Anthropic's, the session's model does."""

_ELSEWHERE = (
    *("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY"),
    *("CLAUDE_CODE_USE_ANTHROPIC_AWS", "CLAUDE_CODE_USE_MANTLE", "CLAUDE_CODE_USE_GATEWAY"),
    "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "ANTHROPIC_UNIX_SOCKET",
    "ANTHROPIC_SMALL_FAST_MODEL",  # the old name of the haiku tier's variable
)
"""Variables that lead to another place, or name a model of Anthropic's."""

_DEFAULT_TIMEOUT = 600.0
_DEFAULT_OUTPUT = 32_000
"""What the client asks for at most of a model that it does not know."""

_USUAL_WINDOW = 200_000

_FILE = SettingsFile("~/.claude", "settings.json", JSON, "CLAUDE_CONFIG_DIR")


@dataclass(frozen=True, slots=True)
class _ClaudeCode(Client):
    name: str = "claude"
    title: str = "Claude Code"
    program: str | None = "claude"
    kept_in: SettingsFile | None = _FILE

    def environment(self, to: Connection) -> dict[str, str | None]:
        """What each variable does: docs/clients.md."""
        return {
            "ANTHROPIC_BASE_URL": to.url,
            "ANTHROPIC_AUTH_TOKEN": to.key,
            "ANTHROPIC_API_KEY": None,  # a key beside a token: the client asks which is meant
            "ANTHROPIC_MODEL": to.model.name,
            **_tiers(to),
            "CLAUDE_CODE_SUBAGENT_MODEL": to.subagent.name if to.subagent else None,
            **_sizes(to.model),
            "API_TIMEOUT_MS": str(math.ceil(max(to.total, _DEFAULT_TIMEOUT) * 1000)),
            "CLAUDE_CODE_MAX_RETRIES": "3",  # the gateway has gone through the chain before
            "CLAUDE_CODE_ATTRIBUTION_HEADER": "0",
            "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1",
            "DISABLE_COST_WARNINGS": "1",  # it knows Anthropic's prices alone
            **dict.fromkeys(_ELSEWHERE),
        }

    def argv(
        self, to: Connection, args: Sequence[str], variables: Mapping[str, str | None] = NONE
    ) -> list[str]:
        """Its settings files beat the environment: everything but the key is said here again."""
        return ["claude", *pinned({n: v for n, v in variables.items() if v != to.key}, args)]

    def file(self, to: Connection) -> ClientFile:
        """Source: code.claude.com/docs/en/settings. `apiKeyHelper` is a command that prints the key."""
        variables = self.environment(to)
        values: dict[Place, Any] = {}
        if to.key_command:
            variables["ANTHROPIC_AUTH_TOKEN"] = None
            values["apiKeyHelper",] = shlex.join(to.key_command)
        for name, value in variables.items():
            values["env", name] = ABSENT if value is None else value
        return ClientFile(_FILE, values, holds_key=not to.key_command)


def _tiers(to: Connection) -> dict[str, str | None]:
    """A tier that the project does not name is the chosen model; the haiku tier asks side questions."""
    named = {tier: model for tier, model in to.tiers.items() if re.fullmatch("[a-z]+", tier)}
    tiers = {**dict.fromkeys(TIERS, to.model), "haiku": to.small, **named}
    return {f"ANTHROPIC_DEFAULT_{tier.upper()}_MODEL": model.name for tier, model in tiers.items()}


def _sizes(model: ClientModel) -> dict[str, str | None]:
    """The client takes a million tokens for the window of a model that it does not know: it would
    never compact in time. Where the project does not say either, it is told what its own models have.

    An answer's length that nobody said is at most a quarter of the window: upstreams such as vLLM
    refuse a request whose prompt and answer together may not fit.
    """
    window, output = model.context_window, model.max_output_tokens
    if output is None and window is not None and window // 4 < _DEFAULT_OUTPUT:
        output = window // 4
    return {
        "CLAUDE_CODE_MAX_CONTEXT_TOKENS": str(window or _USUAL_WINDOW),
        "CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(output) if output else None,
    }


CLAUDE_CODE: Client = _ClaudeCode()
