"""A project's `.env`: made once with a strong master key, read as Compose reads it, never changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.constants import ENV_FILE, MASTER_KEY
from gateway.env_text import read_assignments, value_of
from gateway.model import EnvRef, GatewayError
from gateway.project import read_file
from gateway.write import write_new

_HEADER = """\
# Values for the stack; never committed. Put a value that holds a $ into single quotes.
# What is left empty is missing: its provider answers 401, the others work.
"""


def ensure_env_file(root: Path, variables: Iterable[EnvRef]) -> bool:
    """Makes `.env` (0600) where there is none: a random master key, every other variable empty.

    Returns whether it was made. Raises GatewayError where it cannot be written.
    """
    if (root / ENV_FILE).exists() or (root / ENV_FILE).is_symlink():
        return False
    others = [v.name for v in variables if v.name != MASTER_KEY]
    text = _HEADER + f"{MASTER_KEY}={new_master_key()}\n" + "".join(f"{n}=\n" for n in others)
    return write_new(root / ENV_FILE, text, 0o600)


def new_master_key() -> str:
    """256 random bits behind `sk-`: letters, digits, `-` and `_`, which nobody expands."""
    return f"sk-{secrets.token_urlsafe(32)}"


def read_environment(
    root: Path, names: Iterable[str], process: Mapping[str, str]
) -> dict[str, str]:
    """The values of the variables that have one: of `process` (this environment), else of `.env`.

    As in Compose, a variable that `process` holds empty is empty, and an empty one has no value.
    Raises GatewayError where `.env` cannot be read, or says what Compose would read otherwise.
    """
    assignments = read_assignments(_text(root))
    values = {
        name: process[name] if name in process else value_of(name, assignments) for name in names
    }
    for name, value in values.items():
        if not (value.isascii() and value.isprintable()):
            raise GatewayError(
                f"`{name}` in the environment holds a character that no HTTP header can carry"
            )
    return {name: value for name, value in values.items() if value}


def _text(root: Path) -> str:
    exists = (root / ENV_FILE).exists() or (root / ENV_FILE).is_symlink()
    return read_file(root, ENV_FILE).text if exists else ""
