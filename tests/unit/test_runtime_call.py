"""What of LiteLLM's arguments becomes a call."""

from __future__ import annotations

import time

import pytest

from gateway.runtime.call import call_of
from gateway.runtime.reachability import Origin

BASE = "http://10.0.0.1:8080/v1"


def test_defaults() -> None:
    call = call_of({"api_base": BASE, "model_info": {"gateway": {}}})
    assert call is not None
    assert call.origin == Origin("http", "10.0.0.1", 8080)
    assert (call.connect, call.first_token, call.total, call.probe_every) == (1.0, None, 600.0, 5.0)
    assert not (call.is_last or call.has_alternative or call.is_stream)
    assert 599 < call.deadline - time.monotonic() <= 600


def test_everything_set() -> None:
    settings = {
        "model": "qwen",
        "connect": 0.5,
        "first_token": 3,
        "total": 60,
        "probe_every": 2,
        "last": True,
    }
    info = {"gateway": settings, "allowed_fails_policy": {"TimeoutErrorAllowedFails": 0}}
    call = call_of({"api_base": BASE, "model_info": info, "stream": True})
    assert call is not None
    assert (call.model, call.connect, call.first_token, call.total) == ("qwen", 0.5, 3.0, 60.0)
    assert call.probe_every == 2.0
    assert call.is_last
    assert call.has_alternative
    assert call.is_stream


@pytest.mark.parametrize("value", [0, -1, "1s", None, True, [], {}])
def test_a_senseless_duration_is_the_default(value: object) -> None:
    settings = {"connect": value, "first_token": value}
    call = call_of({"api_base": BASE, "model_info": {"gateway": settings}})
    assert call is not None
    assert (call.connect, call.first_token) == (1.0, None)


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"api_base": BASE},
        {"api_base": BASE, "model_info": None},
        {"api_base": BASE, "model_info": {"gateway": "x"}},
        {"api_base": None, "model_info": {"gateway": {}}},
    ],
)
def test_no_call_without_settings_and_origin(kwargs: dict[str, object]) -> None:
    assert call_of(kwargs) is None


@pytest.mark.parametrize(
    ("timeout", "total"), [(1, 1.0), (2.5, 2.5), (600, 60.0), (0, 60.0), ("1", 60.0), (None, 60.0)]
)
def test_a_clients_own_timeout_only_shortens(timeout: object, total: float) -> None:
    info = {"gateway": {"total": 60}}
    call = call_of({"api_base": BASE, "model_info": info, "timeout": timeout})
    assert call is not None
    assert call.total == total
    assert call.is_cut_short == (total < 60)
    assert total - 1 < call.deadline - time.monotonic() <= total + 0.1


def test_where_nothing_is_cooled_there_is_no_alternative() -> None:
    call = call_of({"api_base": BASE, "model_info": {"gateway": {}, "cooldown_time": 0}})
    assert call is not None
    assert not call.has_alternative
