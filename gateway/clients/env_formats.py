"""A client's variables in, text that a shell, a reader of `.env` files or a program takes them from out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from gateway.model import GatewayError

_BARE = re.compile(r"[\w./:@%+,~-]*", re.ASCII)
_PLAIN = re.compile(r"[\w./:@+,-]*", re.ASCII)
_EXPANDED = re.compile(r"[$\\`]")

Variables = Mapping[str, str | None]
"""Values by name; None is a variable that must not be set."""


def as_posix(variables: Variables, key: str, key_command: Sequence[str]) -> str:
    """For sh, bash and zsh: `eval "$(…)"`. Where there is a `key_command`, it stands for the key."""
    lines = []
    for name, value in variables.items():
        if value is None:
            lines.append(f"unset {name}")
        elif value == key and key_command:
            lines.append(f'export {name}="$({posix_joined(key_command)})"')
        else:
            lines.append(f"export {name}={posix_quoted(value)}")
    return _joined(lines)


def as_fish(variables: Variables, key: str, key_command: Sequence[str]) -> str:
    """For fish: `gateway env … | source`."""
    lines = []
    for name, value in variables.items():
        if value is None:
            lines.append(f"set -e {name}")
        elif value == key and key_command:
            lines.append(f"set -gx {name} ({' '.join(map(fish_quoted, key_command))})")
        else:
            lines.append(f"set -gx {name} {fish_quoted(value)}")
    return _joined(lines)


def as_dotenv(variables: Variables, reference: str = "") -> str:
    """What is not to be set is a comment: such a file can take nothing away. Raises GatewayError.

    A value that is `reference` is meant to be expanded.
    """
    lines = []
    for name, value in variables.items():
        if value is None:
            lines.append(f"# {name} must not be set")
        else:
            is_meant = bool(reference) and value == reference
            lines.append(f"{name}={value}" if is_meant else dotenv_line(name, value))
    return _joined(lines)


def as_json(variables: Variables) -> str:
    """One object; `null` is a variable that must not be set."""
    return json.dumps(dict(variables), indent=2, ensure_ascii=False) + "\n"


def posix_quoted(text: str) -> str:
    """As `shlex.quote`, but for zsh as well, where `=name` is the path of a program."""
    if text and _PLAIN.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\"'\"'") + "'"


def posix_joined(argv: Iterable[str]) -> str:
    """A command line."""
    return " ".join(map(posix_quoted, argv))


def fish_quoted(text: str) -> str:
    """In single quotes fish takes a backslash before a quote and before itself, and nothing else."""
    if text and _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def dotenv_line(name: str, value: str) -> str:
    """`NAME=value`, in the one spelling that Compose, python-dotenv, Node and Next.js read alike.

    Raises GatewayError, without the value, where there is none: they differ in `$`, in backslashes and
    in which quote may stand in which.
    """
    if _BARE.fullmatch(value):
        return f"{name}={value}"
    if _EXPANDED.search(value) or not value.isprintable() or ("'" in value and '"' in value):
        raise GatewayError(
            f"no line of a .env file says the value of `{name}` so that every program reads the same",
            "use a value without `$`, backslash, backquote, and without both kinds of quotes",
        )
    quote = '"' if "'" in value else "'"
    return f"{name}={quote}{value}{quote}"


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
