"""`oauth:` of a provider in, its authorization server's endpoints out: as written, else as the issuer describes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from gateway.model import GatewayError, OAuth
from gateway.resolve.oauth import DEVICE, ENDPOINTS
from gateway.runtime.oauth_grant import GrantError, require_private

_SECONDS = 10.0
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Endpoints:
    """`begin` is where the flow begins: the authorization endpoint, or the device's."""

    begin: str
    token: str
    revocation: str | None


def endpoints_of(oauth: OAuth, flow: str) -> Endpoints:
    """Raises GatewayError where one is missing, or others could read along there."""
    written: dict[str, str | None] = {
        ENDPOINTS[flow]: getattr(oauth, ENDPOINTS[flow]),
        "token_endpoint": oauth.token_endpoint,
        "revocation_endpoint": oauth.revocation_endpoint,
    }
    described: Mapping[str, Any] = {}
    if oauth.issuer and not all((written[ENDPOINTS[flow]], written["token_endpoint"])):
        described = _description_of(oauth.issuer)
        methods = described.get("code_challenge_methods_supported")
        if flow != DEVICE and isinstance(methods, list) and "S256" not in methods:
            raise GatewayError(
                f"{oauth.issuer} does not know PKCE with S256", _by_device(described)
            )
    found = {name: value or described.get(name) for name, value in written.items()}
    for name in (ENDPOINTS[flow], "token_endpoint"):
        if not isinstance(found[name], str):
            hint = _by_device(described) if flow != DEVICE else f"add `{name}`"
            raise GatewayError(f"{oauth.issuer} names no `{name}`", hint)
    for name, value in found.items():
        _require_private(name, value)
    return Endpoints(
        str(found[ENDPOINTS[flow]]), str(found["token_endpoint"]), found["revocation_endpoint"]
    )


def _by_device(described: Mapping[str, Any]) -> str | None:
    return "use `--device`" if ENDPOINTS[DEVICE] in described else None


def _require_private(name: str, value: object) -> None:
    if value is None:
        return
    try:
        require_private(str(value))
    except (GrantError, ValueError):
        raise GatewayError(
            f"the `{name}` is not an https address: nothing was sent there"
        ) from None


def _description_of(issuer: str) -> Mapping[str, Any]:
    """RFC 8414's place, then OpenID's; it must be the issuer's own. Raises GatewayError."""
    parts = urlsplit(issuer)
    root, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    places = (
        f"{root}/.well-known/oauth-authorization-server{path}",
        f"{root}{path}/.well-known/openid-configuration",
    )
    why = ""
    for place in places:
        try:
            found = _fetched(place)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            why = why or f"it does not answer ({type(error).__name__})"
            continue
        if found is None:
            continue
        if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
            raise GatewayError(f"what {place} describes is another issuer: nothing was sent there")
        return found
    raise GatewayError(
        f"{issuer} does not describe its endpoints" + (f": {why}" if why else ""),
        "write `authorization_endpoint` and `token_endpoint` instead",
    )


def _fetched(url: str) -> Mapping[str, Any] | None:
    require_private(url)
    with httpx.Client(timeout=_SECONDS, follow_redirects=False) as client:
        response = client.get(url, headers={"Accept": "application/json"})
    if response.status_code != 200 or len(response.content) > _MOST_BYTES:
        return None
    found = json.loads(response.content)
    return found if isinstance(found, dict) else None
