"""What a gateway told of its keys, as `status` and `keys list` show it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.cli.key_states_text import resting_lines, states_data, states_text
from gateway.engine import key_states
from gateway.engine.key_states import KeyState, Told, fetch_key_states, fetch_told

UNTIL = "2026-11-22T08:00:00Z"


def entry(variable: str | None, **more: Any) -> dict[str, Any]:
    used = {
        "for": "m",
        "models": ["m"],
        "today": {"requests": 1, "tokens": 1200},
        "this_hour": {"requests": 1, "tokens": 1200},
        "limits": {},
    }
    rest = {"locked": None, "left_alone": [], "used": [used]}
    return {"provider": "p", "variable": variable, "set": True, **rest, **more}


def told(monkeypatch: pytest.MonkeyPatch, status: int, body: str) -> tuple[KeyState, ...]:
    monkeypatch.setattr(key_states, "fetch", lambda *_: (status, body.encode()))
    return fetch_key_states("http://127.0.0.1:4000", "sk-x")


def test_what_is_told_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    quota = {"for": "m", "reason": "exhausted", "until": UNTIL, "seconds": 7190}
    full = {**entry("C")["used"][0], "limits": {"rpd": 1, "tpd": 5000}}
    keys = [
        entry("A", locked={"reason": "refused", "until": UNTIL, "seconds": 290}),
        entry("B", left_alone=[quota]),
        entry("C", used=[full]),
        entry(None),
    ]
    found = told(monkeypatch, 200, json.dumps({"format_version": "1.0", "keys": keys}))
    assert resting_lines(found) == [
        "the key A of p is refused: not used for 4m",
        "the key B of p is exhausted for m: not used for 1h 59m",
    ]
    assert states_text(found) == (
        "\n"
        "key   provider  today                                  state\n"
        f"A     p         1 request, 1,200 tokens                refused until {UNTIL}\n"
        f"B     p         1 request, 1,200 tokens                exhausted for m until {UNTIL}\n"
        "C     p         1 of 1 request, 1,200 of 5,000 tokens  at its limit for m\n"
        "none  p         1 request, 1,200 tokens                ready\n"
    )
    assert states_data(found)[1]["left_alone"] == [quota]
    assert states_data(found)[0]["left_alone"][0]["for"] is None
    assert states_data(found)[2]["today"] == [
        {"for": "m", "requests": 1, "tokens": 1200, "limits": {"rpd": 1, "tpd": 5000}}
    ]


@pytest.mark.parametrize(
    ("status", "body"),
    [(0, ""), (404, "{}"), (200, "no json"), (200, "[]"), (200, '{"keys": [1]}')],
)
def test_a_gateway_that_does_not_say(
    monkeypatch: pytest.MonkeyPatch, status: int, body: str
) -> None:
    found = told(monkeypatch, status, body)
    assert found == ()
    assert states_text(found) == ""


def test_the_last_use_of_a_variable_is_the_latest_at_its_providers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uses = [
        {"provider": "p", "variable": "A", "at": "2026-11-22T08:00:00Z"},
        {"provider": "q", "variable": "A", "at": "2026-11-22T09:00:00Z"},
        {"provider": "r", "variable": "A", "at": "2026-11-21T23:00:00Z"},
        {"provider": "p", "variable": "B", "at": "2026-11-20T00:00:00Z"},
    ]
    body = json.dumps({"keys": [], "last_used": uses}).encode()
    monkeypatch.setattr(key_states, "fetch", lambda *_: (200, body))
    last_used = {"A": "2026-11-22T09:00:00Z", "B": "2026-11-20T00:00:00Z"}
    assert fetch_told("http://127.0.0.1:4000", "sk-x") == Told((), last_used)


def test_a_gateway_without_last_uses_tells_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_states, "fetch", lambda *_: (200, b'{"keys": []}'))
    assert fetch_told("http://127.0.0.1:4000", "sk-x") == Told((), {})
    monkeypatch.setattr(key_states, "fetch", lambda *_: (401, b"{}"))
    assert fetch_told("http://127.0.0.1:4000", "sk-x") is None
