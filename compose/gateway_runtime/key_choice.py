"""LiteLLM's candidates for a request in, those of them out whose key is the one to use.

What is known of the keys is `ring`: one for the process, as each worker and each replica has its own.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import litellm

from .client_body import missing_variable
from .key_rotation import Attempts, Key, KeyRing, key_of
from .reachability import origin_of
from .reset_times import seconds_until_reset
from .retry_after import say_retry_after

log = logging.getLogger("gateway")

ring = KeyRing()
# One per request, shared by the tasks that LiteLLM makes of it.
_attempts: ContextVar[Attempts | None] = ContextVar("gateway_attempts", default=None)
# A provider's refusals that the next key may not meet.
_OF_ONE_KEY = (401, 402, 403)


def begin() -> None:
    """A new request: it tried no key yet."""
    _attempts.set(Attempts())


def narrowed(model: str, deployments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One deployment of each place that has several keys, and all others as they are.

    Raises what the client is to hear where no key can be used now; LiteLLM goes on to a fallback.
    """
    places: dict[tuple[str, str], list[Key]] = {}
    shared: dict[str, Key] = {}
    for deployment in deployments:
        key = key_of(deployment.get("model_info"))
        if key is None:
            continue
        shared[deployment["model_info"]["id"]] = key
        if missing_variable(deployment.get("litellm_params", {})) is None:
            places.setdefault((key.id.provider, key.model), []).append(key)
    attempts = _attempts.get() or Attempts()
    chosen = [ring.choose(keys, attempts) for keys in places.values()]
    left = [
        deployment
        for deployment in deployments
        if (id := deployment["model_info"]["id"]) not in shared or shared[id] in chosen
    ]
    if not left and places:
        raise _nobody(model, [key for keys in places.values() for key in keys])
    # Where no key is set, the attempt says which are missing.
    return left or list(deployments)


def started(kwargs: Mapping[str, Any]) -> None:
    """An attempt begins: a later one of the same request goes to another key."""
    key, attempts = key_of(kwargs.get("model_info")), _attempts.get()
    if attempts is not None:
        ring.start(key, attempts)


def succeeded(kwargs: Mapping[str, Any], tokens: int) -> None:
    """LiteLLM's record of an answer, of so many tokens, that is complete."""
    params = kwargs.get("litellm_params") or {}
    key = key_of(params.get("model_info"))
    if key is None:
        return
    ring.spend(key, tokens)
    if origin_of(params.get("api_base")) is None:
        ring.succeed(key, time.monotonic())


def failed_elsewhere(kwargs: Mapping[str, Any]) -> None:
    """LiteLLM's record of an attempt that failed, where no transport of ours has seen it."""
    params, error = kwargs.get("litellm_params") or {}, kwargs.get("exception")
    key, status = key_of(params.get("model_info")), getattr(error, "status_code", None)
    if key is None or not isinstance(status, int) or origin_of(params.get("api_base")) is not None:
        return
    headers = getattr(getattr(error, "response", None), "headers", None)
    headers = getattr(error, "litellm_response_headers", None) or headers or {}
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    ring.fail(key, status, seconds_until_reset(lower, str(error).encode()))


def told_headers() -> dict[str, str]:
    """`x-gateway-refused-keys`: the variables whose keys were refused, of the providers that this
    request asked."""
    attempts = _attempts.get() or Attempts()
    providers = dict.fromkeys(id.provider for id, _ in attempts.tried)
    names = [name for provider in providers for name in ring.refused(provider)]
    return {"x-gateway-refused-keys": ", ".join(names)} if names else {}


def answered(key: Key, began: float) -> None:
    """The key is good."""
    ring.succeed(key, began)


def failed(key: Key, status: int, headers: Mapping[str, str], body: bytes) -> int:
    """What became of an attempt is remembered; returns the status that LiteLLM is to see.

    LiteLLM gives up on a 402, and passes on the last refusal that it met: where the next key may do
    better, a refusal is a 429 to it, and the upstream's own words stay.
    """
    stated = seconds_until_reset(headers, body)
    ring.fail(key, status, stated, _attempts.get())
    if status != 429 and status not in _OF_ONE_KEY:
        return status
    others = _siblings(key)
    back_in = ring.back_in(others)
    if back_in is not None:
        say_retry_after(back_in)
    is_refused_everywhere = all(_is_locked(other) for other in others)
    return status if is_refused_everywhere or (status == 403 and not _is_locked(key)) else 429


def _is_locked(key: Key) -> bool:
    return key.id.variable in ring.refused(key.id.provider)


def _siblings(key: Key) -> list[Key]:
    """The keys that are set of the same place, the key itself among them."""
    from litellm.proxy import proxy_server  # noqa: PLC0415 - it is there once LiteLLM serves

    router = proxy_server.llm_router
    found: dict[object, Key] = {key.id: key}
    for deployment in router.model_list if router is not None else ():
        other = key_of(deployment.get("model_info"))
        if (
            other is not None
            and (other.id.provider, other.model) == (key.id.provider, key.model)
            and missing_variable(deployment["litellm_params"]) is None
        ):
            found[other.id] = other
    return list(found.values())


def _nobody(model: str, keys: Sequence[Key]) -> Exception:
    """One error that says when to come back, or that names what has to be mended."""
    # Where some are ready, this request tried them.
    seconds = ring.back_in(keys) or 1.0
    say_retry_after(seconds)
    error: Exception
    if all(_is_locked(key) for key in keys):
        names = ", ".join(sorted({key.id.variable for key in keys}))
        message = f"every key was refused or is out of credit: {names}"
        error = litellm.AuthenticationError(message=message, llm_provider="", model=model)
    else:
        message = f"no key can be used for {model} now: come back in {math.ceil(seconds)} s"
        error = litellm.RateLimitError(message=message, llm_provider="", model=model)
    return error
