"""LiteLLM's candidates for a request in, those of them out whose key is the one to use."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple

import litellm

from .call import Call
from .client_body import missing_variable
from .deployments import deployments_of
from .key_memory import memory
from .key_refusals import About, what_is_refused
from .key_rotation import Attempts
from .key_waiting import is_worth_waiting
from .keys_shown import keys_shown
from .reset_times import seconds_until_reset
from .retry_after import say_retry_after
from .rotated_key import Key, key_of, rotated_key_of
from .told_to_apps import OWNER, is_for_an_app

log = logging.getLogger("gateway")

ring = memory.ring


class Shown(NamedTuple):
    """A key that an attempt shows to its provider, and since when."""

    key: Key
    since: float


# One per request, shared by the tasks that LiteLLM makes of it.
_attempts: ContextVar[Attempts | None] = ContextVar("gateway_attempts", default=None)
_shown: ContextVar[Shown | None] = ContextVar("gateway_shown_key", default=None)


def begin() -> None:
    """A new request: it tried no key yet."""
    _attempts.set(Attempts())


async def narrowed(model: str, deployments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One deployment of each place that has several keys, and all others as they are.

    Raises what the client is to hear where no key can be used now; LiteLLM goes on to a fallback.
    """
    places, shared = _by_place(deployments)
    if not shared:
        return list(deployments)
    await memory.look()
    attempts = _attempts.get() or Attempts()
    chosen = [await _choose(keys, attempts) for keys in places.values()]
    left = [
        deployment
        for deployment in deployments
        if (id := deployment["model_info"]["id"]) not in shared or shared[id] in chosen
    ]
    if not left and places:
        keys = [key for keys in places.values() for key in keys]
        rest = ring.first_back(keys)
        seconds = rest.until - time.monotonic() if rest is not None and rest.is_of_quota else 0.0
        if not is_worth_waiting(model, seconds, attempts):
            raise _nobody(model, keys)
        await asyncio.sleep(seconds)
        attempts.tried.clear()
        return await narrowed(model, deployments)
    # Where no key is set, the attempt says which are missing.
    return left or list(deployments)


def _by_place(
    deployments: Sequence[dict[str, Any]],
) -> tuple[dict[tuple[str, str], list[Key]], dict[str, Key]]:
    """The keys that are set of each provider and model, and every key by its deployment's id."""
    places: dict[tuple[str, str], list[Key]] = {}
    shared: dict[str, Key] = {}
    for deployment in deployments:
        key = key_of(deployment.get("model_info"))
        if key is None:
            continue
        shared[deployment["model_info"]["id"]] = key
        if missing_variable(deployment.get("litellm_params", {})) is None:
            places.setdefault((key.id.provider, key.model), []).append(key)
    return places, shared


async def _choose(keys: Sequence[Key], attempts: Attempts) -> Key | None:
    """The key to use, with room in its hour and its day."""
    key = ring.choose(keys, attempts)
    while key is not None:
        seconds = await memory.room_in(key)
        if not seconds:
            break
        ring.fill(key, seconds, attempts)
        key = ring.choose(keys, attempts)
    _give_back_unused(attempts)
    return key


def _give_back_unused(attempts: Attempts) -> None:
    for key in attempts.unused:
        memory.count(key, -1, 0)
    attempts.unused.clear()


def started(kwargs: Mapping[str, Any]) -> None:
    """An attempt begins: a later one of the same request goes to another key."""
    key, attempts = key_of(kwargs.get("model_info")), _attempts.get()
    _shown.set(None if key is None or key.is_alone else Shown(key, time.monotonic()))
    if attempts is not None:
        ring.start(key, attempts)
        _give_back_unused(attempts)


def asked(kwargs: Mapping[str, Any]) -> None:
    """The attempt goes out, and shows its key."""
    memory.show(keys_shown(kwargs.get("api_key"), kwargs.get("model_info")))


def not_asked(kwargs: Mapping[str, Any]) -> None:
    """The attempt ended before the upstream heard of it: its quota is as it was."""
    key = key_of(kwargs.get("model_info"))
    if key is not None:
        memory.count(key, -1, 0)


def shown() -> Shown | None:
    """The key of the attempt that is under way; None where there is no other to go on to."""
    return _shown.get()


def succeeded(kwargs: Mapping[str, Any], tokens: int) -> None:
    """LiteLLM's record of an answer, of so many tokens, that is complete."""
    key = key_of((kwargs.get("litellm_params") or {}).get("model_info"))
    if key is None:
        return
    ring.spend(key, tokens)
    memory.count(key, 0, tokens)
    if not _is_noted(key):
        ring.succeed(key, time.monotonic(), _attempts.get())


