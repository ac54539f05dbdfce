"""What a running gateway knows of its keys in, as text or as data for JSON out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.cli.age import in_words
from gateway.engine.key_states import KeyState, Resting, Use


def resting_lines(states: Sequence[KeyState]) -> list[str]:
    """What `status` says of keys that are left alone."""
    return [
        f"{_who(state)} is {resting.reason}{_for(resting)}: not used for {in_words(resting.seconds)}"
        for state in states
        for resting in state.resting
    ]


def states_text(states: Sequence[KeyState]) -> str:
    """A table below that of the variables; empty where no key is counted."""
    if not states:
        return ""
    rows = [("key", "provider", "today", "state")]
    rows += [(s.variable or "none", s.provider, _today(s), _state(s)) for s in states]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip((*row[:3],), widths, strict=True))
        + f"  {row[3]}"
        for row in rows
    ]
    return "\n" + "\n".join(line.rstrip() for line in lines) + "\n"


def states_data(states: Sequence[KeyState]) -> list[dict[str, Any]]:
    return [
        {
            "variable": state.variable,
            "provider": state.provider,
            "left_alone": [
                {
                    "for": resting.what_for or None,
                    "reason": resting.reason,
                    "until": resting.until,
                    "seconds": resting.seconds,
                }
                for resting in state.resting
            ],
            "today": [
                {
                    "for": use.what_for,
                    "requests": use.requests,
                    "tokens": use.tokens,
                    "limits": dict(use.limits),
                }
                for use in state.used
            ],
        }
        for state in states
    ]


def _who(state: KeyState) -> str:
    return f"the key {state.variable} of {state.provider}" if state.variable else state.provider


def _for(resting: Resting) -> str:
    return f" for {resting.what_for}" if resting.what_for else ""


def _state(state: KeyState) -> str:
    said = [f"{r.reason}{_for(r)} until {r.until}" for r in state.resting]
    full = [f"at its limit for {u.what_for}" for u in state.used if _is_full(u)]
    return "; ".join([*said, *full]) or "ready"


def _is_full(use: Use) -> bool:
    amounts = {"rpd": use.requests, "tpd": use.tokens}
    return any(use.limits.get(name, amount + 1) <= amount for name, amount in amounts.items())


def _today(state: KeyState) -> str:
    """`12 of 20 requests`, where there is one model and a limit; else the sum."""
    limits = state.used[0].limits if len(state.used) == 1 else {}
    requests = _amount(state.requests, limits.get("rpd"), "request")
    return f"{requests}, {_amount(state.tokens, limits.get('tpd'), 'token')}"


def _amount(amount: int, most: int | None, what: str) -> str:
    plural = "" if (most or amount) == 1 else "s"
    return f"{amount:,} of {most:,} {what}{plural}" if most else f"{amount:,} {what}{plural}"
