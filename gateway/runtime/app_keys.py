"""Who may come in: the keys that a request shows against the master key."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from collections.abc import Iterable, Mapping
from typing import Any

from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth

log = logging.getLogger("gateway")

REFUSAL = "missing or wrong API key: send a key of this gateway as `Authorization: Bearer KEY`"
"""Without the name of Anthropic's own header: Claude Code reads that as "Please run /login"."""
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


def caller_of(keys: Iterable[str], master_key: str | None) -> UserAPIKeyAuth | None:
    """The caller that one of the keys belongs to, None if none does. Apps come in here later."""
    if not master_key:
        return None
    wanted = _digest(master_key)
    # No early way out: the time taken tells nothing about which key was nearly right.
    matches = [hmac.compare_digest(_digest(key), wanted) for key in keys]
    if any(matches):
        return UserAPIKeyAuth(
            api_key=wanted.hex(),
            key_alias="master",
            user_id="default_user_id",
            user_role=LitellmUserRoles.PROXY_ADMIN,
        )
    return None


def _master_key() -> str | None:
    from litellm.proxy import proxy_server  # noqa: PLC0415

    return proxy_server.master_key or os.environ.get("LITELLM_MASTER_KEY")


def find_caller(headers: Mapping[str, str]) -> UserAPIKeyAuth | None:
    """The caller that the request's headers (lower case) show; None keeps them out."""
    try:
        return caller_of(presented_keys(headers), _master_key())
    except Exception as error:  # a bug here keeps everybody out, with a 401
        log.error("gateway: authentication failed with %s", type(error).__name__)  # noqa: TRY400
        return None


async def authenticate(request: Any, api_key: str) -> UserAPIKeyAuth:  # noqa: ARG001
    """LiteLLM's `custom_auth`: the caller, else a 401 in OpenAI's shape.

    Behind `door.Door`, which answers first; the second lock for websockets and for a gateway
    that was started without its start-up hook.
    """
    caller = find_caller(request.headers)
    if caller is None:
        raise ProxyException(message=REFUSAL, type="authentication_error", param=None, code=401)
    return caller
