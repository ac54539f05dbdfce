"""Claude Code's settings files beat the environment, those of a cloned repository too: what is put against them.

Measured with 2.1.330: `--settings JSON` beats `~/.claude/settings.json` and a folder's
`.claude/settings.json` and `.claude/settings.local.json`; of two `--settings` the last one counts alone;
an empty variable, and an empty `apiKeyHelper`, are unset. Where a helper is set, its key is sent beside ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.model import GatewayError

FLAG = "--settings"
_OF_A_FOLDER = (".claude/settings.json", ".claude/settings.local.json")
_LEADS = re.compile(r"ANTHROPIC_(BASE_URL|AUTH_TOKEN|MODEL|DEFAULT_[A-Z]+_MODEL)")
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|HEADERS", re.IGNORECASE)


def pinned(variables: Mapping[str, str | None], args: Sequence[str]) -> list[str]:
    """The arguments, with `--settings` that say these variables; None is one that must not be set.

    Settings among the arguments are merged; the variables win. Raises GatewayError where they cannot be.
    """
    theirs, rest = _taken_out(args)
    settings = {} if theirs is None else _read_given(theirs)
    env = settings.get("env")
    own = {name: value or "" for name, value in variables.items()}
    settings |= {"apiKeyHelper": "", "env": {**(env if isinstance(env, dict) else {}), **own}}
    return [FLAG, json.dumps(settings, ensure_ascii=False), *rest]


def settings_files(home: Path, folder: Path) -> list[Path]:
    """Those that the client reads in a folder; `home` is its own, `~/.claude`."""
    return [home / "settings.json", *(folder / name for name in _OF_A_FOLDER)]


def overridden(
    variables: Mapping[str, str | None], files: Sequence[Path]
) -> list[tuple[Path, list[str]]]:
    """The files that lead to another place, with another key or to another model, and by which variables."""
    found = []
    for file in files:
        env = _env_of(file)
        names = [n for n in env if _LEADS.fullmatch(n) and env[n] != variables.get(n)]
        if names:
            found.append((file, names))
    return found


def _taken_out(args: Sequence[str]) -> tuple[str | None, list[str]]:
    """The last `--settings`, and the other arguments."""
    given: str | None = None
    rest: list[str] = []
    words = iter(args)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word == FLAG:
            given = next(words, "")
        elif word.startswith(f"{FLAG}="):
            given = word.partition("=")[2]
        else:
            rest.append(word)
    return given, rest


def _read_given(given: str) -> dict[str, Any]:
    """JSON, or the name of a file. What a file keeps secret stays out of the command line."""
    is_file = not given.lstrip().startswith("{")
    name = given if is_file else f"what {FLAG} says"
    try:
        read = json.loads(Path(given).read_text("utf-8") if is_file else given)
    except (OSError, ValueError):
        raise GatewayError(f"{name or FLAG} is no JSON that can be read") from None
    if not isinstance(read, dict):
        raise GatewayError(f"{name} is not a JSON object")
    env = read.get("env")
    secret = [n for n in env if _SECRET.search(n)] if is_file and isinstance(env, dict) else []
    if secret:
        raise GatewayError(
            f"{name} sets `{secret[0]}`, which everybody on this machine could read in the process list",
            f"set `{secret[0]}` in the environment, or in .claude/settings.local.json",
        )
    return read


def _env_of(file: Path) -> dict[str, Any]:
    try:
        read = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}  # the client says itself what is wrong with it
    env = read.get("env") if isinstance(read, dict) else None
    return env if isinstance(env, dict) else {}
