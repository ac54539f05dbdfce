"""A request's parameters within a deployment's bounds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.runtime.request_params import clamp, settle_params


def bounded(kwargs: dict[str, Any], **bounds: int) -> dict[str, Any]:
    call = {**kwargs, "model_info": {"gateway": {"output_tokens": bounds}}}
    clamp(call)
    del call["model_info"]
    return call


@pytest.mark.parametrize("value", ["9000", True, None, [9000]])
def test_what_is_no_number_is_the_upstreams_to_refuse(value: object) -> None:
    assert bounded({"max_tokens": value}, max=10, min=5) == {"max_tokens": value}


def test_a_float_becomes_whole() -> None:
    assert bounded({"max_tokens": 9e3}, max=10) == {"max_tokens": 10}
    assert bounded({"max_tokens": 0.5}, min=1) == {"max_tokens": 1}


def test_where_nothing_is_asked_nothing_is_said() -> None:
    assert bounded({"temperature": 1}, max=10, min=5) == {"temperature": 1}


def test_where_no_thought_fits_there_is_none() -> None:
    thinking = {"type": "enabled", "budget_tokens": 4000}
    assert bounded({"max_tokens": 5000, "thinking": thinking}, max=1024) == {"max_tokens": 1024}
    least = bounded({"max_tokens": 5000, "thinking": thinking}, max=1500)
    assert least["thinking"] == {"type": "enabled", "budget_tokens": 1024}
    assert thinking["budget_tokens"] == 4000, "it belongs to the fallbacks, too"


@given(asked=st.integers(1, 10**6), budget=st.integers(1, 10**6), most=st.integers(1, 10**6))
def test_thoughts_always_stay_below_what_is_given(asked: int, budget: int, most: int) -> None:
    """Where they did in what was asked."""
    call: dict[str, Any] = {"max_tokens": asked}
    if budget < asked:
        call["thinking"] = {"type": "enabled", "budget_tokens": budget}
    result = bounded(call, max=most)
    assert result["max_tokens"] == min(asked, most)
    kept = result.get("thinking", {}).get("budget_tokens", 0)
    assert kept < result["max_tokens"]
    assert kept <= budget


def test_the_clients_name_for_a_length_is_the_only_one() -> None:
    call: dict[str, Any] = {
        "max_tokens": 5,
        "max_completion_tokens": 9,
        "proxy_server_request": {"body": {"max_completion_tokens": 9}},
    }
    settle_params(call, lambda _: {})
    assert "max_tokens" not in call
    assert call["max_completion_tokens"] == 9


def test_what_a_translation_made_of_it_stays() -> None:
    body = {"max_output_tokens": 9}
    call: dict[str, Any] = {"max_tokens": 9, "proxy_server_request": {"body": body}}
    settle_params(call, lambda _: {})
    assert call["max_tokens"] == 9


def test_a_clients_body_joins_the_deployments() -> None:
    own = {"provider": {"only": ["c"]}}
    call: dict[str, Any] = {
        "extra_body": own,
        "proxy_server_request": {"body": {"extra_body": own}},
    }
    settle_params(call, lambda _: {"extra_body": {"provider": {"only": ["a"]}, "requesty": {}}})
    assert call["extra_body"] == {"provider": {"only": ["c"]}, "requesty": {}}


def test_a_fault_of_ours_leaves_the_request_as_it_was() -> None:
    def broken(_: object) -> dict[str, Any]:
        raise RuntimeError

    call: dict[str, Any] = {"proxy_server_request": {"body": {"extra_body": {"a": 1}}}}
    before = dict(call)
    settle_params(call, broken)
    assert call == before
