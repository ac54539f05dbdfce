"""A deployment's `model_info` in, what the runtime needs to know of its key out. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .deployments import rendered_in

EVERY_MODEL = ""
"""The scope of a key that is left alone whatever is asked."""


class KeyId(NamedTuple):
    """A key is known by its provider and its variable: one variable at two providers is two."""

    provider: str
    variable: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key as one deployment has it; `model` is the id that the provider knows.

    `group`: models that share its quota. `quotas` are `rph`, `rpd`, `tph` and `tpd`; a day begins
    `reset` seconds after midnight (UTC). `is_alone`: there is no other key to go on to, or no key at
    all, and only its quotas are counted.
    """

    id: KeyId
    model: str
    rotation: str
    priority: int
    weight: int
    cooldown: float
    rpm: int | None = None
    tpm: int | None = None
    group: str | None = None
    quotas: Mapping[str, int] = field(default_factory=dict, hash=False)
    reset: int = 0
    is_alone: bool = False

    @property
    def is_sequential(self) -> bool:
        return self.rotation == "sequential"

    @property
    def scope(self) -> str:
        """What its quota is for, in words."""
        return f"the quota group {self.group}" if self.group else self.model


def key_of(model_info: object) -> Key | None:
    """None where nothing is to be counted: a provider with one key or none, and no quota."""
    settings = rendered_in(model_info)
    said = settings.get("key")
    if not isinstance(said, Mapping):
        return None
    return Key(
        id=KeyId(str(said.get("provider")), str(said.get("variable", ""))),
        model=str(said.get("model")),
        rotation=str(said.get("rotation")),
        priority=int(said.get("priority", 1)),
        weight=int(said.get("weight", 1)),
        cooldown=float(settings.get("cooldown", 0.0)),
        rpm=said.get("rpm"),
        tpm=said.get("tpm"),
        group=said.get("group"),
        quotas=said.get("quotas", {}),
        reset=int(said.get("reset", 0)),
        is_alone=said.get("alone") is True,
    )


def rotated_key_of(model_info: object) -> Key | None:
    """None where there is no other key to go on to."""
    key = key_of(model_info)
    return None if key is None or key.is_alone else key
