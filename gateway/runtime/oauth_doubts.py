"""A token that is shown and the status that comes back in, whether it is still to be believed out."""

from __future__ import annotations

from contextvars import ContextVar

_MOST = 100
_shown: ContextVar[str | None] = ContextVar("gateway_oauth_shown", default=None)
_doubted: dict[str, None] = {}


def show(token: str | None) -> None:
    """From now on this call is made with the token; None with none."""
    _shown.set(token)


def doubt_where_refused(status: int) -> None:
    """A 401 says that the provider does not know this call's token any more."""
    token = _shown.get()
    if status == 401 and token is not None:
        _doubted[token] = None
        if len(_doubted) > _MOST:
            del _doubted[next(iter(_doubted))]


def is_doubted(token: str) -> bool:
    """Whether a call with it was refused since `believe`."""
    return token in _doubted


def believe(token: str) -> None:
    """It was looked at: a new one is there, or none can be had."""
    _doubted.pop(token, None)
