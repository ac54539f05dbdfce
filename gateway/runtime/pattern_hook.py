"""A request as LiteLLM is about to serve it in; refused where no fragment and no pattern has its model,
with the pattern's fallbacks where one has it, out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import litellm
from litellm.proxy._types import ProxyException

from .claude_routes import Routes
from .model_patterns import refused

log = logging.getLogger("gateway")
_NO_RETRY = {"x-should-retry": "false"}


def behind(body: object, routes: Routes | None) -> tuple[str, ...]:
    """The chain of a pattern behind the name in the body: LiteLLM's own list has exact names only."""
    if routes is None or not isinstance(body, Mapping):
        return ()
    name = body.get("model")
    if not isinstance(name, str) or name in routes.names:
        return ()
    pattern = routes.patterns.serving(name)
    return pattern.fallbacks if pattern is not None else ()


def settle_name(body: object, routes: Routes | None) -> None:
    """Once the model is chosen, in place. Raises a 404 for a name that nothing serves, whoever asks for it:
    the request, or the fallbacks that it brings."""
    if routes is None or not routes.patterns or not isinstance(body, MutableMapping):
        return
    for name in _names(body):
        why = refused(name, routes.names, routes.patterns)
        if why is not None:
            raise ProxyException(
                message=why,
                type="not_found_error",
                param="model",
                code=404,
                headers=dict(_NO_RETRY),
            )
    chain = behind(body, routes)
    if chain and not body.get("fallbacks"):
        body["fallbacks"] = list(chain)


def refuse_group(model: str, deployments: Sequence[Any], routes: Routes | None) -> None:
    """The last lock, at each choice of a deployment: raises where a pattern is not to serve the name.

    Also where no routes are known: what may be asked is not known then.
    """
    if not any("*" in str(each.get("model_name")) for each in deployments):
        return
    why = "the gateway does not know its patterns"
    if routes is not None:
        why = refused(model, routes.names, routes.patterns) or ""
    if why:
        raise litellm.NotFoundError(message=why, model=model, llm_provider="openai")


def told_model(model: str | None, call: Mapping[str, Any]) -> str | None:
    """The name that was asked for, where the deployment's is a pattern."""
    if model is None or "*" not in model:
        return model
    metadata = call.get("litellm_metadata") or call.get("metadata") or {}
    group = metadata.get("model_group")
    return group if isinstance(group, str) else model


def _names(body: Mapping[str, Any]) -> Iterator[str]:
    """Those that are text: LiteLLM itself refuses others."""
    fallbacks = body.get("fallbacks")
    found = [body.get("model"), *(fallbacks if isinstance(fallbacks, list) else ())]
    for each in found:
        name = each.get("model", "") if isinstance(each, Mapping) else each
        if isinstance(name, str) and name:
            yield name
