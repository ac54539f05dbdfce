"""A folder, a command and variables in, the `docker compose run` of the isolated client out."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.constants import CONTAINER_PORT, ENV_FILE
from gateway.engine import command
from gateway.engine.container import SERVICE
from gateway.engine.docker import DockerEngine
from gateway.engine.stack import LAUNCH_CHANGED, State
from gateway.model import GatewayError

URL = f"http://{SERVICE}:{CONTAINER_PORT}"
"""Where the gateway is for the client."""

_CLIENT = "client"
_SLOW = 1800.0  # seconds; it may have to pull and install


@dataclass(frozen=True, slots=True)
class ClientContainer:
    """One run of the client: its container's name, and the command line that runs it."""

    name: str
    argv: tuple[str, ...]


def require_folder(folder: Path, home: Path | None) -> None:
    """Raises GatewayError where the client would get more than somebody means to give it."""
    real = folder.resolve()
    if real == Path("/") or (home is not None and home.resolve().is_relative_to(real)):
        above = "your home" if home and real == home.resolve() else "a folder above your home"
        what = "the whole machine" if real == Path("/") else above
        raise GatewayError(
            f"the client gets the current folder, and that is {what}",
            "go to the folder that it shall work in",
        )


def require_on_network(state: State) -> None:
    """Raises GatewayError where what runs was started from another Compose file."""
    if LAUNCH_CHANGED in state.differences:
        raise GatewayError(
            "the gateway that runs may not be on the client's network: it was started otherwise",
            "run `gateway up`",
        )


def require_image(engine: DockerEngine, root: Path, environ: Mapping[str, str]) -> None:
    """Builds the client's image where it is not here. Raises GatewayError."""
    image = engine.image_of(_CLIENT)
    argv = ["docker", "image", "inspect", image]
    if command.run(argv, cwd=root, environ=environ, timeout=_SLOW).returncode == 0:
        return
    argv = [*engine.compose_argv(), "build", _CLIENT]
    done = command.run(argv, cwd=root, environ=environ, timeout=_SLOW)
    if done.returncode != 0:
        raise GatewayError(
            command.failed(argv, done).message,
            f"the image {image} is not here and cannot be built: check the network, or name one "
            "that is here in the variable GATEWAY_CLIENT_IMAGE",
        )


def client_container(  # noqa: PLR0913 - what is run, where, with what
    engine: DockerEngine,
    root: Path,
    folder: Path,
    variables: Iterable[str],
    words: Sequence[str],
    *,
    has_terminal: bool,
) -> ClientContainer:
    """`variables` are names: their values come from the environment of who runs it, not from its argv."""
    owner = folder.stat()
    name = f"{engine.project()}-{_CLIENT}-{secrets.token_hex(4)}"
    argv = [
        *engine.compose_argv(),
        *("run", "--rm", "--no-deps", "--name", name),
        *([] if has_terminal else ["--no-TTY"]),
        *("--user", f"{owner.st_uid}:{owner.st_gid}"),
        *("--volume", f"{folder}:{folder}", "--workdir", str(folder)),
        *_without_keys(root, folder),
        *(part for variable in sorted(variables) for part in ("--env", variable)),
        *(_CLIENT, *words),
    ]
    return ClientContainer(name, tuple(argv))


def _without_keys(root: Path, folder: Path) -> list[str]:
    """Where the folder holds the project itself, its `.env` is empty inside."""
    env_file, real = (root / ENV_FILE).resolve(), folder.resolve()
    if not env_file.exists() or not env_file.is_relative_to(real):
        return []
    # By the path that it has inside: the project may have been named by a link.
    return ["--volume", f"{os.devnull}:{folder / env_file.relative_to(real)}:ro"]
