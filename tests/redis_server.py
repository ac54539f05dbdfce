"""A folder in, a real Redis on a loopback port, with a password and a file of its own, out."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

PASSWORD = "canary-redis-password-0123456789"


class RedisServer:
    """Started anew it keeps its port, and what it had written."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        argv = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        argv += ["--dir", str(self._folder), "--appendonly", "yes", "--appendfsync", "always"]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*argv, "--requirepass", PASSWORD], stdout=log, stderr=log
            )
        until = time.monotonic() + 20
        while self._is_loading():
            assert time.monotonic() < until, (self._folder / "redis.log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """With SIGKILL: nothing is written at the end."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            process.wait()

    def types(self) -> dict[str, str]:
        """Every key's name, and its type."""
        return {key: self.ask("TYPE", key) for key in self.ask("KEYS", "*").split()}

    def ask(self, *words: str) -> str:
        done = subprocess.run(
            ["redis-cli", "-p", str(self.port), *words],
            env={**os.environ, "REDISCLI_AUTH": PASSWORD},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return done.stdout.strip()

    def _is_loading(self) -> bool:
        return self.ask("PING") != "PONG"
