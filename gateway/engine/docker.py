"""A stack in Docker: `docker compose` on the rendered files."""

from __future__ import annotations

import errno
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.constants import COMPOSE_FILE, ENV_FILE, IMAGE_VARIABLE
from gateway.engine import command
from gateway.engine.container import (
    SERVICE,
    Container,
    find_containers,
    is_elsewhere,
    projects_of,
    read_state,
)
from gateway.engine.log_text import plain
from gateway.engine.port import cannot_listen, find_obstacle, is_own_port
from gateway.engine.stack import LAUNCH_CHANGED, Stack, State
from gateway.model import GatewayError
from gateway.yaml_text import read_plain

_OLDEST_COMPOSE = (2, 20)
_QUICK, _SLOW = 20.0, 900.0  # seconds; the slow one may pull an image
_NOWHERE = Path("/")  # a folder without a Compose file: the project's name alone says what is meant


def is_available(environ: Mapping[str, str]) -> bool:
    """Whether a Docker engine answers."""
    return _engine_problem(environ) is None


def _engine_problem(environ: Mapping[str, str]) -> str | None:
    argv = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        done = command.run(argv, cwd=_NOWHERE, environ=environ, timeout=_QUICK)
    except GatewayError as error:
        return error.message
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or ["it says nothing"])[-1]


class ImageMissing(GatewayError):
    """The stack's image is not on this machine and cannot be pulled."""


