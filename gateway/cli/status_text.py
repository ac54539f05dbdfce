"""A project in, what is known of its running out, and that as text or JSON."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.chain_text import models_data, models_text
from gateway.cli.options import Colour, EngineName
from gateway.cli.running import stack_of
from gateway.cli.stack import build_or_exit
from gateway.engine import Stack, State, running_engine
from gateway.engine.readiness import is_ready, listed_models
from gateway.model import Verb


@dataclass(frozen=True, slots=True)
class Status:
    """What runs (`engine` is None where nothing does), and every way in which it is not what is written."""

    stack: Stack
    engine: str | None
    state: State | None
    answers: bool
    differences: tuple[str, ...]

    @property
    def is_in_sync(self) -> bool:
        return self.engine is not None and self.answers and not self.differences


def read_status(root: Path, engine: EngineName, colour: Colour) -> Status:
    built = build_or_exit(root, colour)
    stack = stack_of(built, root)
    differences = []
    verbs = {change.verb for change in built.changes}
    if Verb.CONFLICT in verbs:
        differences.append("a rendered file was edited by hand: `gateway render -n` names it")
    elif verbs - {Verb.UNCHANGED}:
        differences.append("gateway.yaml or models.d/ changed since the last render: run `gateway up`")
    running = running_engine(engine.value, stack, os.environ)
    if running is None:
        return Status(stack, None, None, False, tuple(differences))
    found, state = running
    if state.config_hash != stack.config_hash:
        differences.append("what runs is not what would be rendered now: run `gateway up`")
    if not state.has_same_values:
        differences.append("a value in .env changed since the start: run `gateway up`")
    answers = is_ready(stack)
    listed = listed_models(stack) if answers else None
    missing = set(stack.blueprint.names()) - (listed or set())
    if listed is not None and missing:
        differences.append(f"the proxy does not list {', '.join(sorted(missing))}")
    return Status(stack, found.name, state, answers, tuple(differences))


def status_text(status: Status) -> str:
    if status.engine is None or status.state is None:
        head = "not running: `gateway up` starts it"
    else:
        ready = "answers" if status.answers else "does not answer yet"
        head = f"running at {status.stack.url} ({status.engine}, {status.state.what}); it {ready}"
    lines = [head]
    if status.is_in_sync:
        lines.append("in sync: what runs is what gateway.yaml and models.d/ say")
    lines += [f"not in sync: {difference}" for difference in status.differences]
    missing = status.stack.missing()
    if missing:
        lines.append(f"not set in .env: {', '.join(missing)}")
    return "\n".join(lines) + "\n" + models_text(status.stack.blueprint)


def status_json(status: Status) -> str:
    document = {
        "format_version": "1.0",
        "running": status.engine is not None,
        "engine": status.engine,
        "url": status.stack.url,
        "answers": status.answers,
        "in_sync": status.is_in_sync,
        "differences": list(status.differences),
        "missing_variables": list(status.stack.missing()),
        "models": models_data(status.stack.blueprint),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
