"""Codex: a provider of its own, given on the command line or in its configuration.

Source: developers.openai.com/codex/config-reference; tried with codex-cli 0.169.0, which speaks
`responses` alone (`wire_api = "chat"` is an error) and reads `-c KEY=VALUE` with VALUE as TOML.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.clients.client import NONE, Client, Connection
from gateway.clients.files import TOML, ClientFile, SettingsFile
from gateway.clients.files.client_file import Place

PROVIDER = "gateway"
KEY_VARIABLE = "GATEWAY_API_KEY"
"""Not LITELLM_MASTER_KEY: a shell that has it would give one project's key to every other project."""
_IDLE_DEFAULT = 300.0

_FILE = SettingsFile("~/.codex", "config.toml", TOML, "CODEX_HOME")


@dataclass(frozen=True, slots=True)
class _Codex(Client):
    name: str = "codex"
    title: str = "Codex"
    program: str | None = "codex"
    kept_in: SettingsFile | None = _FILE

    def environment(self, to: Connection) -> dict[str, str | None]:
        return {KEY_VARIABLE: to.key}

    def argv(
        self,
        to: Connection,
        args: Sequence[str],
        variables: Mapping[str, str | None] = NONE,  # noqa: ARG002 - its file says none
    ) -> list[str]:
        """Everything is an override: no file is read for it, none is left behind."""
        overrides = {**_chosen(to), f"model_providers.{PROVIDER}": _provider(to)}
        flags = [
            part for key, value in overrides.items() for part in ("-c", f"{key}={_toml(value)}")
        ]
        return ["codex", *flags, *args]

    def file(self, to: Connection) -> ClientFile:
        """`auth.command` prints the key; `experimental_bearer_token` is the key itself."""
        provider = _provider(to)
        if to.key_command:
            del provider["env_key"]
            command, *args = to.key_command
            provider |= {"auth.command": command, "auth.args": args}
        elif not to.hides_key:
            del provider["env_key"]
            provider |= {"experimental_bearer_token": to.key}
        values: dict[Place, Any] = {(key,): value for key, value in _chosen(to).items()}
        for key, value in provider.items():
            values["model_providers", PROVIDER, *key.split(".")] = value
        holds_key = "experimental_bearer_token" in provider
        return ClientFile(_FILE, values, holds_key)


def _chosen(to: Connection) -> dict[str, Any]:
    sizes = {"model_context_window": to.model.context_window}
    return {
        "model": to.model.name,
        "model_provider": PROVIDER,
        **{key: value for key, value in sizes.items() if value},
    }


def _provider(to: Connection) -> dict[str, Any]:
    return {
        "name": "gateway",
        "base_url": to.openai_url,
        "env_key": KEY_VARIABLE,
        "wire_api": "responses",
        "stream_idle_timeout_ms": int(max(to.total, _IDLE_DEFAULT) * 1000),
    }


def _toml(value: Any) -> str:
    """An inline TOML value; JSON's text and numbers are TOML's."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


CODEX: Client = _Codex()
