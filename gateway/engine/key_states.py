"""A running proxy's address and its master key in, what it knows of its providers' keys out; no key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.engine.readiness import fetch

PATH = "/gateway/keys"


@dataclass(frozen=True, slots=True)
class Resting:
    """Why a key is left alone: `what_for` in words, empty for all models. `until` as ISO 8601, UTC."""

    what_for: str
    reason: str
    until: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Use:
    """What a key was asked for a model or a quota group, and `limits` as `rpd: 1000`."""

    what_for: str
    requests: int
    tokens: int
    limits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class KeyState:
    """One variable at one provider, today (as its provider counts days)."""

    provider: str
    variable: str | None
    resting: tuple[Resting, ...]
    used: tuple[Use, ...]

    @property
    def requests(self) -> int:
        return sum(use.requests for use in self.used)

    @property
    def tokens(self) -> int:
        return sum(use.tokens for use in self.used)


@dataclass(frozen=True, slots=True)
class Told:
    """`last_used`: when the key in a variable was last shown to a provider, as ISO 8601, UTC."""

    states: tuple[KeyState, ...]
    last_used: Mapping[str, str]


def fetch_told(url: str, master_key: str | None) -> Told | None:
    """None where the proxy does not say."""
    status, body = fetch(url, PATH, master_key)
    if status != 200:
        return None
    try:
        data = json.loads(body)
        states = tuple(_read(each) for each in data["keys"])
        return Told(states, _latest(data.get("last_used", ())))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def fetch_key_states(url: str, master_key: str | None) -> tuple[KeyState, ...]:
    """Empty where no key is counted, and where the proxy does not say."""
    told = fetch_told(url, master_key)
    return told.states if told else ()


def _latest(uses: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Of a variable that several providers are shown, the latest; one spelling of moments sorts."""
    found: dict[str, str] = {}
    for use in uses:
        found[use["variable"]] = max(use["at"], found.get(use["variable"], ""))
    return found


def _read(data: Mapping[str, Any]) -> KeyState:
    return KeyState(
        provider=str(data["provider"]),
        variable=data["variable"],
        resting=tuple(_resting(data)),
        used=tuple(
            Use(each["for"], **each["today"], limits=each["limits"]) for each in data["used"]
        ),
    )


def _resting(data: Mapping[str, Any]) -> Iterator[Resting]:
    entries: Sequence[Mapping[str, Any]] = data["left_alone"]
    locked = [data["locked"]] if data["locked"] else []
    for each in (*locked, *entries):
        yield Resting(each.get("for", ""), each["reason"], each["until"], each["seconds"])
