"""aider: flags for one run, or a YAML file of the same names.

Source: aider.chat/docs/config/options.html, /docs/llms/openai-compat.html and `aider --help`; tried with
0.86.2. It is built on LiteLLM: `openai/NAME` is a model behind OPENAI_API_BASE, or OPENAI_BASE_URL. A `.env`
of the folder beats the environment, and flags beat it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.clients.client import NONE, Client, Connection
from gateway.clients.files import YAML, ClientFile, SettingsFile
from gateway.clients.openai_names import seconds

_FILE = SettingsFile("~", ".aider.conf.yml", YAML)


@dataclass(frozen=True, slots=True)
class _Aider(Client):
    name: str = "aider"
    title: str = "aider"
    program: str | None = "aider"
    kept_in: SettingsFile | None = _FILE

    def environment(self, to: Connection) -> dict[str, str | None]:
        return {
            "AIDER_OPENAI_API_BASE": to.openai_url,
            "AIDER_OPENAI_API_KEY": to.key,
            "AIDER_MODEL": f"openai/{to.model.name}",
            "AIDER_WEAK_MODEL": f"openai/{to.small.name}",
            "AIDER_TIMEOUT": str(seconds(to)),
        }

    def argv(
        self,
        to: Connection,
        args: Sequence[str],
        variables: Mapping[str, str | None] = NONE,  # noqa: ARG002 - `.env` may hold others, too
    ) -> list[str]:
        """No `.env` of a cloned repository leads it elsewhere."""
        return [
            "aider",
            *("--openai-api-base", to.openai_url, "--set-env", f"OPENAI_BASE_URL={to.openai_url}"),
            *("--model", f"openai/{to.model.name}", "--weak-model", f"openai/{to.small.name}"),
            *args,
        ]

    def file(self, to: Connection) -> ClientFile:
        """It expands nothing in its file: the key stands there, or in AIDER_OPENAI_API_KEY."""
        values: dict[tuple[str, ...], Any] = {
            ("openai-api-base",): to.openai_url,
            ("model",): f"openai/{to.model.name}",
            ("weak-model",): f"openai/{to.small.name}",
            ("timeout",): seconds(to),
        }
        if not to.hides_key:
            values[("openai-api-key",)] = to.key
        return ClientFile(
            _FILE,
            values,
            holds_key=not to.hides_key,
            needs="AIDER_OPENAI_API_KEY" if to.hides_key else None,
        )


AIDER: Client = _Aider()
