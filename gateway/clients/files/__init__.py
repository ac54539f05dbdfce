"""A client's own settings file in, the same with what leads it to the gateway out; and back again."""

from __future__ import annotations

from gateway.clients.files.client_file import ABSENT, ClientFile, Document, SettingsFile
from gateway.clients.files.dotenv_text import DOTENV
from gateway.clients.files.json_text import JSON
from gateway.clients.files.toml_text import TOML
from gateway.clients.files.whole import WHOLE
from gateway.clients.files.yaml_flat import YAML

__all__ = [
    "ABSENT",
    "DOTENV",
    "JSON",
    "TOML",
    "WHOLE",
    "YAML",
    "ClientFile",
    "Document",
    "SettingsFile",
]
