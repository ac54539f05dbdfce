"""Who may come in: the keys that a request shows against the master key and the apps' keys."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth

from .app_admission import admission
from .apps import NOBODY, App, Apps, load_apps

log = logging.getLogger("gateway")

REFUSAL = "missing or wrong API key: send a key of this gateway as `Authorization: Bearer KEY`"
"""Without the name of Anthropic's own header: Claude Code reads that as "Please run /login"."""
MASTER = "master"
# The engines pass an unset variable NAME as `missing-NAME`: nobody's key.
_MISSING = "missing-"
_KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "x-litellm-api-key")


def presented_keys(headers: Mapping[str, str]) -> list[str]:
    """Every key that a request shows; clients send stale ones beside the right one."""
    shown = []
    for name in _KEY_HEADERS:
        value = headers.get(name, "").strip()
        scheme, _, rest = value.partition(" ")
        key = rest.strip() if scheme.lower() == "bearer" else value
        if key:
            shown.append(key)
    return shown


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


class Holder(NamedTuple):
    """Who has a key; of the key only its digest."""

    name: str
    digest: bytes


def holders_of(
    apps: Iterable[App], environ: Mapping[str, str], master_key: str | None
) -> tuple[Holder, ...]:
    """Everybody who has a key: the owner first, then each app with each of its keys that is set."""
    owner = [Holder(MASTER, _digest(master_key))] if master_key else []
    shown = [(app.name, environ.get(variable, "")) for app in apps for variable in app.keys]
    return (
        *owner,
        *(Holder(n, _digest(key)) for n, key in shown if key and not key.startswith(_MISSING)),
    )


def holder_of(keys: Iterable[str], holders: Sequence[Holder]) -> str | None:
    """Whose one of the keys is, None where it is nobody's.

    Of two with one key it is the last, who may do less: an app's is never taken for the master key.
    """
    shown = [_digest(key) for key in keys]
    names = (None, *(holder.name for holder in holders for _ in shown))
    # No early way out and no branch: the time taken tells neither whose key was nearly right, nor
    # whether one was right.
    place = 0
    for this, (holder, digest) in enumerate(product(holders, shown), 1):
        place = (place, this)[hmac.compare_digest(digest, holder.digest)]
    return names[place]


def caller_of(
    keys: Iterable[str],
    master_key: str | None,
    apps: Apps = NOBODY,
    environ: Mapping[str, str] | None = None,
) -> str | None:
    """`master`, the name of an app, or None; `environ` holds the apps' keys."""
    return holder_of(
        keys, holders_of(apps.apps, os.environ if environ is None else environ, master_key)
    )


def _master_key() -> str | None:
    from litellm.proxy import proxy_server  # noqa: PLC0415

    return proxy_server.master_key or os.environ.get("LITELLM_MASTER_KEY")


@cache
def known_apps() -> Apps:
    """What was rendered for this process. What is not readable lets in no app."""
    try:
        return load_apps(Path(__file__).parent)
    except Exception as error:  # the owner's key still opens
        log.error("gateway: no app is let in: apps.json is not readable: %s", type(error).__name__)  # noqa: TRY400
        return NOBODY


def find_caller(headers: Mapping[str, str]) -> str | None:
    """Whose key the request's headers (lower case) show: `master` or an app's; None keeps them out."""
    try:
        return caller_of(presented_keys(headers), _master_key(), known_apps())
    except Exception as error:  # a bug here keeps everybody out, with a 401
        log.error("gateway: authentication failed with %s", type(error).__name__)  # noqa: TRY400
        return None


def told_to_litellm(caller: str) -> UserAPIKeyAuth:
    """The same in LiteLLM's words. What an app may ask is the door's affair: LiteLLM would list its
    models, and serve all."""
    if caller == MASTER:
        return UserAPIKeyAuth(
            api_key=_digest(_master_key() or "").hex(),
            key_alias=MASTER,
            user_id="default_user_id",
            user_role=LitellmUserRoles.PROXY_ADMIN,
        )
    return UserAPIKeyAuth(
        api_key=_digest(f"app {caller}").hex(),
        key_alias=caller,
        user_id=f"app:{caller}",
        user_role=LitellmUserRoles.INTERNAL_USER,
    )


async def authenticate(request: Any, api_key: str) -> UserAPIKeyAuth:  # noqa: ARG001
    """LiteLLM's `custom_auth`: the caller, else a 401 in OpenAI's shape.

    Behind `door.Door`, which answers first; the second lock for websockets and for a gateway
    that was started without its start-up hook. An app comes in by the door alone, where its limits
    and its models are looked at.
    """
    caller = find_caller(request.headers)
    if caller is None:
        raise ProxyException(message=REFUSAL, type="authentication_error", param=None, code=401)
    if caller != MASTER and admission.get() is None:
        message = "an app cannot use this: it is for the gateway's owner"
        raise ProxyException(message=message, type="permission_error", param=None, code=403)
    return told_to_litellm(caller)
