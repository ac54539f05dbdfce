"""Addresses: what is none, what is a request's, and which are public so that a key is missed."""

from __future__ import annotations

import pytest
from small_project import MODEL, SETTINGS

ADDRESS = "https://nano-gpt.com/api/v1"
NO_WORD = SETTINGS.replace("    api_keys: [NANOGPT_API_KEY]\n", "")


def codes(check_project, settings: str, **files: str) -> list[str]:
    found = check_project({"gateway.yaml": settings, "models.d/glm-5.yaml": MODEL, **files})
    return [d.code for d in found.diagnostics]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://[::1]:8080/v1", []),
        ("http://localhost:8080/v1", []),
        ("http://127.0.0.1", []),
        ("http://host.docker.internal:65535/v1/", []),
        ("http://10.0.0.1:8080/completions/v1", []),
        ("http://[::1/v1", ["GW232"]),
        ("http://::1/v1", ["GW232"]),
        ("http://10.0.0.1:0/v1", ["GW232"]),
        ("http://10.0.0.1:/v1", ["GW232"]),
        ("http://10.0.0.1:99999/v1", ["GW232"]),
        ("http://10.0.0.1/v1/embeddings", ["GW233"]),
        ("http://10.0.0.1/v1/responses/", ["GW233"]),
        ("http://10.0.0.1/v1/messages", ["GW233"]),
    ],
)
def test_addresses(check_project, address: str, expected: list[str]) -> None:
    assert codes(check_project, SETTINGS.replace(ADDRESS, f'"{address}"')) == expected


def test_prefixes_that_take_a_whole_address(check_project) -> None:
    settings = SETTINGS.replace(ADDRESS, "https://example.org/v1/messages")
    assert codes(check_project, settings.replace("litellm: openai", "litellm: anthropic")) == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (ADDRESS, ["GW234"]),
        ("https://8.8.8.8/v1", ["GW234"]),
        ("http://nano-gpt.com/v1", ["GW247"]),
        ("https://llm/v1", []),
        ("https://llm.local/v1", []),
        ("https://llm.corp.internal/v1", []),
        ("https://box.tail1234.ts.net/v1", ["GW248"]),
        ("https://100.74.43.85/v1", ["GW248"]),
        ("https://192.168.1.2:8443/v1", []),
        ("https://[::1]:8443/v1", []),
    ],
)
def test_only_of_a_public_address_is_a_word_about_keys_wanted(
    check_project, address: str, expected: list[str]
) -> None:
    assert codes(check_project, NO_WORD.replace(ADDRESS, f'"{address}"')) == expected


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("anthropic", ["GW234"]), ("groq", ["GW234"]), ("bedrock", []), ("vertex_ai", [])],
)
def test_prefixes_with_an_address_of_their_own(
    check_project, prefix: str, expected: list[str]
) -> None:
    settings = NO_WORD.replace(f"    api_base: {ADDRESS}\n", "")
    assert codes(check_project, settings.replace(": openai", f": {prefix}")) == expected


def test_an_empty_list_is_a_word_and_so_is_a_header(check_project) -> None:
    assert codes(check_project, NO_WORD + "    api_keys: []\n") == []
    assert codes(check_project, NO_WORD + "    headers: {Authorization: os.environ/KEY}\n") == []
