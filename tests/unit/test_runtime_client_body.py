"""What only the configuration may say goes out of a request's body."""

from __future__ import annotations

from gateway.runtime.client_body import drop_what_is_not_the_clients, missing_variable


def test_keys_and_provider_switches_go_and_the_request_stays() -> None:
    body = {
        "model": "glm-5",
        "messages": [],
        "api_key": "sk-evil",
        "custom_llm_provider": "anthropic",
        "extra_headers": {"Authorization": "Bearer evil", "X-Title": "my app"},
    }
    drop_what_is_not_the_clients(body)
    assert body == {"model": "glm-5", "messages": [], "extra_headers": {"X-Title": "my app"}}


def test_fallbacks_of_a_client_are_cleaned_too() -> None:
    body = {"fallbacks": ["kimi-k2.5", {"model": "glm-5", "api_key": "sk-evil", "headers": {}}]}
    drop_what_is_not_the_clients(body)
    assert body == {"fallbacks": ["kimi-k2.5", {"model": "glm-5"}]}


def test_odd_shapes_are_left_alone() -> None:
    body = {"extra_headers": "x", "fallbacks": "y"}
    drop_what_is_not_the_clients(body)
    assert body == {"extra_headers": "x", "fallbacks": "y"}


def test_a_missing_variable_is_named() -> None:
    assert missing_variable({"api_key": "missing-NANOGPT_API_KEY"}) == "NANOGPT_API_KEY"
    assert missing_variable({"api_key": "sk-real"}) is None
    assert missing_variable({}) is None


def test_a_header_that_is_not_set_is_known_by_its_value() -> None:
    headers = {"X-Title": "my app", "X-Account": "missing-ACCOUNT"}
    assert missing_variable({"api_key": "sk-real", "extra_headers": headers}) == "ACCOUNT"
    assert missing_variable({"extra_headers": {"X-Title": "the missing-link"}}) is None
