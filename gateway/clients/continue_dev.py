"""Continue: an assistant of its own, beside those that are there.

Source: docs.continue.dev/reference (config.yaml) and core/config/ConfigHandler.ts: every YAML file in
`~/.continue/assistants/` is offered in the list of assistants. The schema is @continuedev/config-yaml's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.clients.client import Client, ClientModel, Connection
from gateway.clients.files import WHOLE, ClientFile, SettingsFile
from gateway.clients.files.whole import CONTENT
from gateway.clients.openai_names import seconds
from gateway.yaml_text import encode_block

_ROLES = {"chat": ["chat", "edit", "apply"], "embedding": ["embed"], "rerank": ["rerank"]}
_CAPABILITIES = {"tools": "tool_use", "vision": "image_input"}
_SECRET = "${{ secrets.GATEWAY_API_KEY }}"  # noqa: S105 - a reference

_FILE = SettingsFile("~/.continue", "assistants/gateway.yaml", WHOLE, "CONTINUE_GLOBAL_DIR")


@dataclass(frozen=True, slots=True)
class _Continue(Client):
    name: str = "continue"
    title: str = "Continue"
    kept_in: SettingsFile | None = _FILE

    def file(self, to: Connection) -> ClientFile:
        """The chosen model first: it is the one that Continue begins with."""
        others = [model for model in to.models if model.name != to.model.name]
        models = [_model(m, to) for m in (to.model, *others) if m.mode in _ROLES]
        config = {"name": "gateway", "version": "1.0.0", "schema": "v1", "models": models}
        values = {CONTENT: encode_block(config)}
        return ClientFile(
            _FILE,
            values,
            holds_key=not to.hides_key,
            needs="GATEWAY_API_KEY" if to.hides_key else None,
        )


def _model(model: ClientModel, to: Connection) -> dict[str, Any]:
    sizes = {"contextLength": model.context_window, "maxTokens": model.max_output_tokens}
    options = {key: size for key, size in sizes.items() if size and model.mode == "chat"}
    told: dict[str, Any] = {
        "name": model.name,
        "provider": "openai",
        "model": model.name,
        "apiBase": to.openai_url,
        "apiKey": _SECRET if to.hides_key else to.key,
        "roles": _ROLES[model.mode],
    }
    if options:
        told["defaultCompletionOptions"] = options
    if model.capabilities is not None and model.mode == "chat":
        told["capabilities"] = [_CAPABILITIES[c] for c in _CAPABILITIES if c in model.capabilities]
    return told | {"requestOptions": {"timeout": seconds(to)}}


CONTINUE: Client = _Continue()
