"""A decision in, what the client and LiteLLM's logs are told of it out."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from .claude_request import MESSAGES
from .claude_routes import Step, shown

ROUTE, REASON = "x-gateway-route", "x-gateway-route-reason"
_SESSION = "gateway_session"
_LONGEST = 300


def told_headers(step: Step | None) -> dict[str, str]:
    """Header-safe, whatever the request held."""
    if step is None:
        return {}
    return {ROUTE: step.route, REASON: shown(step.reason, _LONGEST)}


def tell_the_logs(
    body: MutableMapping[str, Any], protocol: str, step: Step, session: str | None
) -> None:
    """LiteLLM hands its metadata to every logger; a client's own of `/v1/messages` goes upstream."""
    key = "litellm_metadata" if protocol == MESSAGES else "metadata"
    metadata = body.setdefault(key, {})
    if isinstance(metadata, MutableMapping):
        metadata["gateway_route"] = step.route
        metadata["gateway_route_reason"] = shown(step.reason, _LONGEST)
        if session is not None:
            metadata[_SESSION] = session


def session_in(kwargs: Any) -> str | None:
    """The session that `tell_the_logs` wrote down, in what LiteLLM gives a logger."""
    params = kwargs.get("litellm_params") or {}
    for key in ("litellm_metadata", "metadata"):
        session = (params.get(key) or {}).get(_SESSION)
        if isinstance(session, str):
            return session
    return None
