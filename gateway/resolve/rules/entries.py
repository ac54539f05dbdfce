"""A model in, the place in its fragment out where another one is named."""

from __future__ import annotations

from gateway.model import Model, Path


def entry_of(model: Model, other: Model, key: str = "fallbacks") -> Path:
    """The first entry of a list of fallbacks that names the other model, by its name or an alias."""
    names = (other.name, *other.aliases)
    written = model.fragment.data[key]
    return (key, next(index for index, name in enumerate(written) if name in names))
