"""What the Docker engine tells about the containers of gateways, as values."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.constants import CONTAINER_PORT, STACK_DIR
from gateway.engine import command
from gateway.engine.stack import CONFIG_CHANGED, Stack, State, url_of, values_changed
from gateway.model import GatewayError

SERVICE = "gateway"
_COMPOSE = "com.docker.compose"
_QUICK = 20.0

Run = Callable[[list[str], float], subprocess.CompletedProcess[str]]
"""Runs a command for at most so many seconds."""


@dataclass(frozen=True, slots=True)
class Container:
    """A gateway's container, running or not; `folder` is where its Compose file lies."""

    id: str
    project: str
    compose_hash: str
    folder: Path

    def belongs_to(self, root: Path) -> bool:
        """Whether it was started from the project at `root`, or from its `compose/`."""
        ours = (root.resolve(), (root / STACK_DIR).resolve())
        return self.folder.resolve() in ours

    def details(self, run: Run) -> dict[str, Any]:
        """What `docker inspect` says. Empty where it is gone meanwhile."""
        found = json.loads(run(["docker", "inspect", self.id], _QUICK).stdout or "[]")
        return found[0] if found else {}


def find_containers(run: Run) -> list[Container]:
    """The containers of all gateways on this machine, the newest first."""
    labels = ("project", "config-hash", "project.working_dir")
    shown = "\t".join(["{{.ID}}", *(f'{{{{.Label "{_COMPOSE}.{label}"}}}}' for label in labels)])
    wanted = (f"{_COMPOSE}.service={SERVICE}", f"{_COMPOSE}.oneoff=False", "gateway.config")
    filters = [part for label in wanted for part in ("--filter", f"label={label}")]
    argv = ["docker", "ps", "--all", "--no-trunc", *filters, "--format", shown]
    done = run(argv, _QUICK)
    if done.returncode != 0:
        raise command.failed(argv, done)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return [Container(row[0], row[1], row[2], Path(row[3])) for row in rows if len(row) == 4]


def projects_of(containers: Iterable[Container]) -> set[str]:
    return {container.project for container in containers}


def is_elsewhere(container: Container, root: Path) -> bool:
    """Whether another project, which is still there, has it; one that was moved is ours."""
    return not container.belongs_to(root) and container.folder.exists()


def read_state(details: dict[str, Any], stack: Stack | None) -> State:
    """The state that `docker inspect` tells of, compared with `stack` where one is given."""
    if not details:
        return State(is_running=False)
    state, config = details["State"], details["Config"]
    ended = state["Status"] in ("exited", "dead", "restarting")
    changed = _changed(config, stack) if stack is not None else ()
    return State(
        is_running=state["Status"] == "running",
        has_failed=ended or details.get("RestartCount", 0) > 0,
        url=_published(details["HostConfig"].get("PortBindings") or {}),
        what=f"container {details['Name'].lstrip('/')}",
        differences=_differences(config, stack, changed) if stack is not None else (),
        changed=changed,
        run=f"{details['Id']} {state['StartedAt']}",
    )


def _changed(config: dict[str, Any], stack: Stack) -> tuple[str, ...]:
    running = dict(pair.partition("=")[::2] for pair in config.get("Env") or [])
    wanted = stack.environment()
    return tuple(sorted(name for name, value in wanted.items() if running.get(name) != value))


def _differences(config: dict[str, Any], stack: Stack, changed: tuple[str, ...]) -> tuple[str, ...]:
    labels = config.get("Labels") or {}
    found = []
    if labels.get("gateway.config") != stack.config_hash:
        found.append(CONFIG_CHANGED)
    if changed:
        found.append(values_changed(changed))
    return tuple(found)


def _published(bindings: dict[str, Any]) -> str:
    bound = bindings.get(f"{CONTAINER_PORT}/tcp") or []
    try:
        return url_of(bound[0]["HostIp"], int(bound[0]["HostPort"])) if bound else ""
    except (KeyError, ValueError):
        raise GatewayError("the container's published port cannot be read") from None
