"""A project's `.env`: made once with a strong master key, read as Compose reads it, never changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.constants import ENV_FILE, MASTER_KEY
from gateway.model import EnvRef, GatewayError
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
    text = _HEADER + f"{MASTER_KEY}={new_master_key()}\n" + "".join(f"{name}=\n" for name in others)
    return write_new(root / ENV_FILE, text, 0o600)


def new_master_key() -> str:
    """256 random bits behind `sk-`: letters, digits, `-` and `_`, which neither Compose nor a shell reads."""
    return f"sk-{secrets.token_urlsafe(32)}"


def read_environment(root: Path, variables: Iterable[EnvRef], process: Mapping[str, str]) -> dict[str, str]:
    """The value of each variable: from `process` (this process's environment), else from `.env`.

    An empty value is none, as in Compose's `${NAME:-…}`. Raises GatewayError where `.env` cannot be read.
    """
    from dotenv import dotenv_values  # noqa: PLC0415 - only what runs a stack needs it

    path = root / ENV_FILE
    try:
        values = dotenv_values(path, interpolate=False) if path.exists() else {}
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else (error.strerror or "").lower()
        raise GatewayError(f"{ENV_FILE} cannot be read ({reason})") from None
    found = {v.name: process.get(v.name) or values.get(v.name) or "" for v in variables}
    return {name: value for name, value in found.items() if value}
