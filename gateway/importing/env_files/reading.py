"""The text of another tool's `.env` in, its variables with their lines out.

The tools read it with python-dotenv, we as Compose does. Where the two would take different values,
the value stays behind and a note says why; a `$` that stands alone is text to python-dotenv.
"""

from __future__ import annotations

import re

from gateway.env_text import Assignment, UnreadableLineError, every_assignment
from gateway.importing.record import Place, Record
from gateway.model import GatewayError

_MOST_BAD_LINES = 20


def read_env(path: str, text: str) -> Record:
    """Raises GatewayError where the text is no `.env` at all."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    bad: list[tuple[int, str, str | None]] = []
    while True:
        try:
            found = list(every_assignment("\n".join(lines)))
            break
        except UnreadableLineError as error:
            bad.append((error.line, error.problem, error.hint))
            lines[error.line - 1] = ""
            if len(bad) > _MOST_BAD_LINES:
                raise GatewayError(
                    f"{path}: more than {_MOST_BAD_LINES} lines are not `NAME=value`: it is no .env"
                ) from None
    last = {assignment.name: assignment for assignment in found}
    places: dict[Place, int] = {(): 1, **{(name,): one.line for name, one in last.items()}}
    source = Record(path, {name: _value(one) for name, one in last.items()}, places)
    for line, problem, hint in bad:
        source.remark_line(line, f"not carried over: {problem}", hint)
    for one in found:
        if one is not last[one.name]:
            source.remark_line(one.line, f"`{one.name}` stands again below: the last one counts")
    for name, one in last.items():
        if one.is_alone:
            source.note((name,), f"`{name}` has no value here: it comes from the environment")
        elif _is_unsure(one):
            source.remark((name,), f"`{name}` {one.problem}: its value is left behind", one.hint)
    return source


def _is_unsure(one: Assignment) -> bool:
    """Whether python-dotenv would take something else, or nobody could send it."""
    if one.problem is None:
        return False
    alone = "$" in one.value and "${" not in one.value and "\\" not in one.value
    return not (alone and one.value.isascii() and one.value.isprintable() and "#" not in one.value)


def _value(one: Assignment) -> str:
    return "" if _is_unsure(one) else one.value


def assigns(text: str, *names: str) -> bool:
    """Whether a text has a line that assigns one of the names, which may be patterns."""
    pattern = rf"(?m)^[ \t]*(?:export[ \t]+)?(?:{'|'.join(names)})[ \t]*="
    return re.search(pattern, text) is not None


def may_be_env(path: str) -> bool:
    return not path.lower().endswith((".json", ".json5", ".jsonc", ".yaml", ".yml", ".toml"))
