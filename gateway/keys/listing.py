"""Variables, a `.env` and an environment in, where each value comes from and what is odd about it out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.constants import ENV_FILE
from gateway.env_file import is_placeholder
from gateway.env_text import Assignment
from gateway.keys.uses import Variable

SHORT = 16
"""A key with fewer characters is cut off, or can be guessed."""


# What templates say where a key belongs; random characters hardly begin like that.
_EXAMPLE = re.compile(
    r"^<.*>$|^(?:sk-)?(?:your|change[-_]?me|replace|insert|paste|enter|put|todo|xxx)|\.\.\.|…",
    re.IGNORECASE,
)


class Source(StrEnum):
    """Who gives the value. The environment wins over `.env`, as in Compose."""

    ENVIRONMENT = "environment"
    FILE = ".env"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Listed:
    """One variable without its value. `line` in `.env`, where that is the source; `notes` as sentences."""

    variable: Variable
    source: Source
    line: int | None
    length: int | None
    same_as: tuple[str, ...]
    notes: tuple[str, ...]


def listed(
    variables: Iterable[Variable],
    assignments: Mapping[str, Assignment],
    process: Mapping[str, str],
) -> tuple[Listed, ...]:
    """`assignments` are those of `.env`, `process` this environment, which wins even where it is empty."""
    variables = tuple(variables)
    values = {v.name: _value(v.name, assignments, process) for v in variables}
    return tuple(_one(variable, values, assignments, process) for variable in variables)


def _value(name: str, assignments: Mapping[str, Assignment], process: Mapping[str, str]) -> str:
    found = assignments.get(name)
    value = process.get(name, found.value if found else "")
    return "" if is_placeholder(name, value) else value


def _one(
    variable: Variable,
    values: Mapping[str, str],
    assignments: Mapping[str, Assignment],
    process: Mapping[str, str],
) -> Listed:
    name, value = variable.name, values[variable.name]
    in_file = assignments.get(name)
    is_from_file = name not in process and in_file is not None
    source = Source.FILE if is_from_file else Source.ENVIRONMENT
    same_as = tuple(n for n, other in values.items() if value and other == value and n != name)
    return Listed(
        variable=variable,
        source=source if value else Source.MISSING,
        line=in_file.line if in_file and is_from_file and value else None,
        length=len(value) if value else None,
        same_as=same_as,
        notes=tuple(_notes(variable, value, same_as, in_file, is_in_process=name in process)),
    )


def _notes(
    variable: Variable,
    value: str,
    same_as: tuple[str, ...],
    in_file: Assignment | None,
    *,
    is_in_process: bool,
) -> Iterable[str]:
    if is_in_process and in_file is not None and in_file.value != value:
        what = "its value" if value else "it is empty there, so that it is missing: its value"
        yield f"set in this environment, which wins: {what} in {ENV_FILE}:{in_file.line} has no effect"
    if not is_in_process and in_file is not None and in_file.problem:
        hint = f": {in_file.hint}" if in_file.hint else ""
        yield f"its value {in_file.problem}{hint}"
    if value and variable.is_key and len(value) < SHORT:
        yield f"only {len(value)} character{'s' if len(value) > 1 else ''}: cut off, or easy to guess"
    if value and variable.is_key and _EXAMPLE.search(value):
        yield "reads like an example, not like a key"
    if same_as and variable.is_key:
        yield f"the same value as {', '.join(same_as)}"
