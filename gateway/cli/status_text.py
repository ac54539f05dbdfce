"""A project in, what is known of its running out, and that as text or JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.app_key import earlier_keys, without_key
from gateway.cli.budget_text import used_by, used_data, used_lines
from gateway.cli.chain_text import models_data, models_text
from gateway.cli.key_states_text import resting_lines, states_data
from gateway.cli.lacking_text import lacking_lines
from gateway.cli.logins_text import logins_data, needed_lines
from gateway.cli.options import Colour, EngineName
from gateway.cli.report import report
from gateway.cli.routes_text import routes_data, routes_text
from gateway.cli.running import stack_of
from gateway.constants import MASTER_KEY
from gateway.diagnostics import has_errors
from gateway.engine import Stack, State, running_engine
from gateway.engine.key_states import KeyState, fetch_key_states
from gateway.engine.readiness import is_ready, listed_models
from gateway.keys.logins import KeptLogin, logins_of
from gateway.keys.serving import Lacking, find_lacking
from gateway.keys.spending import Used
from gateway.model import Blueprint, Verb
from gateway.pipeline import Built, build


@dataclass(frozen=True, slots=True)
class Status:
    """What runs, and every way in which it is not what is written.

    `engine` is None where nothing runs; `blueprint` and `stack` where the project has mistakes. `keys` as
    the gateway that runs knows them.
    """

    engine: str | None
    state: State
    answers: bool
    differences: tuple[str, ...]
    blueprint: Blueprint | None
    stack: Stack | None
    keys: tuple[KeyState, ...] = ()

    def lacking(self) -> tuple[Lacking, ...]:
        """The models whose own variables are not set."""
        if self.blueprint is None or self.stack is None:
            return ()
        return find_lacking(self.blueprint, self.stack.values)

    def logins(self) -> tuple[KeptLogin, ...]:
        """The state of each provider's login."""
        if self.blueprint is None or self.stack is None:
            return ()
        return logins_of(self.stack.root, self.blueprint, time.time())

    def used(self) -> tuple[Used, ...]:
        """What each app has used of its budget."""
        if self.blueprint is None or self.stack is None:
            return ()
        return used_by(self.stack.root, self.blueprint)

    @property
    def is_in_sync(self) -> bool:
        return self.state.is_running and self.answers and not self.differences


def read_status(root: Path, engine: EngineName, colour: Colour) -> Status:
    """What runs can be told of a project with mistakes, too: they are printed to stderr."""
    built = build(root)
    is_sound = not has_errors(report(built.checked, colour=colour, stream=sys.stderr))
    stack = stack_of(built, root) if is_sound else None
    running = running_engine(engine.value, root, os.environ)
    state = running.state(stack) if running else State(is_running=False)
    answers = state.is_running and is_ready(state.url)
    differences = (
        *_of_files(built, is_sound),
        *(f"{d}: run `gateway up`" for d in state.differences),
    )
    if stack and answers and not state.differences:
        differences += _of_models(stack)
    blueprint = built.checked.blueprint if is_sound else None
    keys = fetch_key_states(state.url, stack.values.get(MASTER_KEY)) if stack and answers else ()
    name = running.name if running else None
    return Status(name, state, answers, differences, blueprint, stack, keys)


def _of_files(built: Built, is_sound: bool) -> tuple[str, ...]:
    if not is_sound:
        return ("the project has mistakes (see above): `gateway up` would refuse it",)
    verbs = {change.verb for change in built.changes}
    if Verb.CONFLICT in verbs:
        return ("a rendered file was edited by hand: `gateway render -n` names it",)
    if verbs - {Verb.UNCHANGED}:
        return (
            "gateway.yaml, models.d/ or templates/ changed since the last render: run `gateway up`",
        )
    return ()


def _of_models(stack: Stack) -> tuple[str, ...]:
    listed = listed_models(stack.url, stack.values.get(MASTER_KEY))
    if listed is None:
        return ("the proxy does not take the master key of .env: run `gateway restart`",)
    missing = ", ".join(sorted(stack.names - listed))
    return (f"the proxy does not list {missing}",) if missing else ()


def status_text(status: Status) -> str:
    lines = [_headline(status)]
    if status.is_in_sync:
        lines.append("in sync: what runs is what gateway.yaml and models.d/ say")
    lines += [f"not in sync: {difference}" for difference in status.differences]
    missing = _missing(status)
    if missing:
        lines.append(f"not set in .env: {', '.join(missing)}")
    lines += lacking_lines(status.lacking())
    lines += needed_lines(status.logins())
    lines += [f"  {line}" for line in resting_lines(status.keys)]
    blueprint = status.blueprint
    if blueprint and status.stack:
        lines += [f"  {line}" for line in without_key(blueprint, status.stack.values)]
    lines += used_lines(status.used())
    models = f"{models_text(blueprint)}{routes_text(blueprint)}" if blueprint else ""
    return "\n".join(lines) + "\n" + models


def _missing(status: Status) -> list[str]:
    """Variables without a value; none that an app's key has only for its next change."""
    earlier = earlier_keys(status.blueprint) if status.blueprint else frozenset()
    return [name for name in status.stack.missing() if name not in earlier] if status.stack else []


def _headline(status: Status) -> str:
    if status.engine is None:
        return "not running: `gateway up` starts it"
    if not status.state.is_running:
        return f"not running: it ended by itself ({status.state.what}); `gateway logs` says why"
    ready = "answers" if status.answers else "does not answer yet"
    return f"running at {status.state.url} ({status.engine}, {status.state.what}); it {ready}"


def status_json(status: Status) -> str:
    document = {
        "format_version": "1.0",
        "running": status.state.is_running,
        "engine": status.engine,
        "url": status.state.url or (status.stack.url if status.stack else None),
        "answers": status.answers,
        "in_sync": status.is_in_sync,
        "differences": list(status.differences),
        "missing_variables": _missing(status),
        "lacking": [
            {"model": e.model, "missing": list(e.missing), "answered_by": e.answered_by}
            for e in status.lacking()
        ],
        "logins": logins_data(status.logins()),
        "keys": states_data(status.keys),
        "budgets": used_data(status.used()),
        "models": models_data(status.blueprint) if status.blueprint else [],
        "claude_code": routes_data(status.blueprint) if status.blueprint else None,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
