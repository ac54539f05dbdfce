"""What the attempts of one request lacked in, the words that each of its errors says out.

LiteLLM passes on the words of a chain's first and of one more attempt: so each error of a request says
what all of them say, and which key was refused beside them.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field

import litellm

from .told_to_apps import OWNER, is_for_an_app


@dataclass(slots=True)
class Missed:
    """The last error for each variable that is not set; the keys that were refused, as sentences."""

    errors: dict[str, litellm.AuthenticationError] = field(default_factory=dict)
    refused: dict[str, None] = field(default_factory=dict)

    def sentence(self, *further: str) -> str:
        """Of all variables that were missed, and of further ones; there has to be one."""
        if is_for_an_app():
            return ", and ".join([f"a key is not set in the gateway, and {OWNER}", *self.refused])
        *others, last = dict.fromkeys([*self.errors, *further])
        which = f"variables {', '.join(others)} and {last} are" if others else f"variable {last} is"
        return ", and ".join([f"the {which} not set in the gateway's .env", *self.refused])

    def add(self, name: str, error: litellm.AuthenticationError) -> None:
        self.errors[name] = error
        self._say()

    def add_refused(self, sentence: str) -> None:
        self.refused[sentence] = None
        self._say()

    def _say(self) -> None:
        for error in self.errors.values():
            error.message = (
                f"litellm.AuthenticationError: {self.sentence()}"  # as its constructor does
            )


# One per request, shared by the tasks that LiteLLM makes of it.
_missed: ContextVar[Missed | None] = ContextVar("gateway_missing_keys", default=None)


def begin() -> None:
    """A new request: nothing was missed yet."""
    _missed.set(Missed())


def missed() -> Missed:
    """By the request; of a call outside of one, nothing."""
    return _missed.get() or Missed()


def remember_refusal(provider: str, variable: str | None) -> None:
    """An upstream answered 401: the request's errors say so, too, where keys are missing as well."""
    if variable is not None:
        named = "" if is_for_an_app() else f" {variable}"
        missed().add_refused(f"the provider {provider} refused its key{named} (401)")
