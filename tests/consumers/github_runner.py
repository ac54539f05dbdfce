"""What GitHub's runner makes of a job's output, and of an action's steps.

Written after the runner's own sources: ActionCommand.cs (a line becomes a command),
ActionCommandManager.cs (an annotation's lines and columns), FileCommandManager.cs (files of
`name=value` and of `name<<delimiter`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

COMMANDS = {"error", "warning", "notice", "add-mask", "stop-commands", "group", "endgroup", "debug"}
_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    data: str


def parsed(line: str) -> Command | None:
    """One line of output: a command, or None where the runner prints it as it stands."""
    line = line.lstrip()
    if line.startswith("::"):
        info, colons, data = line[2:].partition("::")
        name, _, rest = info.partition(" ")
        if colons and name in COMMANDS:
            return Command(name, _properties(rest.strip(), ",", _PROPERTY), _unescaped(data, _DATA))
    _, start, rest = line.partition("##[")  # the old form, anywhere in a line
    info, bracket, data = rest.partition("]")
    name, _, properties = info.partition(" ")
    if start and bracket and name in COMMANDS:
        return Command(name, _properties(properties, ";", _PROPERTY), data)
    return None


def commands(output: str) -> list[Command]:
    lines = re.split(
        "\r\n|\n|\r", output
    )  # not splitlines(), which knows more line breaks than .NET
    return [command for line in lines if (command := parsed(line)) is not None]


def _properties(text: str, separator: str, mapping: tuple[tuple[str, str], ...]) -> dict[str, str]:
    pairs = (part.split("=", 1) for part in text.split(separator) if part)
    return {pair[0]: _unescaped(pair[1], mapping) for pair in pairs if len(pair) == 2 and all(pair)}


def _unescaped(text: str, mapping: tuple[tuple[str, str], ...]) -> str:
    for escaped, plain in mapping:
        text = text.replace(escaped, plain)
    return text


def dropped(annotation: Command) -> list[str]:
    """The properties that the runner throws away with a message in its debug log."""
    at = {key: int(annotation.properties[key]) for key in ("line", "endLine", "col", "endColumn") if key in annotation.properties}  # fmt: skip
    gone = []
    if "col" in at and "line" not in at:
        gone.append("col")
    if "endLine" in at and at["endLine"] < at.get("line", 0):
        gone.append("endLine")
    if "endColumn" in at and at["endColumn"] < at.get("col", 0):
        gone.append("endColumn")
    if {"col", "endColumn"} & at.keys() and at.get("endLine", at["line"]) != at["line"]:
        gone.append("columns on different lines")
    return gone


def read_pairs(text: str) -> dict[str, str]:
    """GITHUB_OUTPUT and GITHUB_ENV: `name=value`, and `name<<delimiter` with a value of several lines."""
    pairs: dict[str, str] = {}
    lines = iter(re.split("\r?\n", text))
    for line in lines:
        name, equals, value = line.partition("=")
        start, arrows, delimiter = line.partition("<<")
        if arrows and (not equals or len(start) < len(name)):
            taken = []
            for inner in lines:
                if inner == delimiter:
                    break
                taken.append(inner)
            else:
                raise AssertionError(f"no {delimiter} ends {start}")
            pairs[start] = "\n".join(taken)
        elif equals:
            pairs[name] = value
        elif line:
            raise AssertionError(f"the runner refuses the line {line!r}")
    return pairs
