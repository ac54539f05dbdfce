"""`gateway keys login` in a project, and the person at the browser or the device."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from authorization_server import AuthorizationServer
from cli.command_line import Ran, environment

NAME = "acme"


def write_project(root: Path, server: AuthorizationServer, **more: Any) -> Path:
    """One provider that is logged in to at `server`; `more` keys of its `oauth`."""
    (root / "models.d").mkdir(parents=True, exist_ok=True)
    provider = {
        "litellm": "openai",
        "api_base": "http://127.0.0.1:9/v1",
        "oauth": server.oauth(**more),
    }
    settings = {"default_model": "glm-5", "providers": {NAME: provider}}
    (root / "gateway.yaml").write_text(json.dumps(settings))
    (root / "models.d" / "glm-5.yaml").write_text("provider: acme\nmodel: zai-org/glm-5\n")
    return root


def token_file(root: Path) -> Path:
    return root / ".gateway" / "oauth" / f"{NAME}.json"


class Login:
    """The command, running; what it says is read as it comes."""

    def __init__(self, root: Path, *args: str, first: tuple[str, ...] = ("-m", "gateway")) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *first, "keys", "login", NAME, *args],
            cwd=root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.said += line

    def hears(self, pattern: str) -> str:
        """The first group of what it says; fails where it ends without."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            found = re.search(pattern, self.said)
            if found:
                return found[1]
            if self._process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.02)
        raise AssertionError(self.said)

    def url(self) -> str:
        url = self.hears(r"(http\S+/authorize\S+)\n")
        self.hears(r"(waiting)")
        return url

    def end(self) -> Ran:
        code = self._process.wait(timeout=40)
        self._reader.join(5)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        out = self._process.stdout.read()
        self._process.stdout.close()
        self._process.stderr.close()
        return Ran(code, out, self.said)


def redirected(url: str) -> str:
    """Where the authorization server sends the browser."""
    answer = httpx.get(url, follow_redirects=False)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


def log_in(
    root: Path,
    *args: str,
    meanwhile: Callable[[str], None] | None = None,
    first: tuple[str, ...] = ("-m", "gateway"),
) -> Ran:
    """The whole of it; `meanwhile` gets the address that the browser is sent to, before it goes there."""
    login = Login(root, "--no-browser", *args, first=first)
    back = redirected(login.url())
    if meanwhile:
        meanwhile(back)
    assert httpx.get(back).status_code == 200
    return login.end()
