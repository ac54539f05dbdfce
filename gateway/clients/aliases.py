"""Models in, a shell function for each out: `kimi` for `gateway run kimi`, `gateway-up` for `gateway up`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gateway.clients.env_formats import fish_quoted, posix_joined

SHELLS = ("bash", "zsh", "fish")
PREFIX = "gateway-"
_MANAGED = ("up", "down", "status", "logs", "restart")
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_RESERVED = frozenset(
    (
        *(
            "if",
            "then",
            "else",
            "elif",
            "fi",
            "case",
            "esac",
            "for",
            "select",
            "while",
            "until",
            "do",
        ),
        *("done", "in", "function", "time", "coproc", "end", "begin", "switch", "and", "or", "not"),
        *(
            "repeat",
            "foreach",
            "nocorrect",
            "noglob",
            "builtin",
            "command",
            "exec",
            "eval",
            "source",
        ),
        *(
            "alias",
            "unalias",
            "export",
            "unset",
            "set",
            "read",
            "test",
            "true",
            "false",
            "cd",
            "pwd",
        ),
        *("echo", "printf", "exit", "return", "break", "continue", "shift", "trap", "wait", "jobs"),
        *(
            "fg",
            "bg",
            "kill",
            "type",
            "hash",
            "help",
            "history",
            "let",
            "local",
            "declare",
            "typeset",
        ),
        *("readonly", "ulimit", "umask", "times", "string", "math", "status", "count", "contains"),
        *("abbr", "argparse", "bind", "block", "complete", "disown", "emit", "functions", "random"),
        *("autoload", "bindkey", "compdef", "dirs", "disable", "enable", "fc", "float", "integer"),
        *(
            "limit",
            "popd",
            "print",
            "pushd",
            "rehash",
            "sched",
            "setopt",
            "unsetopt",
            "vared",
            "which",
        ),
        *(
            "where",
            "whence",
            "zle",
            "zmodload",
            "zstyle",
            "zparseopts",
            "shopt",
            "mapfile",
            "suspend",
        ),
    )
)
"""Words of bash, zsh and fish themselves: a function of such a name would break scripts."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A function's name, what it runs, and why it is not called as the model is."""

    name: str
    command: tuple[str, ...]
    why: str | None = None


def aliases_of(
    models: Iterable[str], gateway: Sequence[str], root: str, is_command: Callable[[str], bool]
) -> tuple[list[Alias], list[str]]:
    """One for each name, then the management's; and the names that no function can have.

    `gateway` starts the tool; `is_command` says whether a program has that name.
    """
    made: dict[str, Alias] = {}
    left: list[str] = []
    managed = {f"{PREFIX}{each}" for each in _MANAGED}
    for model in models:
        name, why = _name_for(model, is_command)
        if name in made or name in managed:
            left.append(model)
            continue
        made[name] = Alias(name, (*gateway, "run", model, "--project", root, "--"), why)
    for each in _MANAGED:
        name = f"{PREFIX}{each}"
        made[name] = Alias(name, (*gateway, each, "--project", root))
    return list(made.values()), left


def _name_for(model: str, is_command: Callable[[str], bool]) -> tuple[str, str | None]:
    """Letters, digits, `.`, `_` and `-` are what every shell takes."""
    name, why = model, None
    if not _NAME.fullmatch(model):
        name = re.sub(r"[^\w.-]+", "-", model, flags=re.ASCII).strip("-.") or "model"
        name = name if _NAME.fullmatch(name) else f"{PREFIX}{name}"
        why = "no shell takes this name for a function"
    if name in _RESERVED:
        return f"{PREFIX}{name}", f"`{name}` is a word of the shell"
    if is_command(name):
        return f"{PREFIX}{name}", f"`{name}` is a program on PATH"
    return name, why


def as_functions(aliases: Iterable[Alias], shell: str) -> str:
    """The text to be sourced. `function NAME` keeps an alias of that name out of the definition."""
    lines = []
    for alias in aliases:
        if shell == "fish":
            command = " ".join(map(fish_quoted, alias.command))
            lines.append(f"function {alias.name}; {command} $argv; end")
        else:
            lines.append(f'function {alias.name} {{ {posix_joined(alias.command)} "$@"; }}')
    return "".join(f"{line}\n" for line in lines)
