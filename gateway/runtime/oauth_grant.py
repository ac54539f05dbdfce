"""A token endpoint and the form that oauthlib made in, its tokens out; nothing of the server's words goes further."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from oauthlib.oauth2 import Client, OAuth2Error

from .oauth_store import Login

_SECONDS = 10.0
"""To connect, and between two pieces of what is answered."""
_ALL_SECONDS = 30.0
"""For all of it: a server that drips keeps every other timeout waiting for ever."""
_MOST_BYTES = 1_000_000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# The codes of RFC 6749, 7009 and 8628; any other word of a server may hold what it was sent.
_KNOWN = frozenset(
    (
        *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client"),
        *("unsupported_grant_type", "invalid_scope", "access_denied", "server_error"),
        *("temporarily_unavailable", "authorization_pending", "slow_down", "expired_token"),
    )
)


class GrantError(Exception):
    """No token came. `code` is one of the RFCs' where the server gave one, else empty; the message is
    our own words, as what is said of the server: `it answers 503`. `may_pass`: it may answer later."""

    def __init__(self, message: str, code: str = "", *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.may_pass = may_pass


def require_private(url: str) -> None:
    """Raises GrantError for an address at which others could read along."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise GrantError("its address is not https")


def post(url: str, body: str) -> tuple[int, bytes]:
    """One form sent, from a thread without an event loop; redirects are not followed. Raises GrantError."""
    require_private(url)
    try:
        return asyncio.run(_posted(url, body))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        raise GrantError(_reason(error), may_pass=True) from None


async def _posted(url: str, body: str) -> tuple[int, bytes]:
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    async with (
        asyncio.timeout(_ALL_SECONDS),
        httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client,
        client.stream("POST", url, content=body, headers=headers) as response,
    ):
        return response.status_code, await _bounded(response)


async def _bounded(response: httpx.Response) -> bytes:
    content = b""
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > _MOST_BYTES:
            raise GrantError("what it answers is too long")
    return content


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError):
        return "it accepts no connection"
    is_late = isinstance(error, httpx.TimeoutException | TimeoutError)
    return "it does not answer in time" if is_late else "no answer"


def tokens_in(client: Client, status: int, content: bytes) -> Mapping[str, Any]:
    """What oauthlib reads in the answer of a token endpoint. Raises GrantError."""
    if 300 <= status < 400:
        raise GrantError("it redirects, which is not followed: a login is for one address")
    if status >= 500:
        raise GrantError(f"it answers {status}", may_pass=True)
    try:
        found: Mapping[str, Any] = client.parse_request_body_response(content.decode("utf-8"))
    except OAuth2Error as error:
        code = error.error if error.error in _KNOWN else ""
        raise GrantError(f"it answers {status}{f' ({code})' if code else ''}", code) from None
    except (ValueError, TypeError, AttributeError, KeyError):
        raise GrantError(f"it answers {status} with something else than a token") from None
    if status != 200:
        raise GrantError(f"it answers {status}")
    return found


def login_of(found: Mapping[str, Any], old: Login, asked_at: float) -> Login:
    """The login that `found` makes of `old`; a refresh token that was not replaced stays.

    Its life counts from when it was asked for. Raises GrantError.
    """
    access, refresh = found.get("access_token"), found.get("refresh_token") or old.refresh_token
    if not (_fits_a_header(access) and (refresh is None or _fits_a_header(refresh))):
        raise GrantError("its token is none that a header can carry")
    kind = found.get("token_type", "Bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise GrantError("its token is no bearer token")
    try:
        life = float(found["expires_in"])
    except (KeyError, TypeError, ValueError):
        life = None
    return Login(
        token_endpoint=old.token_endpoint,
        client_id=old.client_id,
        access_token=str(access),
        refresh_token=refresh,
        obtained_at=asked_at,
        expires_at=asked_at + life if life is not None else None,
        revocation_endpoint=old.revocation_endpoint,
    )


def _fits_a_header(token: object) -> bool:
    return isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token


def renewed(old: Login, secret: str | None) -> Login:
    """The refresh grant: a new access token for the refresh token. Raises GrantError."""
    client = Client(old.client_id)
    more = {"client_secret": secret} if secret else {}
    asked_at = time.time()
    body = client.prepare_refresh_body(
        refresh_token=old.refresh_token, client_id=old.client_id, **more
    )
    return login_of(tokens_in(client, *post(old.token_endpoint, body)), old, asked_at)