def failed_elsewhere(kwargs: Mapping[str, Any]) -> None:
    """LiteLLM's record of an attempt that failed, where no transport of ours has seen it."""
    params, error = kwargs.get("litellm_params") or {}, kwargs.get("exception")
    key, status = rotated_key_of(params.get("model_info")), getattr(error, "status_code", None)
    if key is None or not isinstance(status, int) or _is_noted(key):
        return
    headers = getattr(getattr(error, "response", None), "headers", None)
    headers = getattr(error, "litellm_response_headers", None) or headers or {}
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    ring.fail(key, status, seconds_until_reset(lower, str(error).encode()))


def _is_noted(key: Key) -> bool:
    attempts = _attempts.get()
    return attempts is not None and (key.id, key.model) in attempts.noted


def _note(key: Key) -> Attempts | None:
    attempts = _attempts.get()
    if attempts is not None:
        attempts.noted.add((key.id, key.model))
    return attempts


def told_headers() -> dict[str, str]:
    """`x-gateway-refused-keys`: the variables whose keys were refused, of the providers that this
    request asked."""
    attempts = _attempts.get() or Attempts()
    providers = dict.fromkeys(id.provider for id, _ in attempts.tried)
    names = [name for provider in providers for name in ring.refused(provider)]
    return {"x-gateway-refused-keys": ", ".join(names)} if names else {}


def answered(key: Key, began: float) -> None:
    """The key is good."""
    ring.succeed(key, began, _note(key))


def failed(key: Key, status: int, headers: Mapping[str, str], body: bytes) -> int:
    """What became of an attempt is remembered; returns the status that LiteLLM is to see.

    LiteLLM gives up on a 402, and passes on the last refusal that it met: where the next key may do
    better, a refusal is a 429 to it, and the upstream's own words stay.
    """
    about, attempts = what_is_refused(status, body), _note(key)
    if about is About.THE_SIZE:
        return 429  # another key may have more for a minute; this one is as good as before
    is_key = about is About.THE_KEY
    as_said = 401 if is_key and status == 400 else status
    ring.fail(key, as_said, seconds_until_reset(headers, body), attempts)
    others = _siblings(key)
    if about is About.SOMETHING_ELSE:
        # Not every account may use every model: LiteLLM gives up on a 404, too.
        return 429 if status == 404 and _any_untried(others, attempts) else status
    back_in = ring.back_in(others)
    if back_in is None and about is About.ITS_QUOTA:
        back_in = 1.0  # one came back while this was asked; LiteLLM asks only so many times
    if back_in is not None:
        say_retry_after(back_in)
    if attempts is not None and status == 403:
        return _status_of_forbidden(others, attempts)
    return status if all(_is_locked(other) for other in others) else 429


def _status_of_forbidden(others: Sequence[Key], attempts: Attempts) -> int:
    """The 403 stands where every key that was tried said so, and none is left to try."""
    forbidden = {(each.id, each.model) for each, _ in attempts.forbidden}
    tried = {(other.id, other.model) for other in others} & attempts.tried
    return 403 if tried <= forbidden and not _any_untried(others, attempts) else 429


def _any_untried(keys: Sequence[Key], attempts: Attempts | None) -> bool:
    tried = attempts.tried if attempts is not None else ()
    return any((key.id, key.model) not in tried and ring.rest_of(key) is None for key in keys)


def seconds_until_again(call: Call, status: int, headers: Mapping[str, str], body: bytes) -> float:
    """How long to wait and ask the same once more, where nobody else could answer sooner; mostly 0.0."""
    if what_is_refused(status, body) is not About.ITS_QUOTA:
        return 0.0
    seconds = seconds_until_reset(headers, body)
    is_in_time = time.monotonic() + seconds < call.deadline
    if call.model is None or not is_in_time or _is_answered_sooner(call, seconds):
        return 0.0
    attempts = _attempts.get() or Attempts(has_waited=True)
    return seconds if is_worth_waiting(call.model, seconds, attempts) else 0.0


def _is_answered_sooner(call: Call, seconds: float) -> bool:
    """Whether another deployment of the model may be asked before that."""
    for deployment in deployments_of(call.model):
        if deployment["model_info"]["id"] == call.deployment:
            continue
        key = rotated_key_of(deployment["model_info"])
        if key is None or call.key is None or key.id.provider != call.key.id.provider:
            return True
        if missing_variable(deployment["litellm_params"]) is None:
            back_in = ring.back_in([key])
            if back_in is None or back_in < seconds:
                return True
    return False


def _is_locked(key: Key) -> bool:
    return key.id.variable in ring.refused(key.id.provider)


def _siblings(key: Key) -> list[Key]:
    """The keys that are set of the same place, the key itself among them."""
    found: dict[object, Key] = {key.id: key}
    for deployment in deployments_of():
        other = rotated_key_of(deployment.get("model_info"))
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
        which = OWNER if is_for_an_app() else names
        message = f"every key was refused or is out of credit: {which}"
        error = litellm.AuthenticationError(message=message, llm_provider="", model=model)
    else:
        message = f"no key can be used for {model} now: come back in {math.ceil(seconds)} s"
        error = litellm.RateLimitError(message=message, llm_provider="", model=model)
    return error
