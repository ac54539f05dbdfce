"""A login that is about to end in, one that lasts out: whoever asks first renews it, the others read what came."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from . import oauth_store
from .oauth_store import Login

# Seconds before its end at which a token is renewed; of a short life a quarter.
_EARLY = 120.0
_SHARE = 0.25


class LoginNeededError(Exception):
    """A person has to log in: nobody did, or the server takes the refresh token no more."""


class RenewalError(Exception):
    """It could not be renewed now; the message says why, as what is said of the server."""


def is_over(login: Login, now: float) -> bool:
    """Whether the access token has ended."""
    return login.expires_at is not None and now >= login.expires_at


def is_due(login: Login, now: float) -> bool:
    """Whether it is time to renew it."""
    if login.expires_at is None:
        return False
    early = min(_EARLY, _SHARE * (login.expires_at - login.obtained_at))
    return now >= login.expires_at - early


def renew(folder: Path, name: str, secret: str | None, used: str) -> Login:
    """A login whose token is another than `used`: renewed here, or by whoever had the lock before.

    Blocks. Raises LoginNeededError, RenewalError, OSError.
    """
    with oauth_store.locked(folder, name):
        login = oauth_store.read(folder, name)
        if login is None or login.is_refused:
            raise LoginNeededError
        if login.access_token != used and not is_over(login, time.time()):
            return login
        if login.refresh_token is None:
            raise LoginNeededError
        new = _asked_for(folder, name, login, secret)
        oauth_store.write(folder, name, new)
        return new


def _asked_for(folder: Path, name: str, login: Login, secret: str | None) -> Login:
    try:
        from . import oauth_grant  # noqa: PLC0415 - oauthlib comes with LiteLLM's proxy, not with every LiteLLM
    except ImportError:
        raise RenewalError("oauthlib is not installed there") from None
    try:
        return oauth_grant.renewed(login, secret)
    except oauth_grant.GrantError as error:
        if error.code == "invalid_grant":
            oauth_store.write(folder, name, replace(login, is_refused=True))
            raise LoginNeededError from None
        raise RenewalError(str(error)) from None
