"""`oauth:` of a provider in, how its token is got out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.model import EnvRef, OAuth

BROWSER, DEVICE = "browser", "device"
_REDIRECT = "http://127.0.0.1/callback"
ENDPOINTS = {BROWSER: "authorization_endpoint", DEVICE: "device_authorization_endpoint"}


def resolve_oauth(data: Mapping[str, Any] | None) -> OAuth | None:
    """`data` is what the provider says under `oauth`, None where it says nothing."""
    if data is None:
        return None
    secret = data.get("client_secret")
    return OAuth(
        issuer=data.get("issuer"),
        authorization_endpoint=data.get("authorization_endpoint"),
        token_endpoint=data.get("token_endpoint"),
        device_authorization_endpoint=data.get("device_authorization_endpoint"),
        revocation_endpoint=data.get("revocation_endpoint"),
        client_id=data["client_id"],
        client_secret=EnvRef(secret) if secret else None,
        scopes=tuple(data.get("scopes", ())),
        flow=flow_of(data),
        redirect_uri=data.get("redirect_uri", _REDIRECT),
        params=data.get("params", {}),
        header=data.get("header"),
    )


def flow_of(data: Mapping[str, Any]) -> str:
    """The flow that is said, else the one that the endpoints allow."""
    is_device_only = ENDPOINTS[DEVICE] in data and ENDPOINTS[BROWSER] not in data
    default = DEVICE if is_device_only and "issuer" not in data else BROWSER
    flow: str = data.get("flow", default)
    return flow
