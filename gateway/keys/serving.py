"""A blueprint and the variables that are set in, the models that lack theirs out, and who answers for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gateway.keys.uses import needed_by, served
from gateway.model import Blueprint


@dataclass(frozen=True, slots=True)
class Lacking:
    """A model none of whose upstreams has all its variables. `answered_by`: the next model of its chain
    that has; None where nobody answers.
    """

    model: str
    missing: tuple[str, ...]
    answered_by: str | None


def find_lacking(blueprint: Blueprint, known: Collection[str]) -> tuple[Lacking, ...]:
    """`known` are the variables that have a value. In the blueprint's order."""
    missing: dict[str, list[str]] = {model.name: [] for model in blueprint.models}
    works: set[str] = set()
    for upstream, deployment in served(blueprint):
        names = [name for name in needed_by(deployment) if name not in known]
        missing[upstream.model] += names
        if not names:
            works.add(upstream.model)
    return tuple(
        Lacking(
            model=model.name,
            missing=tuple(dict.fromkeys(missing[model.name])),
            answered_by=next(
                (name for name in blueprint.chains[model.name].members if name in works), None
            ),
        )
        for model in blueprint.models
        if model.name not in works
    )