class DockerEngine:
    """See `gateway.engine.stack.Engine`."""

    name = "docker"

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = environ

    def require(self) -> None:
        problem = _engine_problem(self._environ)
        if problem is not None:
            raise GatewayError(
                f"no Docker engine answers: {problem}", "start Docker, or use `--engine process`"
            )
        done = self._run(["docker", "compose", "version", "--short"], _QUICK)
        version = re.match(r"v?(\d+)\.(\d+)", done.stdout)
        if done.returncode != 0 or version is None:
            raise GatewayError(
                "Docker has no Compose plugin", "install Docker Compose 2.20 or newer"
            )
        if (int(version[1]), int(version[2])) < _OLDEST_COMPOSE:
            raise GatewayError(
                f"Docker Compose {done.stdout.strip()} is too old",
                "install Docker Compose 2.20 or newer",
            )

    def prepare(self, stack: Stack, own_url: str) -> None:
        self._require_own_name(self._project_name(stack))
        self._require_port(stack, own_url)
        self._require_image(stack)

    def start(self, stack: Stack) -> None:
        project = self._project_name(stack)
        for other in projects_of(self._containers()) - {project}:
            self._down(other)  # the project was renamed since: two would want the same port
        before = self._ids(project)
        argv = [*self.compose_argv(), "up", "--detach", "--remove-orphans"]
        done = self._run(argv, _SLOW)
        if done.returncode != 0:
            self._remove_new(project, before)
            raise self._start_error(stack, argv, done)

    def stop(self) -> None:
        for project in projects_of(self._containers()):
            self._down(project)

    def state(self, stack: Stack | None = None) -> State:
        containers = self._containers()
        if not containers:
            return State(is_running=False)
        state = read_state(containers[0].details(self._run), stack)
        if stack is None or not state.is_running or state.differences:
            return state
        if self._is_as_composed(containers[0]):
            return state
        return replace(state, differences=(LAUNCH_CHANGED,))

    def last_lines(self, count: int) -> str:
        containers = self._containers()
        if not containers:
            return ""
        argv = ["docker", "logs", "--tail", str(count), containers[0].id]
        done = subprocess.run(  # both streams in the order in which they were written
            argv,
            env=dict(self._environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_QUICK,
            check=False,
        )
        return plain(done.stdout.decode("utf-8", "replace"))

    def follow_logs(self, *, tail: int, follow: bool) -> int:
        containers = self._containers()
        if not containers:
            raise GatewayError("there is no container to read from", "run `gateway up`")
        flags = ["--tail", str(tail), *(["--follow"] if follow else [])]
        argv = ["docker", "logs", *flags, containers[0].id]
        with subprocess.Popen(
            argv,
            env=dict(self._environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            try:
                for line in process.stdout or ():
                    sys.stdout.write(plain(line))
                    sys.stdout.flush()
            except BaseException:
                process.terminate()
                raise
        return 0 if process.returncode == 0 else 2

    def _containers(self) -> list[Container]:
        found = find_containers(self._run)
        return [container for container in found if container.belongs_to(self._root)]

    def _require_own_name(self, project: str) -> None:
        """Compose would take over another project's containers without a word."""
        for container in find_containers(self._run):
            if container.project == project and is_elsewhere(container, self._root):
                raise GatewayError(
                    f"the Compose project `{project}` runs from {container.folder} already",
                    "set another `server.project` and `server.port` in gateway.yaml, and that name "
                    "in compose.yaml, or stop the other one",
                )

    def _project_name(self, stack: Stack) -> str:
        """What Compose will call it; compose.yaml at the root and gateway.yaml must say the same."""
        file = self._root / "compose.yaml"
        name = stack.server.project
        try:
            own = read_plain(file.read_text("utf-8")) if file.exists() else {}
        except (OSError, ValueError):
            raise GatewayError("compose.yaml cannot be read", "mend it, or remove it") from None
        written = own.get("name") if isinstance(own, dict) else None
        if file.exists() and written != name:
            raise GatewayError(
                f"compose.yaml does not have the name `{name}` that gateway.yaml gives the stack",
                f"write `name: {name}` into compose.yaml, or set `server.project` in gateway.yaml",
            )
        return name

    def _start_error(
        self, stack: Stack, argv: list[str], done: subprocess.CompletedProcess[str]
    ) -> GatewayError:
        for words, number in (
            ("address already in use", errno.EADDRINUSE),
            ("port is already allocated", errno.EADDRINUSE),
            ("cannot assign requested address", errno.EADDRNOTAVAIL),
        ):
            if words in done.stderr:
                return cannot_listen(stack.server, number)
        return command.failed(argv, done, hidden=stack.hidden)

    def _require_port(self, stack: Stack, own_url: str) -> None:
        """Where this machine can tell: the engine may be another one, and opens any port below 1024."""
        if not self._environ.get("DOCKER_HOST", "unix://").startswith("unix://"):
            return
        number = find_obstacle(stack.server)
        is_telling = number in (errno.EADDRINUSE, errno.EADDRNOTAVAIL)
        if is_telling and not is_own_port(stack.server, number, own_url):
            raise cannot_listen(stack.server, number)

    def _require_image(self, stack: Stack) -> None:
        """Compose's own reading of its files says which one; a service that is built needs none."""
        argv = [*self.compose_argv(), "config", "--format", "json"]
        done = self._run(argv, _QUICK)
        if done.returncode != 0:
            raise command.failed(argv, done, hidden=stack.hidden)
        service = json.loads(done.stdout)["services"].get(SERVICE, {})
        image = service.get("image")
        if image is None or "build" in service:
            return
        if self._run(["docker", "image", "inspect", image], _QUICK).returncode == 0:
            return
        argv = [*self.compose_argv(), "pull", SERVICE]
        done = self._run(argv, _SLOW)
        if done.returncode != 0:
            raise ImageMissing(
                command.failed(argv, done, hidden=stack.hidden).message,
                f"the image {image} is not here and cannot be pulled: check the network, or name "
                f"one that is here in the variable {IMAGE_VARIABLE}; `--engine process` needs no image",
            )

    def _ids(self, project: str) -> list[str]:
        """Of all containers that Compose made for the project, the user's own services too."""
        label = f"label=com.docker.compose.project={project}"
        argv = ["docker", "ps", "--all", "--no-trunc", "--quiet", "--filter", label]
        done = self._run(argv, _QUICK)
        if done.returncode != 0:
            raise command.failed(argv, done)
        return done.stdout.split()

    def _remove_new(self, project: str, before: list[str]) -> None:
        """What was there before a start that failed is left alone, as far as Compose left it."""
        now = self._ids(project)
        if not set(now) & set(before):
            self._down(project)
        elif new := sorted(set(now) - set(before)):
            self._run(["docker", "rm", "--force", *new], _SLOW)

    def _down(self, project: str) -> None:
        argv = ["docker", "compose", "--project-name", project, "down", "--remove-orphans"]
        environ = {k: v for k, v in self._environ.items() if not k.startswith("COMPOSE_")}
        done = command.run(argv, cwd=_NOWHERE, environ=environ, timeout=_SLOW)
        if done.returncode != 0:
            raise command.failed(argv, done)

    def _is_as_composed(self, container: Container) -> bool:
        """Whether Compose would leave the container alone: its own hash of the service says so."""
        done = self._run([*self.compose_argv(), "config", "--hash", SERVICE], _QUICK)
        wanted = done.stdout.split()
        return done.returncode != 0 or wanted[-1:] == [container.compose_hash]

    def project(self) -> str:
        """What Compose calls it, by its own reading of its files."""
        name: str = self._read("client")["name"]
        return name

    def image_of(self, service: str) -> str:
        """The image of a service that a profile of its name starts."""
        found = self._read(service)["services"].get(service)
        if found is None:
            raise GatewayError(
                f"the stack has no service `{service}`",
                "take it over from the package's own compose.yaml.j2",
            )
        image: str = found["image"]
        return image

    def _read(self, profile: str) -> dict[str, Any]:
        argv = [*self.compose_argv(), "--profile", profile, "config", "--format", "json"]
        done = self._run(argv, _QUICK)
        if done.returncode != 0:
            raise GatewayError(
                f"`{' '.join(argv)}` ended with {done.returncode}", "run it to see why"
            )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def compose_argv(self) -> list[str]:
        """The root's compose.yaml where there is one (it includes ours), so that a bare
        `docker compose` at the root and this command mean the same stack."""
        file = "compose.yaml" if (self._root / "compose.yaml").exists() else COMPOSE_FILE
        env_file = ["--env-file", ENV_FILE] if (self._root / ENV_FILE).exists() else []
        return ["docker", "compose", *env_file, "--file", file]

    def _run(self, argv: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
        return command.run(argv, cwd=self._root, environ=self._environ, timeout=timeout)
