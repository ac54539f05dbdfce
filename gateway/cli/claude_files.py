"""Said before somebody wonders: which of Claude Code's settings files beat what the gateway tells it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from gateway.cli.options import talk
from gateway.clients.claude_settings import overridden, settings_files

_TOKEN = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105 - the variable's name


def say_files(variables: Mapping[str, str | None]) -> None:
    """For a shell, whose `claude` is started without us."""
    for file, names in overridden(variables, _files()):
        talk(
            f"warning: {file} sets {', '.join(names)}, and beats these variables"
            "\n  = hint: take it out of there, or start the client with `gateway run`"
        )


def say_tokens(variables: Mapping[str, str | None]) -> None:
    """For `gateway run`, which leaves a file no other word: a key is never in a command line."""
    for file, names in overridden(variables, _files()):
        if _TOKEN in names:
            talk(f"warning: {file} sets {_TOKEN}, which is sent instead of the gateway's key")


def _files() -> list[Path]:
    home = os.environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude")  # noqa: PTH111 - no home is no error
    return settings_files(Path(home), Path.cwd())
