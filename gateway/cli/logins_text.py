"""The state of each login in, as text or as data for JSON out; never a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.cli.age import in_words
from gateway.keys.logins import KeptLogin, LoginState

_MOST_MODELS = 4


def logins_text(kept: Sequence[KeptLogin]) -> str:
    """A table below that of the variables; empty where no provider is logged in to."""
    if not kept:
        return ""
    rows = [("login", "state", "used by"), *((k.provider, _state(k), _models(k)) for k in kept)]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = ["", *(f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}".rstrip() for a, b, c in rows)]
    for each in kept:
        if each.state is LoginState.NEEDED:
            why = f"{each.detail}: " if each.detail else ""
            lines.append(f"  = hint: {why}run `gateway keys login {each.provider}`")
    return "\n".join(lines) + "\n"


def needed_lines(kept: Sequence[KeptLogin]) -> list[str]:
    """What `status` says of those that somebody has to log in to."""
    return [
        f"nobody is logged in to {k.provider}: run `gateway keys login {k.provider}`"
        for k in kept
        if k.state is LoginState.NEEDED
    ]


def _state(kept: KeptLogin) -> str:
    if kept.seconds is None or kept.state in (LoginState.NEEDED, LoginState.OVER):
        return str(kept.state)
    until = f"for {in_words(kept.seconds)}"
    if kept.state is LoginState.ENDS:
        return f"{LoginState.LOGGED_IN} {until}, and not renewed"
    return f"{kept.state} {until}, then renewed"


def _models(kept: KeptLogin) -> str:
    more = len(kept.models) - _MOST_MODELS
    shown = ", ".join(kept.models[:_MOST_MODELS])
    return shown + (f" and {more} more" if more > 0 else "")


def logins_data(kept: Sequence[KeptLogin]) -> list[dict[str, Any]]:
    return [
        {
            "provider": k.provider,
            "state": str(k.state),
            "expires_in": None if k.seconds is None else round(k.seconds),
            "models": list(k.models),
            "detail": k.detail or None,
        }
        for k in kept
    ]
