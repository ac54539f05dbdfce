"""A model's name and values in, its fragment's file and text out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.load import fragment_file, stem
from gateway.model import GatewayError
from gateway.yaml_text import encode_block

_MODELINE = "# yaml-language-server: $schema=../compose/schema/model.schema.json"
_SETTINGS_MODELINE = "# yaml-language-server: $schema=compose/schema/gateway.schema.json"


def fragment_path(name: str) -> str:
    """Where the fragment of `name` goes. Raises GatewayError where no file can be called after it."""
    path = fragment_file(name)
    if path is None:
        raise GatewayError(
            f"`{name}` cannot be a model's name", "use letters, digits, `.`, `_` and `-`"
        )
    return path


def fragment_text(name: str, path: str, values: Mapping[str, Any]) -> str:
    """The values that are not None, a key on each line; `name` only where the file's name is not it."""
    named = {} if stem(path) == name else {"name": name}
    written = {**named, **{key: value for key, value in values.items() if value is not None}}
    return f"{_MODELINE}\n{encode_block(written)}"


def settings_text(values: Mapping[str, Any]) -> str:
    """gateway.yaml, its sections apart from each other."""
    sections = (encode_block({key: value}) for key, value in values.items())
    return _SETTINGS_MODELINE + "\n" + "\n".join(sections)
