"""Providers and models go in, a project on the disk and a gateway that really runs it come out."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from stack.asking import Proxy
from stack.launcher import Launcher

MASTER_KEY = "sk-test-0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Stack:
    """A project whose gateway runs."""

    root: Path
    engine: str
    proxy: Proxy

    @property
    def log_file(self) -> Path:
        """The proxy's own log; of the process engine only."""
        return self.root / ".gateway" / "proxy.log"


@dataclass(frozen=True, slots=True)
class Project:
    """What a project says, as data. JSON is YAML: nothing here has to quote."""

    providers: Mapping[str, Mapping[str, Any]]
    models: Mapping[str, Mapping[str, Any]]
    """By name, which is the file's too; the first one is the default model."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """More keys of gateway.yaml; `server` is merged with a free port and a name of its own."""
    values: Mapping[str, str] = field(default_factory=dict)
    """More lines of `.env`, beside the master key."""

    def write(self, root: Path) -> int:
        """Write it into the folder; returns the port."""
        port = free_port()
        own = {"port": port, "project": f"gateway-test-{uuid.uuid4().hex[:8]}"}
        data = {
            "default_model": next(iter(self.models)),
            "providers": self.providers,
            **self.settings,
            "server": {**own, **self.settings.get("server", {})},
        }
        (root / "models.d").mkdir(parents=True, exist_ok=True)
        (root / "gateway.yaml").write_text(json.dumps(data, indent=1), "utf-8")
        for name, model in self.models.items():
            (root / "models.d" / f"{name}.yaml").write_text(json.dumps(model, indent=1), "utf-8")
        lines = {"LITELLM_MASTER_KEY": MASTER_KEY, **self.values}
        env = root / ".env"
        env.write_text("".join(f"{name}={value}\n" for name, value in lines.items()), "utf-8")
        env.chmod(0o600)
        port = data["server"]["port"]
        return int(port)


class StartStack(Protocol):
    """The fixture `start_stack`: brings a project's gateway up."""

    def __call__(self, project: Project, *, engine: str = "process") -> Stack: ...


def gateway(
    root: Path,
    *argv: str,
    environ: Mapping[str, str] | None = None,
    timeout: float = 240,
    typed: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run the real command on the project, with no variable of this process but a few.

    `typed` comes from its standard input.
    """
    return subprocess.run(
        [sys.executable, "-m", "gateway", *argv, "--project", str(root)],
        env={**_inherited(), **(environ or {})},
        cwd=root,
        input=typed,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def forked_gateway(root: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """The same, but what it starts has LiteLLM imported already: for tests of what then runs."""
    return _launcher().run([*argv, "--project", str(root)], root, _inherited())


@functools.cache
def _launcher() -> Launcher:
    launcher = Launcher(_inherited())
    atexit.register(launcher.close)
    return launcher


def _inherited() -> dict[str, str]:
    names = (
        "PATH",
        "HOME",
        "DOCKER_HOST",
        "DOCKER_CONFIG",
        "GATEWAY_IMAGE",
        "TMPDIR",
        "PYTHONPATH",
    )
    return {name: os.environ[name] for name in names if name in os.environ}


@contextlib.contextmanager
def running(
    root: Path,
    project: Project,
    *,
    engine: str = "process",
    environ: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """`gateway up` … `gateway down` around the block; a stack that does not come up fails the test."""
    port = project.write(root)
    is_quick = engine == "process" and environ is None
    command = forked_gateway if is_quick else functools.partial(gateway, environ=environ)
    up = command(root, "up", "--engine", engine)
    assert up.returncode == 0, up.stderr
    try:
        yield Stack(root, engine, Proxy(f"http://127.0.0.1:{port}", MASTER_KEY))
    finally:
        down = command(root, "down", "--engine", engine)
    assert down.returncode == 0, down.stderr


def provider(base_url: str, *keys: str, prefix: str = "openai") -> dict[str, Any]:
    """A provider at an address, with the names of the variables that hold its keys."""
    return {"litellm": prefix, "api_base": base_url, "api_keys": list(keys)}


def model(provider: str, upstream_model: str, *fallbacks: str, **more: Any) -> dict[str, Any]:
    """A fragment."""
    chain = {"fallbacks": list(fallbacks)} if fallbacks else {}
    return {"provider": provider, "model": upstream_model, **chain, **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
