"""OpenCode: a provider in its JSON configuration, in its file or given in one variable.

Source: opencode.ai/docs/config and /docs/providers ("Custom provider"); tried with opencode 1.18.33,
which carries `@ai-sdk/openai-compatible` with it and merges OPENCODE_CONFIG_CONTENT over its files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gateway.clients.client import Client, ClientModel, Connection
from gateway.clients.files import JSON, ClientFile, SettingsFile
from gateway.clients.files.client_file import Place

PROVIDER = "gateway"
KEY_VARIABLE = "GATEWAY_API_KEY"
_OUTPUT = 32_000
"""Where nobody said how long an answer may be: what OpenCode itself asks for at most."""

_FILE = SettingsFile("~/.config", "opencode/opencode.json", JSON, "XDG_CONFIG_HOME")


@dataclass(frozen=True, slots=True)
class _OpenCode(Client):
    name: str = "opencode"
    title: str = "OpenCode"
    program: str | None = "opencode"
    kept_in: SettingsFile | None = _FILE

    def environment(self, to: Connection) -> dict[str, str | None]:
        config: dict[str, Any] = {}
        for place, value in _values(to, f"{{env:{KEY_VARIABLE}}}").items():
            inner = config
            for part in place[:-1]:
                inner = inner.setdefault(part, {})
            inner[place[-1]] = value
        return {KEY_VARIABLE: to.key, "OPENCODE_CONFIG_CONTENT": json.dumps(config)}

    def file(self, to: Connection) -> ClientFile:
        """It runs no command for a key: the key stands in the file, or in a variable."""
        key = f"{{env:{KEY_VARIABLE}}}" if to.hides_key else to.key
        values = {("$schema",): "https://opencode.ai/config.json", **_values(to, key)}
        return ClientFile(
            _FILE, values, holds_key=not to.hides_key, needs=KEY_VARIABLE if to.hides_key else None
        )


def _values(to: Connection, key: str) -> dict[Place, Any]:
    provider = ("provider", PROVIDER)
    return {
        ("model",): f"{PROVIDER}/{to.model.name}",
        ("small_model",): f"{PROVIDER}/{to.small.name}",
        (*provider, "npm"): "@ai-sdk/openai-compatible",
        (*provider, "name"): "gateway",
        (*provider, "options", "baseURL"): to.openai_url,
        (*provider, "options", "apiKey"): key,
        (*provider, "options", "timeout"): int(to.total * 1000),
        (*provider, "models"): {m.name: _model(m) for m in to.models if m.mode == "chat"},
    }


def _model(model: ClientModel) -> dict[str, Any]:
    told: dict[str, Any] = {"name": model.name}
    if model.context_window:
        output = model.max_output_tokens or min(_OUTPUT, model.context_window // 4)
        told["limit"] = {"context": model.context_window, "output": output}
    for key, capability in (("tool_call", "tools"), ("reasoning", "thinking")):
        if model.capabilities is not None:
            told[key] = capability in model.capabilities
    return told


OPENCODE: Client = _OpenCode()
