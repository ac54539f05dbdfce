"""What a render wrote about apps in, each app and what it may ask for out. Standard library only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from .model_patterns import NO_PATTERNS, Patterns, glob_has

DATA = "apps.json"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Budget:
    """`unit` is `tokens`, `usd` or `requests`, `per` is `day` or `month`."""

    unit: str
    amount: float
    per: str


@dataclass(frozen=True, slots=True)
class App:
    """One client, in names of models and variables.

    It may ask for `models`; those and their stand-ins may be `answering`. `limits` are this worker's
    share, where workers do not count together. `prices` are dollars for a million tokens of the
    dearest. `expires` is its last day. Of a pattern among `models` it may ask for names that one of
    `globs` has.
    """

    name: str
    keys: tuple[str, ...]
    models: frozenset[str]
    answering: frozenset[str]
    default_model: str
    limits: Mapping[str, int]
    budget: Budget | None
    prices: Mapping[str, float]
    expires: date | None
    globs: tuple[str, ...] = ("*",)

    def is_over(self, now: datetime) -> bool:
        return self.expires is not None and now.astimezone(UTC).date() > self.expires


@dataclass(frozen=True, slots=True)
class SharedState:
    """The Redis that all replicas count in: the variable that holds its URL, and what our keys begin with."""

    variable: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Apps:
    """All of them. `names`: every model's name and alias, to its model.

    `redis` is None where what they used is kept on this machine.
    """

    names: Mapping[str, str]
    apps: tuple[App, ...]
    patterns: Patterns = NO_PATTERNS
    redis: SharedState | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Apps:
        """From the JSON of `apps.json`. Raises for data of another shape."""
        redis = data.get("redis")
        # Workers share nothing in memory: a share each, so that all of them hold the limit together.
        shares = 1 if redis else data["workers"]
        return cls(
            names=data["names"],
            apps=tuple(_app(name, entry, shares) for name, entry in data["apps"].items()),
            patterns=Patterns.from_data(data.get("patterns", ())),
            redis=SharedState(redis["variable"], redis["prefix"]) if redis else None,
        )

    def named(self, name: str) -> App | None:
        return next((app for app in self.apps if app.name == name), None)

    def model_for(self, app: App, asked: object) -> str | None:
        """The model that the app gets under a name; None where it may not have it, or there is none."""
        if asked == DEFAULT:
            return app.default_model if app.default_model in app.models else None
        if not isinstance(asked, str):
            return None
        model = self.names.get(asked)
        if model is None:
            pattern = self.patterns.serving(asked)
            is_its = pattern is not None and any(glob_has(glob, asked) for glob in app.globs)
            model = pattern.name if pattern is not None and is_its else None
        return model if model in app.models else None


NOBODY = Apps({}, ())


def load_apps(folder: Path) -> Apps:
    """What the render wrote beside the runtime; nobody where it wrote nothing. Raises for anything else."""
    try:
        text = (folder / DATA).read_text("utf-8")
    except FileNotFoundError:
        return NOBODY
    return Apps.from_data(json.loads(text))


def _app(name: str, entry: Mapping[str, Any], shares: int) -> App:
    budget, expires = entry["budget"], entry["expires"]
    return App(
        name=name,
        keys=tuple(entry["keys"]),
        models=frozenset(entry["models"]),
        answering=frozenset(entry["answering"]),
        default_model=entry["default_model"],
        limits={key: max(1, value // shares) for key, value in entry["limits"].items()},
        budget=Budget(budget["unit"], budget["amount"], budget["per"]) if budget else None,
        prices=entry["prices"],
        expires=date.fromisoformat(expires) if expires else None,
        globs=tuple(entry.get("globs", ("*",))),
    )
