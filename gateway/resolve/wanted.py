"""A name that somebody asked for in, the model that answers to it out, or a sentence with the likely one."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.diagnostics.nearest import nearest
from gateway.model import Blueprint, GatewayError, Model
from gateway.resolve.patterns import why_denied

# More of them are no help beside the whole list.
_FEW = 3


def model_named(blueprint: Blueprint, name: str) -> Model:
    """Its own name, an alias, or `default`. Raises GatewayError where it is none of them."""
    model = blueprint.find(name)
    why = None if model is not None else why_denied(blueprint, name)
    if why is not None:
        raise GatewayError(f"`{name}` is not served: {why}")
    if model is None:
        raise GatewayError(f"`{name}` is not a model", did_you_mean(name, blueprint.names()))
    return model


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What to say to a word that is none of those: the likely one, and all of them."""
    names = tuple(known)
    begun = [name for name in names if name.startswith(word)]
    likely = begun if 1 < len(begun) <= _FEW else [nearest(word, names)]
    meant = " or ".join(f"`{name}`" for name in likely if name)
    listed = f"there are: {', '.join(names)}"
    return f"did you mean {meant}? {listed}" if meant else listed
