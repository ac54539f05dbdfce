"""A login in, its tokens given back to the server out (RFC 7009)."""

from __future__ import annotations

from oauthlib.oauth2 import Client

from gateway.runtime.oauth_grant import GrantError, post
from gateway.runtime.oauth_store import Login


def revoke(login: Login, secret: str | None) -> str | None:
    """None where the server took them back, else why not, as what is said of it."""
    client = Client(login.client_id)
    endpoint = login.revocation_endpoint or ""
    more = {"client_id": login.client_id, **({"client_secret": secret} if secret else {})}
    for token, kind in (
        (login.refresh_token, "refresh_token"),
        (login.access_token, "access_token"),
    ):
        if token is None:
            continue
        _, _, body = client.prepare_token_revocation_request(
            endpoint.replace("http://", "https://", 1), token, kind, **more
        )
        try:
            status, _ = post(endpoint, body)
        except GrantError as error:
            return str(error)
        if status != 200:
            return f"it answers {status}"
    return None
