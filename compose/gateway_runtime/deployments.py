"""LiteLLM's router, and what was rendered into its deployments for this package, in one place."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def router() -> Any:
    """LiteLLM's; None until it serves, and outside of it."""
    return getattr(sys.modules.get("litellm.proxy.proxy_server"), "llm_router", None)


def deployments_of(model: str | None = None) -> Iterator[Mapping[str, Any]]:
    """Those of a model, by the gateway's name for it; else all."""
    routed = router()
    for deployment in routed.model_list if routed is not None else ():
        if model in (None, deployment["model_name"]):
            yield deployment


def stand_ins(routed: Any, model: str) -> Sequence[str]:
    """The models that a router asks after this one; its `fallbacks` are None where no model has any."""
    return [name for each in routed.fallbacks or () for name in each.get(model, ())]


def rendered_in(model_info: object) -> Mapping[str, Any]:
    """What a deployment's `model_info` says to this package; empty where the deployment is none of ours."""
    said = model_info.get("gateway") if isinstance(model_info, Mapping) else None
    return said if isinstance(said, Mapping) else {}
