"""Attempts whose key is not set in, one error a request out that names every variable which it missed."""

from __future__ import annotations

from collections.abc import Mapping

import litellm

from . import missed_keys
from .client_body import missing_variable


def begin() -> None:
    """A new request: nothing was missed yet."""
    missed_keys.begin()


def refusal(kwargs: Mapping[str, object]) -> litellm.AuthenticationError | None:
    """The 401 for an attempt at a deployment whose key is not set; None where it is there.

    The upstream would say no better, and would read the prompt before.
    """
    name = missing_variable(kwargs)
    if name is None:
        return None
    missed = missed_keys.missed()
    error = litellm.AuthenticationError(
        message=missed.sentence(name),
        llm_provider=str(kwargs.get("custom_llm_provider") or "openai"),
        model=str(kwargs.get("model")),
    )
    missed.add(name, error)
    return error
