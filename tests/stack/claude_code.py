"""A prompt goes in, what the real Claude Code client did with it, alone with the gateway, comes out."""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import node_tools
from absence import not_here
from stack.projects import MASTER_KEY
from stack.recorder import Exchange, recorded

PORT = 4000
"""Where the gateway is for the client, in a namespace of its own: the same in every run."""
_LOCKED = Path(__file__).parents[2] / "templates" / "client"
"""The version that `gateway shell` has inside is the one that is tested."""
_ALONE = Path(__file__).with_name("alone.py")
_MACHINES = {"x86_64": "x64", "aarch64": "arm64"}
_QUIET = dict.fromkeys(
    (
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
        "DISABLE_TELEMETRY",
        "DISABLE_ERROR_REPORTING",
        "DISABLE_AUTOUPDATER",
    ),
    "1",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of the client came to."""

    code: int
    out: str
    err: str
    exchanges: list[Exchange]
    tried_elsewhere: Mapping[str, int]

    def messages(self) -> list[Exchange]:
        return [each for each in self.exchanges if each.path.startswith("/v1/messages?")]

    def events(self) -> list[dict[str, Any]]:
        """The lines of `--output-format stream-json`."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Client:
    """A person's home and work folder, and the gateway that the client is led to."""

    home: Path
    gateway: str | None
    """Its URL; None where nothing listens."""
    program: Path

    @property
    def work(self) -> Path:
        return self.home / "work"

    @property
    def _report(self) -> Path:
        return self.home / "report.json"

    def prepared(self, files: Mapping[str, str | bytes]) -> Path:
        """The work folder with these files in it."""
        for name, content in files.items():
            file = self.work / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.work

    def run(self, *args: str, **options: Any) -> Outcome:
        """Run `claude ARGS…`; options as for `run_other`."""
        return self.run_other(str(self.program), *args, **options)

    def run_other(
        self,
        *argv: str,
        environ: Mapping[str, str | None] | None = None,
        said: str = "",
        timeout: float = 90,
    ) -> Outcome:
        """Run a program as alone as the client is; `said` is its standard input.

        A variable that is None is not set. Raises TimeoutExpired, and all that ran is gone then.
        """
        with self._started(argv, environ or {}) as (process, exchanges):
            out, err = process.communicate(said, timeout)
        assert self._report.exists(), f"no namespace of its own: {err}"
        tried = json.loads(self._report.read_text("utf-8"))
        return Outcome(process.returncode, out, err, exchanges, tried)

    def interrupted(self, *args: str, when: Callable[[], bool], within: float = 60) -> None:
        """Run `claude ARGS…` until something is true, then send it what Ctrl-C sends."""
        with self._started((str(self.program), *args), {}) as (process, _):
            until = time.monotonic() + within
            while not when() and process.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            os.kill(int(children.read_text("ascii")), signal.SIGINT)  # unshare itself ignores it
            process.communicate(timeout=20)

    @contextmanager
    def on_path(self, port: int) -> Iterator[tuple[dict[str, str], list[Exchange]]]:
        """An environment in which `claude` is the client, alone with the gateway at this port."""
        self.work.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            alone, exchanges = self._alone(stack, port)
            command = self.home / "bin" / "claude"
            command.parent.mkdir(exist_ok=True)
            command.write_text(f'#!/bin/sh\nexec {shlex.join([*alone, str(self.program)])} "$@"\n')
            command.chmod(0o755)
            path = f"{command.parent}:{os.environ['PATH']}"
            own = {"HOME": str(self.home), "LANG": "C.UTF-8", "PATH": path}
            yield {**own, "CLAUDE_CONFIG_DIR": str(self.home / ".claude"), **_QUIET}, exchanges

    @contextmanager
    def _started(
        self, argv: Sequence[str], environ: Mapping[str, str | None]
    ) -> Iterator[tuple[subprocess.Popen[str], list[Exchange]]]:
        """The program under way; gone when the block ends."""
        self.work.mkdir(parents=True, exist_ok=True)
        self._report.unlink(missing_ok=True)
        with ExitStack() as stack:
            alone, exchanges = self._alone(stack, PORT)
            process = stack.enter_context(
                subprocess.Popen(
                    [*alone, *argv],
                    env=self._environment(environ),
                    cwd=self.work,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            yield process, exchanges

    def _alone(self, stack: ExitStack, port: int) -> tuple[list[str], list[Exchange]]:
        """What to put before a command so that it runs alone, and what it will have asked."""
        argv = [*_own_namespaces(), sys.executable, "-I", str(_ALONE)]
        argv += ["--port", str(port), "--report", str(self._report)]
        if self.gateway is None:
            return [*argv, "--"], []
        door = stack.enter_context(recorded(self.gateway))
        return [*argv, "--door", str(door.path), "--"], door.exchanges

    def _environment(self, more: Mapping[str, str | None]) -> dict[str, str]:
        variables: dict[str, str | None] = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "CLAUDE_CONFIG_DIR": str(self.home / ".claude"),
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{PORT}",
            "ANTHROPIC_AUTH_TOKEN": MASTER_KEY,
            **_QUIET,
            **more,
        }
        return {name: value for name, value in variables.items() if value is not None}


def installed() -> Path:
    """The native program of the npm package. On a machine that it is not tested on: as without npm."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        not_here("the client is run on Linux on x86-64 and ARM alone")
    folder = node_tools.npm_folder(_LOCKED)
    package = f"claude-code-linux-{_MACHINES[platform.machine()]}"
    return folder / "node_modules" / "@anthropic-ai" / package / "claude"


def _own_namespaces() -> Sequence[str]:
    """A network and a process namespace of its own; what runs in it ends with it."""
    assert shutil.which("unshare"), "the client has to be alone: install util-linux"
    own_user = () if os.geteuid() == 0 else ("--map-root-user",)
    return ("unshare", *own_user, "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--")
