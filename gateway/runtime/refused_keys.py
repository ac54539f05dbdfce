"""A provider's 401 goes in, one that says whose key was refused comes out; values stay where they are.

The client showed a key, too: a bare "incorrect API key" reads as if that one were meant.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

import httpx

from .missed_keys import remember_refusal
from .told_to_apps import OWNER, is_for_an_app, provider_of

# Shorter ones are words such as `none`, which stand for no key.
_SHORTEST = 8
_LONGEST = 500
_OTHERS = ("content-type", "content-length")


def variable_of(key: object) -> str | None:
    """The name of the variable that holds a deployment's key; None where none does."""
    return next(iter(variables_of(key)), None)


def variables_of(key: object) -> tuple[str, ...]:
    """Those that hold it, in the alphabet's order."""
    if not isinstance(key, str) or len(key) < _SHORTEST:
        return ()
    return tuple(sorted(name for name, value in os.environ.items() if value == key))


def saying_whose_key(
    response: httpx.Response, deployment: str | None, variable: str | None
) -> httpx.Response:
    """In the shape that OpenAI's and Anthropic's clients read; a body that is read already.

    The errors of a request that has missed keys, too, say it from then on.
    """
    provider = provider_of(deployment) or "of this model"
    remember_refusal(provider, variable)
    if is_for_an_app():
        refused = "refused the gateway's own key" if variable else "wants a key"
        message = f"the provider {provider} {refused} (401): {OWNER}"
    else:
        refused = f"refused its key {variable}" if variable else "wants a key"
        said = _words(response)[:_LONGEST]
        message = f"the provider {provider} {refused} (401): `gateway keys check`; it said: {said}"
    error = {"type": "authentication_error", "message": message, "code": "invalid_api_key"}
    kept = [each for each in response.headers.multi_items() if each[0] not in _OTHERS]
    return httpx.Response(
        response.status_code,
        headers=kept,
        json={"type": "error", "error": error},
        extensions=response.extensions,
        request=response.request,
    )


def _words(response: httpx.Response) -> str:
    """The upstream's own, without the wrapping."""
    try:
        data = json.loads(response.content)
    except (ValueError, RecursionError):
        return response.text
    error = data.get("error") if isinstance(data, Mapping) else None
    message = error.get("message") if isinstance(error, Mapping) else error
    return message if isinstance(message, str) else response.text
