"""A project and a model in, a running gateway that answers for it out: started where nothing runs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.app_key import Key, app_of, key_of
from gateway.cli.options import Colour, EngineName, talk
from gateway.cli.running import (
    Progress,
    render_and_start,
    require_master_key,
    say_waiting,
    stack_of,
    written_stack,
)
from gateway.clients import Client, Connection, connection_to
from gateway.clients.claude_code import CLAUDE_CODE, SMALL_MODEL
from gateway.constants import MASTER_KEY
from gateway.engine import Engine, Stack, State, choose_engine, running_engine
from gateway.engine.keeper import Job, start_kept
from gateway.engine.lease import Lease, adopt
from gateway.engine.readiness import require_key
from gateway.model import Blueprint, GatewayError
from gateway.pipeline import Built


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to run. `model` is None where the client's own names shall be routed."""

    model: str | None
    args: tuple[str, ...]
    engine: EngineName
    project: Path | None
    keep: bool
    quiet: bool
    app: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A gateway that runs. `lease` is a share in it, where `gateway run` has started it."""

    engine: Engine
    stack: Stack
    state: State
    lease: Lease | None


def connection_for(  # noqa: PLR0913 - what is wanted, whose key it gets, and how it is reached
    blueprint: Blueprint,
    model: str | None,
    client: Client,
    *,
    app_name: str | None = None,
    url: str = "",
    values: Mapping[str, str] | None = None,
) -> Connection:
    """What the client is told; without address and values only whether it could be told anything.

    Raises GatewayError where there is no such model or app, none was named and nothing routes, the app
    may not use the model, or its key is not set.
    """
    claude = blueprint.claude_code
    app = app_of(blueprint, app_name, os.environ)
    if model is None and not (
        client is CLAUDE_CODE and (claude.tiers or claude.routes or claude.rules)
    ):
        default = app.default_model if app else blueprint.default_model
        own = app.models if app else blueprint.names()
        raise GatewayError(
            "which model?",
            f"name one, as in `gateway run default` (that is {default}); there are: {', '.join(own)}",
        )
    name = model or (app.default_model if app else blueprint.default_model)
    shown = Key("", "") if values is None else key_of(app, values)
    return connection_to(
        blueprint, name, url=url, key=shown.value, key_name=shown.variable, app=app
    )


def environment_of(client: Client, to: Connection, model: str | None) -> dict[str, str | None]:
    """The client's variables; where no model was named it asks for Anthropic's, which are routed."""
    variables = client.environment(to)
    if model is not None:
        return variables
    kept = SMALL_MODEL  # without it the session's model answers side requests too
    return {n: value for n, value in variables.items() if n == kept or value not in to.names}


def find_gateway(wanted: Wanted, root: Path, built: Built) -> Found:
    """What runs, never restarted, or else is started now. It takes the key and knows the model.

    Raises GatewayError.
    """
    if wanted.keep:
        adopt(root, say_waiting)
    lease = Lease.join(root, say_waiting)
    engine = _running(root)
    if engine is not None and lease is None and not wanted.keep:
        # Between the two another `gateway run` may have started it: without a share it would go with that one.
        lease = Lease.join(root, say_waiting)
        engine = _running(root) if lease is not None else engine
    if engine is None and wanted.keep:
        render_and_start(root, wanted.engine, Colour.AUTO, quiet=wanted.quiet)
    elif engine is None:
        lease = _start(wanted, root, built, lease)
    elif lease is not None and not lease.is_kept():
        start_kept(Job(engine.name, stack_of(built, root), dict(os.environ)), lease, lambda: None)
    engine = engine or _running(root)
    if engine is None:
        raise GatewayError("the gateway stopped right after its start", "see `gateway logs`")
    stack = stack_of(built, root)
    require_master_key(stack)
    found = Found(engine, stack, engine.state(stack), lease)
    _require_sound(found, built, wanted)
    return found


def _running(root: Path) -> Engine | None:
    engine = running_engine(EngineName.AUTO.value, root, os.environ)
    return engine if engine is not None and engine.state().is_running else None


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


def _require_sound(found: Found, built: Built, wanted: Wanted) -> None:
    url = found.state.url
    if not url:
        raise GatewayError("the gateway that runs publishes no port", "run `gateway up`")
    progress = Progress(wanted.quiet, "waiting for the gateway, which is starting …")
    key = found.stack.values[MASTER_KEY]
    names = require_key(found.engine, url, key, MASTER_KEY, progress.step)
    blueprint = built.checked.blueprint
    model = blueprint.find(wanted.model) if blueprint and wanted.model else None
    if model is not None and model.name not in names:
        raise GatewayError(
            f"the gateway that runs does not know `{model.name}` yet", "run `gateway up`"
        )
    for difference in found.state.differences if not wanted.quiet else ():
        talk(f"what runs is not what is written: {difference}; `gateway up` changes that")
