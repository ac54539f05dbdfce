"""A project, a client on PATH and homes that can be looked at: `gateway run` as somebody has it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.commands import soon
from engine.left_overs import processes
from stack.projects import MASTER_KEY, Project, gateway, model, provider

from gateway.engine.readiness import listed_models

HERE = Path(__file__).parent
NOWHERE = "http://127.0.0.1:9/v1"
KEY_LINE = "Claude Code gets the master key (LITELLM_MASTER_KEY): it may use every model\n"


def client_script() -> str:
    """A client that a shell starts: Python itself would hide which signals it was told to ignore."""
    client = shlex.quote(str(HERE / "client_program.py"))
    return (
        "#!/bin/sh\n"
        "IGNORED=$(sed -n 's/^SigIgn:\\t//p' /proc/$$/status)\n"
        f'export IGNORED\nexec {shlex.quote(sys.executable)} -S {client} "$@"\n'
    )


@dataclass
class Rig:
    """`gateway run` in `project`, with a HOME, a TMPDIR and a PATH of its own."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("home", "tmp", "bin", "project", "client"):
            (self.folder / name).mkdir()
        models = {"kimi": model("far", "m", aliases=["k2"]), "glm-5": model("far", "g")}
        self.port = Project({"far": provider(NOWHERE)}, models, self.settings).write(self.project)
        self.install("claude", client_script())
        done = gateway(self.project, "render", "-q")
        assert done.returncode == 0, done.stderr
        (self.project / "compose" / "litellm.py").write_text(
            (HERE / "quick_proxy.py").read_text("utf-8"), "utf-8"
        )
        (self.project / "compose" / "names").write_text("kimi k2 glm-5")
        self.before = self.files()

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def record_file(self) -> Path:
        return self.folder / "client" / "record"

    @property
    def lock(self) -> Path:
        return self.project / ".gateway" / "run.lock"

    def install(self, name: str, text: str, mode: int = 0o755) -> None:
        (self.folder / "bin" / name).write_text(text)
        (self.folder / "bin" / name).chmod(mode)

    def environ(self, **more: str) -> dict[str, str]:
        kept = {
            name: os.environ[name]
            for name in ("DOCKER_HOST", "GATEWAY_IMAGE")
            if name in os.environ
        }
        return {
            **kept,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "RECORD": str(self.record_file),
            **more,
        }

    def argv(self, *argv: str, engine: str = "process") -> list[str]:
        return [
            *(sys.executable, "-m", "gateway", "run"),
            *("--project", str(self.project), "--engine", engine, *argv),
        ]

    def run(
        self, *argv: str, stdin: str = "", engine: str = "process", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(*argv, engine=engine),
            cwd=self.folder,
            env=self.environ(**environ),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def begin(self, *argv: str, record: str = "record") -> subprocess.Popen[str]:
        """In the background, in a group of its own; waits for nothing."""
        return subprocess.Popen(
            self.argv(*argv),
            cwd=self.folder,
            env=self.environ(RECORD=str(self.record_file.with_name(record))),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def client_runs(self, record: str = "record") -> bool:
        return soon(self.record_file.with_name(record).exists)

    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.record_file.read_text())
        return found

    def answers(self) -> bool:
        return listed_models(f"http://127.0.0.1:{self.port}", MASTER_KEY) is not None

    def files(self) -> dict[str, bytes]:
        """Of the project, HOME and TMPDIR; the documented state is the log alone."""
        state = self.project / ".gateway"
        logs = (state / "proxy.log", state / "proxy.log.1")
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for name in ("home", "tmp", "project")
            for path in (self.folder / name).rglob("*")
            if path.is_file() and path not in logs and "__pycache__" not in path.parts
        }

    def nothing_is_left(self) -> bool:
        """Soon: the keeper stops the stack when the last client has ended."""
        is_gone = soon(lambda: not processes(str(self.folder)) and not self.lock.exists())
        assert is_gone, processes(str(self.folder))
        assert self.files() == self.before
        return not self.answers()
