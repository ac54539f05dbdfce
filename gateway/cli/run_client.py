"""What `gateway run` was asked for in; this process becomes the client, on a gateway that answers for it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from gateway.cli.interrupt import interruptible
from gateway.cli.options import Colour, EngineName, project_root, talk
from gateway.cli.running import (
    Progress,
    render_and_start,
    require_master_key,
    stack_of,
    written_stack,
)
from gateway.cli.stack import build_or_exit
from gateway.clients import CLIENTS, Client, connection_to
from gateway.clients.claude_code import CLAUDE_CODE, SMALL_MODEL
from gateway.clients.connection import model_named
from gateway.clients.launch import become, environment_for, find_program
from gateway.constants import MASTER_KEY
from gateway.diagnostics.nearest import nearest
from gateway.engine import Engine, Stack, choose_engine, running_engine
from gateway.engine.keeper import Job, start_kept
from gateway.engine.lease import Lease, adopt
from gateway.engine.readiness import require_key
from gateway.model import Blueprint, GatewayError
from gateway.pipeline import Built


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command line of `gateway run`. `model` is None where the client's own names shall be routed."""

    model: str | None
    args: tuple[str, ...]
    client: str
    engine: EngineName
    project: Path | None
    keep: bool
    quiet: bool


def run_client(wanted: Wanted) -> NoReturn:
    """Everything that can be wrong is found before the client starts. Raises GatewayError."""
    root = project_root(wanted.project)
    client = client_named(wanted.client)
    built = build_or_exit(root)
    blueprint = built.checked.blueprint
    assert blueprint is not None  # noqa: S101 - build_or_exit left otherwise
    require_model(blueprint, wanted.model, client)
    program = find_program(client, os.environ)
    with interruptible():
        engine, lease = _running_gateway(wanted, root, built)
        stack = stack_of(built, root)
        require_master_key(stack)
        url = _require_sound(engine, stack, blueprint, wanted)
    key = stack.values[MASTER_KEY]
    connection = connection_to(
        blueprint, wanted.model or blueprint.default_model, url=url, key=key, key_name=MASTER_KEY
    )
    if not wanted.quiet:
        talk(f"{client.title} gets the master key ({MASTER_KEY}): it may use every model")
    changes = client.environment(connection)
    if wanted.model is None:  # Anthropic's names, which the gateway routes
        changes = {
            name: value
            for name, value in changes.items()
            if name == SMALL_MODEL or value not in connection.names
        }
    environ = environment_for(os.environ, changes, urlsplit(url).hostname or "")
    if lease is not None:
        lease.outlive_exec()
    become(program, client.argv(connection, wanted.args), environ)


def client_named(name: str) -> Client:
    """Raises GatewayError where it is none that can be started."""
    known = {client.name: client for client in CLIENTS.values() if client.program}
    if name not in known:
        likely = nearest(name, known)
        hint = f"did you mean `{likely}`? " if likely else ""
        raise GatewayError(f"`{name}` is not a client", f"{hint}there are: {', '.join(known)}")
    return known[name]


def require_model(blueprint: Blueprint, model: str | None, client: Client) -> None:
    """Raises GatewayError where there is no such model, or none was named and nothing routes."""
    names = blueprint.names()
    there_are = f"there are: {', '.join(names)}"
    if model is None:
        claude = blueprint.claude_code
        routes = claude.tiers or claude.routes or claude.rules
        if client is not CLAUDE_CODE or not routes:
            raise GatewayError(
                "which model?",
                f"name one, as in `gateway run {blueprint.default_model}`; {there_are}",
            )
        return
    model_named(blueprint, model)


def _running_gateway(wanted: Wanted, root: Path, built: Built) -> tuple[Engine, Lease | None]:
    """What runs, or is started now; the share in it, where `gateway run` has started it."""
    if wanted.keep:
        adopt(root)
    lease = Lease.join(root, lambda: talk("waiting for the gateway to stop after another client …"))
    running = running_engine(EngineName.AUTO.value, root, os.environ)
    if running is not None and running.state().is_running:
        return running, lease
    if wanted.keep:
        render_and_start(root, wanted.engine, Colour.AUTO, quiet=wanted.quiet)
    else:
        lease = _start(wanted, root, built, lease)
    running = running_engine(EngineName.AUTO.value, root, os.environ)
    if running is None:
        raise GatewayError("the gateway stopped right after its start", "see `gateway logs`")
    return running, lease


def _start(wanted: Wanted, root: Path, built: Built, lease: Lease | None) -> Lease:
    stack = written_stack(built, root)
    engine = choose_engine(wanted.engine.value, root, os.environ)
    began = time.monotonic()
    if not wanted.quiet:
        talk(f"starting with {engine.name} …")
    job = Job(engine.name, stack, dict(os.environ))
    lease = start_kept(job, lease, Progress(wanted.quiet).step)
    if not wanted.quiet:
        seconds = time.monotonic() - began
        talk(f"ready after {seconds:.1f}s; it stops after its last client (`gateway up` keeps it)")
    return lease


def _require_sound(engine: Engine, stack: Stack, blueprint: Blueprint, wanted: Wanted) -> str:
    """Where the running gateway is, which takes the key and knows the model. Raises GatewayError."""
    state = engine.state(stack)
    names = require_key(engine, state.url, stack.values[MASTER_KEY], MASTER_KEY)
    model = blueprint.find(wanted.model) if wanted.model else None
    if model is not None and model.name not in names:
        raise GatewayError(
            f"the gateway that runs does not know `{model.name}` yet", "run `gateway up`"
        )
    for difference in state.differences if not wanted.quiet else ():
        talk(f"what runs is not what is written: {difference}; `gateway up` changes that")
    return state.url
