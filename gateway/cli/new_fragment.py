"""A model's name and values in, its fragment's text and file out, with what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.cli.report import report
from gateway.diagnostics import has_errors
from gateway.load import fragment_file, stem
from gateway.model import GatewayError
from gateway.pipeline import check
from gateway.write import write_new
from gateway.yaml_text import encode

_MODELINE = "# yaml-language-server: $schema=../compose/schema/model.schema.json"


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
    return _MODELINE + "\n" + "".join(f"{key}: {encode(value)}\n" for key, value in written.items())


def write_fragment(root: Path, path: str, text: str) -> None:
    """Raises GatewayError where the file exists or cannot be written."""
    if not write_new(root / path, text, 0o644):
        raise GatewayError(f"{path} exists already", "edit it, or choose another name")


def report_new(root: Path, path: str) -> int:
    """Prints what is wrong with the new fragment; the exit code."""
    return 1 if has_errors(report(check(root), only=(path,))) else 0
