"""What `gateway shell` was asked for in; this process becomes `docker compose run` of the isolated client."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from gateway.cli.app_key import say_whose_key
from gateway.cli.client_gateway import Wanted, connection_for, environment_of, find_gateway
from gateway.cli.interrupt import interruptible
from gateway.cli.options import EngineName, project_root, talk
from gateway.cli.stack import build_or_exit
from gateway.clients import Connection
from gateway.clients.claude_code import CLAUDE_CODE
from gateway.clients.launch import become
from gateway.engine import choose_engine
from gateway.engine.client_container import (
    URL,
    client_container,
    require_folder,
    require_image,
    require_on_network,
)
from gateway.engine.docker import DockerEngine
from gateway.engine.lease import Lease
from gateway.engine.sweeper import sweep_after_this_process
from gateway.model import GatewayError

_OF_TERMINALS = ("TERM", "COLORTERM", "LANG")


def run_shell(wanted: Wanted) -> NoReturn:
    """Everything that can be wrong is found before the client starts. Raises GatewayError."""
    root = project_root(wanted.project)
    folder = Path.cwd()
    require_folder(folder, Path(os.environ["HOME"]) if "HOME" in os.environ else None)
    built = build_or_exit(root)
    blueprint = built.checked.blueprint
    assert blueprint is not None  # noqa: S101 - build_or_exit left otherwise
    # What is wrong is said before anything starts.
    connection_for(blueprint, wanted.model, CLAUDE_CODE, app_name=wanted.app)
    choose_engine(EngineName.DOCKER.value, root, os.environ)
    with interruptible():
        found = find_gateway(wanted, root, built)
        engine = found.engine
        if not isinstance(engine, DockerEngine):
            raise GatewayError(
                "the gateway runs as a plain process, which the isolated client cannot reach",
                "run `gateway up --engine docker`",
            )
        require_on_network(found.state)
        require_image(engine, root, os.environ)
    to = connection_for(
        blueprint,
        wanted.model,
        CLAUDE_CODE,
        app_name=wanted.app,
        url=URL,
        values=found.stack.values,
    )
    if not wanted.quiet:
        say_whose_key(CLAUDE_CODE, to)
        talk(f"inside: {folder}, and the gateway; nothing else can be reached")
    _become_client(engine, root, folder, wanted, to, found.lease)


def _become_client(  # noqa: PLR0913, PLR0917 - what is run, where, with what
    engine: DockerEngine,
    root: Path,
    folder: Path,
    wanted: Wanted,
    to: Connection,
    lease: Lease | None,
) -> NoReturn:
    variables = environment_of(CLAUDE_CODE, to, wanted.model)
    given = {name: value for name, value in variables.items() if value is not None}
    container = client_container(
        engine,
        root,
        folder,
        [*given, *(name for name in _OF_TERMINALS if name in os.environ)],
        _command(wanted.args, to, variables),
        has_terminal=sys.stdin.isatty() and sys.stdout.isatty(),
    )
    sweep_after_this_process(container.name, os.environ)
    if lease is not None:
        lease.outlive_exec()
    os.chdir(root)
    become(shutil.which("docker") or "docker", list(container.argv), {**os.environ, **given})


def _command(
    words: tuple[str, ...], to: Connection, variables: Mapping[str, str | None]
) -> Sequence[str]:
    """Options alone, and nothing at all, are Claude Code's."""
    if words and not words[0].startswith("-"):
        return words
    return CLAUDE_CODE.argv(to, words, variables)
