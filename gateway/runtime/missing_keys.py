"""Attempts whose key is not set in, one error a request out that names every variable which it missed.

LiteLLM passes on the words of a chain's first and of one more attempt: so each error of a request says
what all of them say.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar

import litellm

from .client_body import missing_variable

# One per request, shared by the tasks that LiteLLM makes of it: the last error for each variable.
_errors: ContextVar[dict[str, litellm.AuthenticationError] | None] = ContextVar(
    "gateway_missing_keys", default=None
)


def begin() -> None:
    """A new request: nothing was missed yet."""
    _errors.set({})


def refusal(kwargs: Mapping[str, object]) -> litellm.AuthenticationError | None:
    """The 401 for an attempt at a deployment whose key is not set; None where it is there.

    The upstream would say no better, and would read the prompt before.
    """
    name = missing_variable(kwargs)
    if name is None:
        return None
    errors = _errors.get()
    names = dict.fromkeys([*(errors or ()), name])
    error = litellm.AuthenticationError(
        message=_sentence(list(names)),
        llm_provider=str(kwargs.get("custom_llm_provider") or "openai"),
        model=str(kwargs.get("model")),
    )
    if errors is not None:
        errors[name] = error
        for earlier in errors.values():
            earlier.message = error.message
    return error


def _sentence(names: list[str]) -> str:
    *others, last = names
    if not others:
        return f"the variable {last} is not set in the gateway's .env"
    return f"the variables {', '.join(others)} and {last} are not set in the gateway's .env"
