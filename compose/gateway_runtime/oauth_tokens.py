"""A call to a provider that was logged in to in, the call with the current token for a key out."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import os
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import litellm

from . import oauth_doubts, oauth_store
from .blanking import also_blank
from .deployments import rendered_in
from .oauth_renewal import LoginNeededError, RenewalError, is_due, is_over, renew
from .oauth_store import Login
from .reachability import origin_of
from .told_to_apps import OWNER, is_for_an_app

log = logging.getLogger("gateway")
# Seconds in which an authorization server that failed is not asked again.
_PAUSE = 5.0
# Seconds in which a new token is not renewed for a 401: then it is not the token that is wrong.
_FRESH = 60.0
# Seconds that a request waits for a renewal: a server that drips, or a stopped process with the lock, may
# take for ever.
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Declared:
    """What `oauth.json` says of a provider; the token goes to `api_base`'s origin alone."""

    api_base: str | None
    client_id: str
    token_endpoint: str | None
    client_secret: str | None
    header: str | None


def read_declared(folder: Path) -> dict[str, Declared]:
    """By provider, of the file that was rendered beside this module; none where there is no file."""
    try:
        data = json.loads((folder / "oauth.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return {name: Declared(**each) for name, each in data.items()}


class OAuthTokens:
    """One per process. `folder` is where the logins are kept."""

    def __init__(self, declared: Mapping[str, Declared], folder: Path) -> None:
        self._declared = declared
        self._folder = folder
        self._renewals: dict[str, asyncio.Task[Login]] = {}
        self._failed: dict[str, tuple[float, str]] = {}

    async def put_into(self, kwargs: MutableMapping[str, Any]) -> None:
        """Sets the call's key, or raises what makes the router go on to the next of the chain."""
        oauth_doubts.show(None)
        name = _provider_of(kwargs)
        if name is None:
            return
        declared = self._declared.get(name)
        if declared is None or not _is_its_own(declared, kwargs):
            raise _refusal(kwargs, f"the token of {name} is not for this address")
        token = await self._current(name, declared, kwargs)
        also_blank(token)
        oauth_doubts.show(token)
        if declared.header is None:
            kwargs["api_key"] = token
            return
        value = f"Bearer {token}" if declared.header.lower() == "authorization" else token
        kwargs["extra_headers"] = {**(kwargs.get("extra_headers") or {}), declared.header: value}

    async def _current(self, name: str, declared: Declared, kwargs: Mapping[str, Any]) -> str:
        try:
            login = oauth_store.read(self._folder, name)
        except OSError as error:
            raise _refusal(kwargs, _unreadable(name, error)) from None
        if login is None or login.is_refused or _is_anothers(login, declared):
            raise _refusal(kwargs, _login_needed(name, login))
        now = time.time()
        token = login.access_token
        # A clock that was set back makes a token younger than it is: then it counts as old.
        is_fresh = 0 <= now - login.obtained_at <= _FRESH
        is_doubted = oauth_doubts.is_doubted(token) and not is_fresh
        is_kept = login.refresh_token is None and not is_over(login, now)
        if not is_doubted and (is_kept or not is_due(login, now)):
            return token
        renewal = self._renewal(name, declared, login)
        if not is_doubted and not is_over(login, now):
            return token  # nobody waits while it still holds
        try:
            # Shielded: a client that goes away must not take the others' token with it.
            async with asyncio.timeout(_PATIENCE):
                return (await asyncio.shield(renewal)).access_token
        except LoginNeededError:
            raise _refusal(kwargs, _login_needed(name, login)) from None
        except RenewalError as error:
            why = OWNER if is_for_an_app() else str(error)
            raise _unavailable(kwargs, f"the token of {name} cannot be renewed: {why}") from None
        except TimeoutError:
            message = f"the token of {name} is not renewed in {_PATIENCE:g} s"
            raise _unavailable(kwargs, message) from None
        except OSError as error:
            raise _unavailable(kwargs, _unreadable(name, error)) from None

    def _renewal(self, name: str, declared: Declared, login: Login) -> asyncio.Task[Login]:
        """The one that is under way, else a new one."""
        task = self._renewals.get(name)
        if task is None:
            # An empty context: it outlives the request that started it.
            task = asyncio.get_running_loop().create_task(
                self._renew(name, declared, login), context=contextvars.Context()
            )
            self._renewals[name] = task
            task.add_done_callback(lambda done: self._over(name, done))
        return task

    def _over(self, name: str, done: asyncio.Task[Login]) -> None:
        self._renewals.pop(name, None)
        if not done.cancelled() and (error := done.exception()) is not None:
            log.warning("gateway: the token of %s is not renewed: %s", name, _why(error))

    async def _renew(self, name: str, declared: Declared, login: Login) -> Login:
        until, why = self._failed.get(name, (0.0, ""))
        if time.monotonic() < until:
            raise RenewalError(why)
        also_blank(login.refresh_token or "")
        try:
            secret = _secret(declared)
            new = await asyncio.to_thread(renew, self._folder, name, secret, login.access_token)
        except RenewalError as error:
            self._failed[name] = (time.monotonic() + _PAUSE, str(error))
            raise
        finally:
            oauth_doubts.believe(login.access_token)
        log.info("gateway: the token of %s is renewed", name)
        return new


def _secret(declared: Declared) -> str | None:
    name = declared.client_secret
    if name is None:
        return None
    value = os.environ.get(name, "")
    if not value or value == f"missing-{name}":
        raise RenewalError(f"the variable {name} is not set in the gateway's .env")
    return value


def _provider_of(kwargs: Mapping[str, Any]) -> str | None:
    name = rendered_in(kwargs.get("model_info")).get("oauth")
    return name if isinstance(name, str) else None


def _is_its_own(declared: Declared, kwargs: Mapping[str, Any]) -> bool:
    written = declared.api_base or ""
    if written.startswith("os.environ/"):
        written = os.environ.get(written.removeprefix("os.environ/"), "")
    there = origin_of(written)
    return there is not None and origin_of(kwargs.get("api_base")) == there


def _is_anothers(login: Login, declared: Declared) -> bool:
    """Whether gateway.yaml names another client or server since the login."""
    endpoint = declared.token_endpoint or login.token_endpoint
    return (login.client_id, login.token_endpoint) != (declared.client_id, endpoint)


def _login_needed(name: str, login: Login | None) -> str:
    why = "nobody is logged in to" if login is None else "the login has ended at"
    return f"{why} {name}: run `gateway keys login {name}` where the gateway runs"


def _why(error: BaseException) -> str:
    """In words of ours; a library's may repeat what it was given."""
    if isinstance(error, RenewalError):
        return str(error)
    return "the login has ended" if isinstance(error, LoginNeededError) else type(error).__name__


def _unreadable(name: str, error: OSError) -> str:
    return f"the login of {name} cannot be read or renewed there ({type(error).__name__})"


def _refusal(kwargs: Mapping[str, Any], message: str) -> litellm.AuthenticationError:
    return litellm.AuthenticationError(message=message, **_where(kwargs))


def _unavailable(kwargs: Mapping[str, Any], message: str) -> litellm.APIConnectionError:
    return litellm.APIConnectionError(message=message, **_where(kwargs))


def _where(kwargs: Mapping[str, Any]) -> dict[str, str]:
    provider = str(kwargs.get("custom_llm_provider") or "openai")
    return {"llm_provider": provider, "model": str(kwargs.get("model"))}
