"""A project's `.env`: made once with a strong master key, read as Compose reads it, changed a value at a time."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.constants import ENV_FILE, MASTER_KEY, MAX_FILE_BYTES
from gateway.env_edit import with_value
from gateway.env_text import Assignment, assignment, read_assignments, value_of
from gateway.model import EnvRef, GatewayError, Verb
from gateway.project import read_bytes, read_file
from gateway.write import replace_content, write_new

_HEADER = """\
# Values for the stack; never committed. Put a value that holds a $ into single quotes.
# What is left empty is missing: its provider answers 401, the others work.
"""
GITIGNORE = ".gitignore"
PRIVATE = 0o600
_TRIES = 5
_MISSING = "missing-"
IGNORED = ".env\n.gateway/\n.gateway-tmp-*\n__pycache__/\n"
"""What git should leave alone in a project: the keys, what a running stack leaves, cut-off writes."""
_NAMES_ENV = frozenset([ENV_FILE, f"{ENV_FILE}*", f"*{ENV_FILE}", f"**/{ENV_FILE}", "*"])


def ensure_env_file(root: Path, variables: Iterable[EnvRef]) -> tuple[str, ...]:
    """Makes `.env` (0600) where there is none: random keys for the owner and each app, the others empty.

    Before it a `.gitignore` that names it, where there is none; one that exists is never changed.
    Returns the names of the files that were made. Raises GatewayError where one cannot be written.
    """
    variables = tuple(variables)
    if (root / ENV_FILE).exists() or (root / ENV_FILE).is_symlink():
        return ()
    made = (
        (GITIGNORE, IGNORED, 0o644),
        (ENV_FILE, new_env_text(_own_keys(variables), (v.name for v in variables)), PRIVATE),
    )
    return tuple(name for name, content, mode in made if write_new(root / name, content, mode))


def _own_keys(variables: Iterable[EnvRef]) -> dict[str, str]:
    return {variable.name: new_master_key() for variable in variables if variable.is_ours}


def new_env_text(values: Mapping[str, str], names: Iterable[str]) -> str:
    """A new `.env`: the master key (of `values`, else a random one), the values, other names empty.

    Each of the values must be one that a line can hold.
    """
    known = {MASTER_KEY: new_master_key(), **values}
    empty = dict.fromkeys((name for name in names if name not in known), "")
    lines = [assignment(name, value) for name, value in {**known, **empty}.items()]
    assert None not in lines  # noqa: S101 - the caller asked `assignment` before
    return _HEADER + "".join(f"{line}\n" for line in lines)


def assignments_of(root: Path) -> dict[str, Assignment] | None:
    """What a project's `.env` assigns, None where there is none. Raises GatewayError."""
    exists = (root / ENV_FILE).exists() or (root / ENV_FILE).is_symlink()
    return read_assignments(read_file(root, ENV_FILE).text) if exists else None


def is_env_ignored(root: Path) -> bool:
    """Whether the project's own `.gitignore` has a line for `.env`."""
    try:
        lines = (root / GITIGNORE).read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return not {line.strip().removeprefix("/") for line in lines}.isdisjoint(_NAMES_ENV)


def new_master_key() -> str:
    """256 random bits behind `sk-`: letters, digits, `-` and `_`, which nobody expands."""
    return f"sk-{secrets.token_urlsafe(32)}"


def read_environment(
    root: Path, names: Iterable[str], process: Mapping[str, str]
) -> dict[str, str]:
    """The values of the variables that have one: of `process` (this environment), else of `.env`.

    As in Compose, a variable that `process` holds empty is empty, and an empty one has no value; nor
    has one that holds what stands for a missing one.
    Raises GatewayError where `.env` cannot be read, or says what Compose would read otherwise.
    """
    assignments = assignments_of(root) or {}
    values = {
        name: process[name] if name in process else value_of(name, assignments) for name in names
    }
    for name, value in values.items():
        if not (value.isascii() and value.isprintable()):
            raise GatewayError(
                f"`{name}` in the environment holds a character that no HTTP header can carry"
            )
    return {n: value for n, value in values.items() if value and not is_placeholder(n, value)}


def environment_of(variables: Iterable[EnvRef], values: Mapping[str, str]) -> dict[str, str]:
    """What the proxy gets for each variable; an unset one arrives as what cannot be a key, so that
    LiteLLM takes no other provider's in its place."""
    return {
        v.name: values.get(v.name, "" if v.may_be_empty else f"{_MISSING}{v.name}")
        for v in variables
    }


def is_placeholder(name: str, value: str) -> bool:
    """Whether this is what stands for an unset variable."""
    return value == f"{_MISSING}{name}"


def set_value(root: Path, name: str, value: str) -> Verb:
    """Gives a variable its value in `.env`, which is there; every other byte stays, its mode becomes 0600.

    Raises GatewayError where `.env` cannot be read or written, or no line of it can hold the value.
    """
    for _ in range(_TRIES):
        old = read_bytes(root, ENV_FILE, MAX_FILE_BYTES)
        read_file(root, ENV_FILE)  # says the line that is not UTF-8
        new = with_value(old.decode(), name, value).encode()
        if new == old and stat.S_IMODE((root / ENV_FILE).stat().st_mode) == PRIVATE:
            return Verb.UNCHANGED
        if replace_content(root, ENV_FILE, old, new, PRIVATE):
            return Verb.UPDATE
    raise GatewayError(f"{ENV_FILE} keeps changing: nothing was written", "try again")
