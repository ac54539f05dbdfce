"""What the commands that run a stack share: the stack of a project, rendered, started and waited for."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from gateway.cli.chain_text import models_text
from gateway.cli.options import Colour, EngineName, talk
from gateway.cli.stack import build_or_exit, write_or_exit
from gateway.constants import CONFIG_FILE, MASTER_KEY, RUNTIME_PACKAGE, STACK_DIR
from gateway.engine import Stack, choose_engine, running_engine
from gateway.engine.readiness import wait_until_ready
from gateway.env_file import read_environment
from gateway.model import GatewayError
from gateway.pipeline import Built
from gateway.render import hash_of


def stack_of(built: Built, root: Path) -> Stack:
    """The stack that `built` renders, with the values of this process's environment and `.env`."""
    blueprint = built.checked.blueprint
    assert blueprint is not None  # noqa: S101 - build_or_exit left otherwise
    configuring = (CONFIG_FILE, f"{STACK_DIR}/{RUNTIME_PACKAGE}/")
    config_hash = hash_of({p: t for p, t in built.rendered.items() if p.startswith(configuring)})
    return Stack(root, blueprint, config_hash, read_environment(root, blueprint.variables, os.environ))


def rendered_stack(root: Path, colour: Colour = Colour.AUTO) -> Stack:
    """The project's stack, without writing anything."""
    return stack_of(build_or_exit(root, colour), root)


def render_and_start(
    root: Path, engine_name: EngineName, colour: Colour, *, quiet: bool, stop_first: bool = False
) -> Stack:
    """Validates, renders, starts, waits. Leaves with the findings, or raises GatewayError."""
    built = build_or_exit(root, colour)
    write_or_exit(built, root, quiet=True)
    stack = stack_of(built, root)
    if MASTER_KEY not in stack.values:
        raise GatewayError(
            f"{MASTER_KEY} is not set", f"put a long random value into .env: {MASTER_KEY}=sk-…"
        )
    running = running_engine(engine_name.value, stack, os.environ)
    if running is not None and (stop_first or engine_name not in (EngineName.AUTO, running[0].name)):
        running[0].stop()
        running = None
    engine = running[0] if running else choose_engine(engine_name.value, stack, os.environ)
    began = time.monotonic()
    if not quiet:
        talk(f"starting with {engine.name} …")
    engine.start()
    try:
        wait_until_ready(engine, stack, _Progress(quiet).step)
    except GatewayError:
        engine.stop()
        raise
    if not quiet:
        _say_ready(stack, time.monotonic() - began)
    return stack


def _say_ready(stack: Stack, seconds: float) -> None:
    talk(f"ready after {seconds:.1f}s; models, the default first, with what answers when they do not:")
    talk(models_text(stack.blueprint).rstrip("\n"))
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
