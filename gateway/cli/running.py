"""What the commands that run a stack share: the stack of a project, rendered, started and waited for."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

from gateway.cli.chain_text import models_text
from gateway.cli.interrupt import interruptible
from gateway.cli.options import Colour, EngineName, talk
from gateway.cli.stack import build_or_exit, write_or_exit
from gateway.constants import CONFIG_FILE, IMAGE_VARIABLE, MASTER_KEY, RUNTIME_PACKAGE, STACK_DIR
from gateway.engine import Engine, Stack, choose_engine, running_engine
from gateway.engine.readiness import wait_until_ready
from gateway.env_file import read_environment
from gateway.model import Blueprint, GatewayError
from gateway.pipeline import Built
from gateway.render import hash_of


def stack_of(built: Built, root: Path) -> Stack:
    """The stack that `built` renders, with the values of this process's environment and `.env`."""
    blueprint = built.checked.blueprint
    assert blueprint is not None  # noqa: S101 - asked for sound projects only
    configuring = (CONFIG_FILE, f"{STACK_DIR}/{RUNTIME_PACKAGE}/")
    config = {path: text for path, text in built.rendered.items() if path.startswith(configuring)}
    names = {variable.name for variable in blueprint.variables}
    values = read_environment(root, sorted({*names, IMAGE_VARIABLE}), os.environ)
    return Stack(
        root=root,
        server=blueprint.server,
        names=frozenset(blueprint.names()),
        variables=blueprint.variables,
        config_hash=hash_of(config),
        image=values.get(IMAGE_VARIABLE, blueprint.server.image),
        values={name: value for name, value in values.items() if name in names},
    )


def render_and_start(
    root: Path,
    engine_name: EngineName,
    colour: Colour,
    *,
    quiet: bool,
    stop_first: bool = False,
) -> tuple[Stack, Blueprint]:
    """Validates, renders, starts, waits. Leaves with the findings, or raises GatewayError.

    What it started and what does not come up, or is interrupted, it stops again.
    """
    built = build_or_exit(root, colour)
    write_or_exit(built, root, quiet=True)
    blueprint = built.checked.blueprint
    assert blueprint is not None  # noqa: S101 - build_or_exit left otherwise
    stack = stack_of(built, root)
    if MASTER_KEY not in stack.values:
        hint = f"put a long random value into .env: {MASTER_KEY}=sk-…"
        raise GatewayError(f"{MASTER_KEY} is not set", hint)
    began = time.monotonic()
    with interruptible():
        engine = _engine_for(root, engine_name, stop_first=stop_first)
        state = engine.state(stack)
        runs_already = state.is_running and not state.differences
        if not quiet:
            talk(f"{'already running' if runs_already else 'starting'} with {engine.name} …")
        try:
            engine.start(stack)
            wait_until_ready(engine, stack, _Progress(quiet).step)
        except BaseException:
            if not runs_already:
                with contextlib.suppress(GatewayError):
                    engine.stop()
            raise
    if not quiet:
        _say_ready(stack, blueprint, time.monotonic() - began)
    return stack, blueprint


def _engine_for(root: Path, name: EngineName, *, stop_first: bool) -> Engine:
    """The engine that runs the stack already, unless another is asked for: then that one is stopped."""
    running = running_engine(EngineName.AUTO.value, root, os.environ)
    if running is None:
        return choose_engine(name.value, root, os.environ)
    if name in (EngineName.AUTO, running.name):
        running.require()
        if stop_first:
            running.stop()
        return running
    wanted = choose_engine(name.value, root, os.environ)
    running.stop()
    return wanted


def _say_ready(stack: Stack, blueprint: Blueprint, seconds: float) -> None:
    talk(
        f"ready after {seconds:.1f}s; models, the default first, with what answers when they do not:"
    )
    talk(models_text(blueprint).rstrip("\n"))
    missing = [name for name in stack.missing() if name != MASTER_KEY]
    if missing:
        talk(f"not set in .env: {', '.join(missing)}; models that need one answer 401")


class _Progress:
    """A dot a second on a terminal; nothing elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self._shows = not quiet and sys.stderr.isatty()
        self._last = time.monotonic()

    def step(self) -> None:
        if self._shows and time.monotonic() - self._last >= 1:
            self._last = time.monotonic()
            sys.stderr.write(".")
            sys.stderr.flush()
