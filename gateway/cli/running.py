"""What the commands that run a stack share: the stack of a project, rendered, started and waited for."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

from gateway.cli.app_key import without_key
from gateway.cli.chain_text import models_text
from gateway.cli.interrupt import interruptible
from gateway.cli.lacking_text import lacking_lines
from gateway.cli.options import Colour, EngineName, talk
from gateway.cli.own_machine import wrong_machine_lines
from gateway.cli.stack import build_or_exit, write_or_exit
from gateway.constants import CONFIG_FILE, IMAGE_VARIABLE, MASTER_KEY, RUNTIME_PACKAGE, STACK_DIR
from gateway.engine import Engine, Stack, State, choose_engine, running_engine
from gateway.engine.lease import adopt
from gateway.engine.readiness import wait_until_ready
from gateway.env_file import read_environment
from gateway.keys.listing import SHORT
from gateway.keys.serving import find_lacking
from gateway.model import Blueprint, GatewayError
from gateway.pipeline import Built
from gateway.render import hash_of
from gateway.resolve.quotas import has_state

_NEW_KEY = "a new master key: clients with the old one get 401"


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
        has_state=has_state(blueprint),
    )


def written_stack(built: Built, root: Path) -> Stack:
    """Writes what was built, and a missing `.env`; the stack, which has a master key. Raises GatewayError."""
    write_or_exit(built, root, quiet=True)
    stack = stack_of(built, root)
    require_master_key(stack)
    _warn_of_short_key(stack.values[MASTER_KEY])
    return stack


def say_waiting() -> None:
    talk("waiting for a gateway that `gateway run` is starting or stopping …")


def require_master_key(stack: Stack) -> None:
    if MASTER_KEY not in stack.values:
        is_empty = MASTER_KEY in os.environ  # which wins over .env
        hint = f"unset the empty {MASTER_KEY}" if is_empty else "run `gateway keys rotate master`"
        raise GatewayError(f"{MASTER_KEY} is not set", hint)


def render_and_start(
    root: Path,
    engine_name: EngineName,
    colour: Colour,
    *,
    quiet: bool,
    stop_first: bool = False,
) -> tuple[Stack, Blueprint]:
    """Validates, renders, starts, waits. Leaves with the findings, or raises GatewayError.

    What could not start is refused before anything is stopped. What it started and what does not
    come up, or is interrupted, it stops again. What `gateway run` started stays from now on.
    """
    built = build_or_exit(root, colour)
    stack = written_stack(built, root)
    blueprint = built.checked.blueprint
    assert blueprint is not None  # noqa: S101 - build_or_exit left otherwise
    began = time.monotonic()
    with interruptible():
        adopt(root, say_waiting)
        old = running_engine(EngineName.AUTO.value, root, os.environ)
        engine = _engine_for(root, engine_name, old)
        state = old.state(stack) if old else State(is_running=False)
        is_kept = state.is_running and not state.differences and old is engine and not stop_first
        if not quiet:
            talk(f"{'already running' if is_kept else 'starting'} with {engine.name} …")
        if is_kept:
            wait_until_ready(engine, stack, Progress(quiet).step)
        else:
            if MASTER_KEY in state.changed:
                talk(_NEW_KEY)
            must_stop = stop_first or old is not engine
            _replace(old, state, engine, stack, must_stop=must_stop, quiet=quiet)
        adopt(root, say_waiting)  # a `gateway run` may have begun in between, and would stop it
    if not quiet:
        _say_ready(stack, blueprint, time.monotonic() - began)
        for line in wrong_machine_lines(blueprint, stack.values, engine.name):
            talk(line)
    return stack, blueprint


def _engine_for(root: Path, name: EngineName, old: Engine | None) -> Engine:
    """The engine that runs the stack already, unless another is asked for."""
    if old is None or name not in (EngineName.AUTO, old.name):
        return choose_engine(name.value, root, os.environ)
    old.require()
    return old


def _replace(  # noqa: PLR0913 - what was, what shall be, and how
    old: Engine | None, state: State, engine: Engine, stack: Stack, *, must_stop: bool, quiet: bool
) -> None:
    """Starts `stack` in place of what `state` says that `old` runs; an error says what became of that."""
    try:
        engine.prepare(stack, state.url if state.is_running else "")
        if old is not None and must_stop:
            old.stop()
        try:
            engine.start(stack)
            wait_until_ready(engine, stack, Progress(quiet).step)
        except BaseException:
            if not _still_runs(engine, state):
                with contextlib.suppress(GatewayError):
                    engine.stop()
            raise
    except GatewayError as error:
        if old is not None and state.is_running:
            word = "still runs" if _still_runs(old, state) else "is stopped"
            error.message += f"\nthe stack that ran before {word}"
        raise


def _still_runs(engine: Engine, before: State) -> bool:
    try:
        now = engine.state()
    except GatewayError:
        return False
    return before.is_running and now.is_running and now.run == before.run


def _warn_of_short_key(key: str) -> None:
    if len(key) < SHORT:
        talk(f"{MASTER_KEY} has only {len(key)} characters: use a long random one")


def _say_ready(stack: Stack, blueprint: Blueprint, seconds: float) -> None:
    talk(
        f"ready after {seconds:.1f}s; models, the default first, with what answers when they do not:"
    )
    talk(models_text(blueprint).rstrip("\n"))
    for line in without_key(blueprint, stack.values):
        talk(line)
    apps = {key.name for app in blueprint.apps for key in app.keys}
    missing = [name for name in stack.missing() if name not in {MASTER_KEY, *apps}]
    if missing:
        talk(f"not set in .env: {', '.join(missing)}")
    for line in lacking_lines(find_lacking(blueprint, stack.values)):
        talk(line)


class Progress:
    """A sentence after the first second, where there is one; a dot a second on a terminal."""

    def __init__(self, quiet: bool, sentence: str = "") -> None:
        self._sentence = "" if quiet else sentence
        self._shows = not quiet and sys.stderr.isatty()
        self._last = time.monotonic()

    def step(self) -> None:
        if time.monotonic() - self._last < 1:
            return
        self._last = time.monotonic()
        if self._sentence:
            talk(self._sentence)
            self._sentence = ""
        elif self._shows:
            sys.stderr.write(".")
            sys.stderr.flush()
