"""Attempts whose key is not set in, one error a request out that names every variable which it missed.

LiteLLM passes on the words of a chain's first and of one more attempt: so each error of a request says
what all of them say, and which key was refused beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

import litellm

from .client_body import missing_variable


@dataclass(slots=True)
class _Missed:
    """The last error for each variable that is not set; the keys that were refused, as sentences."""

    errors: dict[str, litellm.AuthenticationError] = field(default_factory=dict)
    refused: dict[str, None] = field(default_factory=dict)

    def say(self) -> None:
        sentence = _sentence([*self.errors], [*self.refused])
        for error in self.errors.values():
            error.message = f"litellm.AuthenticationError: {sentence}"  # as its constructor has it


# One per request, shared by the tasks that LiteLLM makes of it.
_missed: ContextVar[_Missed | None] = ContextVar("gateway_missing_keys", default=None)


def begin() -> None:
    """A new request: nothing was missed yet."""
    _missed.set(_Missed())


def refusal(kwargs: Mapping[str, object]) -> litellm.AuthenticationError | None:
    """The 401 for an attempt at a deployment whose key is not set; None where it is there.

    The upstream would say no better, and would read the prompt before.
    """
    name = missing_variable(kwargs)
    if name is None:
        return None
    missed = _missed.get() or _Missed()
    missed.errors[name] = error = litellm.AuthenticationError(
        message=_sentence(list(dict.fromkeys([*missed.errors, name])), [*missed.refused]),
        llm_provider=str(kwargs.get("custom_llm_provider") or "openai"),
        model=str(kwargs.get("model")),
    )
    missed.say()
    return error


def remember_refusal(provider: str, variable: str | None) -> None:
    """An upstream answered 401: the request's errors say so, too, where keys are missing as well."""
    missed = _missed.get()
    if missed is not None and variable is not None:
        missed.refused[f"the provider {provider} refused its key {variable} (401)"] = None
        missed.say()


def _sentence(names: list[str], refused: list[str]) -> str:
    *others, last = names
    which = f"variables {', '.join(others)} and {last} are" if others else f"variable {last} is"
    return ", and ".join([f"the {which} not set in the gateway's .env", *refused])
