"""A request's own parameters, a deployment's defaults and bounds in, what is sent upstream out.

LiteLLM 1.106.2 puts the defaults where the client says nothing, name by name: of two names for the
longest answer both are sent, and a client's `extra_body` takes the place of the whole default. It
lowers and raises nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from .deployments import rendered_in, router

log = logging.getLogger("gateway")

LENGTHS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
"""What a request calls the longest answer: chat and messages, chat, responses."""
Deployment = Callable[[Mapping[str, Any]], Mapping[str, Any]]
# Anthropic's API refuses a smaller one.
_LEAST_THINKING = 1024


def settle_params(kwargs: MutableMapping[str, Any], deployment: Deployment) -> None:
    """The arguments of any call to a deployment, in place; `deployment` finds its `litellm_params`."""
    try:
        _settle_lengths(kwargs)
        _join_bodies(kwargs, deployment)
        clamp(kwargs)
    except Exception as error:  # it goes on as LiteLLM would send it
        log.warning("gateway: parameters are not settled: %s", type(error).__name__)


def clamp(kwargs: MutableMapping[str, Any]) -> None:
    """Lowers and raises what the request asks for to what the deployment says, thinking with it."""
    bounds = _bounds(kwargs)
    for name in LENGTHS if bounds else ():
        asked = kwargs.get(name)
        if isinstance(asked, bool) or not isinstance(asked, int | float):
            continue
        raised = max(asked, bounds.get("min", asked))
        given = int(min(raised, bounds.get("max", raised)))
        if given != asked:
            kwargs[name] = given
        if given < asked:
            _shorten_thinking(kwargs, int(asked), given)


def _shorten_thinking(kwargs: MutableMapping[str, Any], asked: int, given: int) -> None:
    """Thoughts are part of the answer, and must be shorter than it. What the request leaves for words
    stays, up to a half; where no thought would fit, there is none."""
    thinking = kwargs.get("thinking")
    if not isinstance(thinking, Mapping):
        return
    budget = thinking.get("budget_tokens")
    if isinstance(budget, bool) or not isinstance(budget, int):
        return
    words = max(1, min(asked - budget, given // 2))
    fits = min(budget, given - words)
    if fits >= min(_LEAST_THINKING, budget):
        kwargs["thinking"] = {**thinking, "budget_tokens": fits}
    elif given > _LEAST_THINKING:
        kwargs["thinking"] = {**thinking, "budget_tokens": _LEAST_THINKING}
    else:
        del kwargs["thinking"]


def _bounds(kwargs: Mapping[str, Any]) -> Mapping[str, int]:
    bounds = rendered_in(kwargs.get("model_info")).get("output_tokens")
    return bounds if isinstance(bounds, Mapping) else {}


def _settle_lengths(kwargs: MutableMapping[str, Any]) -> None:
    """Of the names for the longest answer the client's own, where it says one."""
    body = _body(kwargs)
    own = [name for name in LENGTHS if body.get(name) is not None and name in kwargs]
    for name in LENGTHS if own else ():
        if name not in own:
            kwargs.pop(name, None)


def _join_bodies(kwargs: MutableMapping[str, Any], deployment: Deployment) -> None:
    """A client's `extra_body` is fields of its request: those that it does not have stay."""
    own = _body(kwargs).get("extra_body")
    if isinstance(own, Mapping):
        kwargs["extra_body"] = {**(deployment(kwargs).get("extra_body") or {}), **own}


def _body(kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    request = kwargs.get("proxy_server_request")
    body = request.get("body") if isinstance(request, Mapping) else None
    return body if isinstance(body, Mapping) else {}


def deployment_of(kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The `litellm_params` of the deployment that a call goes to, as they are configured."""
    routed, info = router(), kwargs.get("model_info") or {}
    found = routed.get_deployment(model_id=info.get("id")) if routed is not None else None
    return found.litellm_params.model_dump() if found is not None else {}
