"""Models in, out how findings name them: the place in a fragment, and a list that is not endless."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.model import Model, Path

LISTED = 3
"""Of many models of one finding this many are named."""


def entry_of(model: Model, other: Model, key: str = "fallbacks") -> Path:
    """The first entry of a list of fallbacks that names the other model, by its name or an alias.

    The list itself where none does: of two models of one name (GW201) only one is known.
    """
    names = (other.name, *other.aliases)
    written = model.fragment.data[key]
    index = next((index for index, name in enumerate(written) if name in names), None)
    return (key,) if index is None else (key, index)


def listed(models: Sequence[Model]) -> str:
    """`a` · `a` and `b` · `a`, `b`, `c` and 7 more."""
    names = [f"`{model.name}`" for model in models[:LISTED]]
    if len(models) > LISTED:
        return f"{', '.join(names)} and {len(models) - LISTED} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
