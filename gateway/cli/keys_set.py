"""A name in, its value asked for and put into `.env` out; the value is never shown, nor part of an error."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.cli.counting import counted
from gateway.cli.options import Colour, talk
from gateway.cli.stack import NOT_IGNORED, check_or_exit
from gateway.constants import ENV_FILE, MASTER_KEY
from gateway.env_edit import with_value
from gateway.env_file import (
    ensure_env_file,
    is_env_ignored,
    set_value,
)
from gateway.env_text import every_assignment
from gateway.keys.accepting import accepted
from gateway.keys.listing import SHORT
from gateway.keys.uses import may_be_shown, require_known, variables_of
from gateway.model import Blueprint, GatewayError, Verb
from gateway.project import read_file

_MOST_BYTES = 100_000
_NOT_HERE = (
    "a command line is seen by others: `gateway keys set NAME` asks for the value, or reads it "
    "from the standard input; if this was a key, have a new one made"
)


def refuse_more(name: str, more: Sequence[str]) -> None:
    """Raises GatewayError where more than a name was given, without repeating it."""
    if more:
        what = "an option is not known, or " if any(m.startswith("-") for m in more) else ""
        raise GatewayError(f"{what}something follows the name", _NOT_HERE)
    if not may_be_shown(name):
        raise GatewayError("this is no name of a variable", _NOT_HERE)


def set_value_of(root: Path, name: str, colour: Colour, *, force: bool, dry_run: bool) -> None:
    """Leaves with the findings where the project has mistakes. Raises GatewayError."""
    blueprint = check_or_exit(root, colour)
    if not force:
        require_known([name], blueprint, "--force sets it all the same")
    value = accepted(_typed(name), name, [each.name for each in blueprint.variables])
    write_value(root, blueprint, name, value, dry_run=dry_run)
    _warn_of_short(blueprint, name, value)
    if not dry_run:
        talk("`gateway up` hands it to the proxy, also to one that runs")


def _warn_of_short(blueprint: Blueprint, name: str, value: str) -> None:
    if len(value) >= SHORT:
        return
    length = counted(len(value), "character")
    if name == MASTER_KEY:
        talk(f"{name} has only {length}: `gateway keys rotate master` makes a long one")
    elif any(each.is_key for each in variables_of(blueprint) if each.name == name):
        talk(f"{name} has only {length}: `gateway keys check` says whether it was cut off")


def _typed(name: str) -> str:
    """From a terminal without being shown, else the whole standard input. Raises GatewayError."""
    if sys.stdin.isatty():
        try:
            return getpass.getpass(f"value of {name} (is not shown): ")
        except EOFError:
            return ""
    read = sys.stdin.buffer.read(_MOST_BYTES + 1)
    if len(read) > _MOST_BYTES:
        raise GatewayError("the standard input is too long to be a key")
    return read.decode("utf-8", "surrogateescape")


def write_value(root: Path, blueprint: Blueprint, name: str, value: str, *, dry_run: bool) -> None:
    """Into `.env`, which is made where there is none; says what was done. Raises GatewayError."""
    _say_who_wins(name)
    if dry_run:
        with_value("", name, value)  # raises where no line can hold it
        talk(f"{Verb.UPDATE:>9}  {ENV_FILE} ({name})")
        return
    made = ensure_env_file(root, blueprint.variables)
    for file in made:
        talk(f"{Verb.CREATE:>9}  {file}")
    times = _lines_of(root, name)
    verb = set_value(root, name, value)
    talk(f"{verb:>9}  {ENV_FILE} ({name}, {counted(len(value), 'character')})")
    if times > 1:
        talk(f"{ENV_FILE} says {name} {times} times: the last one counts, and was set")
    if not is_env_ignored(root):
        talk(NOT_IGNORED)


def _lines_of(root: Path, name: str) -> int:
    found = every_assignment(read_file(root, ENV_FILE).text)
    return sum(each.name == name and not each.is_alone for each in found)


def _say_who_wins(name: str) -> None:
    if name in os.environ:
        what = "" if os.environ[name] else " (empty)"
        talk(f"{name} is set in this environment, too{what}; that wins over {ENV_FILE}: unset it")
