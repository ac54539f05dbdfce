"""A client's program found, its environment made, and this process become it: nothing of ours stays between.

With `exec` the terminal, signals, job control, window size, open files and the exit code are the client's
own, because the process is.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from gateway.clients.client import Client
from gateway.model import GatewayError

NOT_FOUND, NOT_EXECUTABLE = 127, 126
_INSTALL = {
    "claude": "npm install -g @anthropic-ai/claude-code",
    "codex": "npm install -g @openai/codex",
    "aider": "python3 -m pip install aider-chat",
    "opencode": "npm install -g opencode-ai",
}
_PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_EXCEPTIONS = ("NO_PROXY", "no_proxy")


class NotStartable(GatewayError):
    """The client's program cannot be run; `code` is what shells end with then."""

    def __init__(self, message: str, hint: str | None, code: int) -> None:
        super().__init__(message, hint)
        self.code = code


def find_program(client: Client, environ: Mapping[str, str]) -> str:
    """Where the client's program is. Raises NotStartable where it is not, or may not be run."""
    name = client.program
    if name is None:
        raise GatewayError(f"{client.title} is no program that could be started")
    path = environ.get("PATH", os.defpath)
    found = shutil.which(name, path=path)
    if found is not None:
        return found
    for folder in path.split(os.pathsep):
        if (Path(folder) / name).is_file():
            raise _not_executable(Path(folder) / name)
    remedy = _INSTALL.get(client.name)
    raise NotStartable(
        f"{client.title} is not installed: there is no `{name}` on PATH",
        f"install it: {remedy}" if remedy else None,
        NOT_FOUND,
    )


def environment_for(
    parent: Mapping[str, str], changes: Mapping[str, str | None], host: str
) -> dict[str, str]:
    """The parent's variables with the client's own; those that are None are not set.

    `host` is the gateway's, which no proxy of the environment is asked for.
    """
    made = {**parent, **{name: value for name, value in changes.items() if value is not None}}
    for name, value in changes.items():
        if value is None:
            made.pop(name, None)
    if any(made.get(name) for name in _PROXIES):
        made |= no_proxy_for(made, host)
    return made


def no_proxy_for(environ: Mapping[str, str], host: str) -> dict[str, str]:
    """NO_PROXY in both spellings, each with what either says, and the host."""
    said = ",".join(environ.get(name, "") for name in _EXCEPTIONS).split(",")
    entries = dict.fromkeys([*filter(None, map(str.strip, said)), host])
    return dict.fromkeys(_EXCEPTIONS, "*" if "*" in entries else ",".join(entries))


def become(program: str, argv: list[str], environ: Mapping[str, str]) -> NoReturn:
    """Replaces this process. Raises NotStartable, where the system says that it cannot be run."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them, and `exec` would pass that on
    try:
        os.execve(program, argv, environ)  # noqa: S606 - no shell is meant
    except OSError as error:
        if error.errno == errno.E2BIG:
            raise NotStartable(
                "the client's arguments are too long", None, NOT_EXECUTABLE
            ) from None
        raise _not_executable(Path(program)) from None


def _not_executable(path: Path) -> NotStartable:
    return NotStartable(
        f"{path} cannot be run", "see that it is a program for this machine", NOT_EXECUTABLE
    )
