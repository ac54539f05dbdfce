"""A stack in Docker: `docker compose` on the rendered files."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.constants import COMPOSE_FILE, ENV_FILE, IMAGE_VARIABLE
from gateway.engine import command
from gateway.engine.stack import Stack, State
from gateway.model import GatewayError

_SERVICE = "gateway"
_OLDEST_COMPOSE = (2, 20)
_QUICK, _SLOW = 20.0, 900.0  # seconds; the slow one may pull an image


def is_available(environ: Mapping[str, str]) -> bool:
    """Whether a Docker engine answers."""
    try:
        argv = ["docker", "version", "--format", "{{.Server.Version}}"]
        return command.run(argv, cwd=Path("/"), environ=environ, timeout=_QUICK).returncode == 0
    except GatewayError:
        return False


class ImageMissing(GatewayError):
    """The stack's image is not on this machine and cannot be pulled."""


class DockerEngine:
    """See `gateway.engine.stack.Engine`."""

    name = "docker"

    def __init__(self, stack: Stack, environ: Mapping[str, str]) -> None:
        self._stack = stack
        self._environ = environ

    def require(self) -> None:
        if not is_available(self._environ):
            raise GatewayError("no Docker engine answers", "start Docker, or use `--engine process`")
        argv = ["docker", "compose", "version", "--short"]
        done = self._run(argv, _QUICK)
        version = re.match(r"v?(\d+)\.(\d+)", done.stdout)
        if done.returncode != 0 or version is None:
            raise GatewayError("Docker has no Compose plugin", "install Docker Compose 2.20 or newer")
        if (int(version[1]), int(version[2])) < _OLDEST_COMPOSE:
            raise GatewayError(
                f"Docker Compose {done.stdout.strip()} is too old", "install Docker Compose 2.20 or newer"
            )

    def start(self) -> None:
        argv = [*self._compose(), "up", "--detach", "--remove-orphans"]
        done = self._run(argv, _SLOW)
        if done.returncode != 0:
            raise self._start_error(argv, done)

    def _start_error(self, argv: list[str], done: subprocess.CompletedProcess[str]) -> GatewayError:
        said = done.stderr
        port = self._stack.blueprint.server.port
        if "address already in use" in said or "port is already allocated" in said:
            return GatewayError(
                f"port {port} is taken by another program",
                f"stop what listens on it, or set another `server.port` in gateway.yaml (`ss -ltnp sport = :{port}` shows it)",
            )
        if not self._has_image():
            error = command.failed(argv, done)
            return ImageMissing(
                error.message,
                f"the image {self._image()} is not here and cannot be pulled: check the network, or name "
                f"one that is here in the variable {IMAGE_VARIABLE}; `--engine process` needs no image",
            )
        return command.failed(argv, done)

    def stop(self) -> None:
        argv = [*self._compose(), "down", "--remove-orphans"]
        grace = self._stack.blueprint.server.stop_grace_period
        done = self._run(argv, grace + 60)
        if done.returncode != 0:
            raise command.failed(argv, done)

    def state(self) -> State:
        container = self._container()
        if container is None:
            return State(is_running=False)
        state = container["State"]
        has_failed = state["Status"] in ("exited", "dead", "restarting") or container.get("RestartCount", 0) > 0
        return State(
            is_running=state["Status"] == "running",
            has_failed=has_failed,
            config_hash=container["Config"]["Labels"].get("gateway.config"),
            has_same_values=self._has_same_values(container["Config"]["Env"] or []),
            what=f"container {container['Name'].lstrip('/')}",
        )

    def last_lines(self, count: int) -> str:
        argv = [*self._compose(), "logs", "--no-log-prefix", "--no-color", "--tail", str(count), _SERVICE]
        done = self._run(argv, _QUICK)
        return done.stdout + done.stderr

    def follow_logs(self, *, tail: int, follow: bool) -> int:
        argv = [*self._compose(), "logs", "--tail", str(tail), *(["--follow"] if follow else []), _SERVICE]
        return subprocess.call(argv, cwd=self._stack.root, env=dict(self._environ))

    def _compose(self) -> list[str]:
        """The root's compose.yaml where there is one (it includes ours), so that a bare
        `docker compose` at the root and this command mean the same stack."""
        root = self._stack.root
        file = "compose.yaml" if (root / "compose.yaml").exists() else COMPOSE_FILE
        env_file = ["--env-file", ENV_FILE] if (root / ENV_FILE).exists() else []
        return ["docker", "compose", *env_file, "--file", file]

    def _run(self, argv: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
        return command.run(argv, cwd=self._stack.root, environ=self._environ, timeout=timeout)

    def _container(self) -> dict[str, Any] | None:
        listed = self._run([*self._compose(), "ps", "--all", "--quiet", _SERVICE], _QUICK)
        identifier = listed.stdout.strip().splitlines()
        if listed.returncode != 0 or not identifier:
            return None
        done = self._run(["docker", "inspect", identifier[0]], _QUICK)
        found: list[dict[str, Any]] = json.loads(done.stdout or "[]")
        return found[0] if found else None

    def _has_same_values(self, running: list[str]) -> bool:
        """Whether the container's variables are what `.env` says now; an unset one is `missing-NAME`."""
        env = dict(item.partition("=")[::2] for item in running)
        return all(
            env.get(v.name) == self._stack.values.get(v.name, f"missing-{v.name}")
            for v in self._stack.blueprint.variables
        )

    def _image(self) -> str:
        return self._environ.get(IMAGE_VARIABLE) or self._stack.blueprint.server.image

    def _has_image(self) -> bool:
        return self._run(["docker", "image", "inspect", self._image()], _QUICK).returncode == 0
