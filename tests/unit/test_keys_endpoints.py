"""Where a provider's list of models is, how it wants a key, and what its answers mean."""

from __future__ import annotations

import pytest

from gateway.keys.asking import SILENT, Answer, proxies_in
from gateway.keys.endpoints import Endpoint, endpoint_of
from gateway.keys.verdict import Served, Verdict, judge

LIST = Answer(200, ids=frozenset(["a", "b"]))
NO = Answer(401)
ENDPOINT = Endpoint("http://h/v1/models")


@pytest.mark.parametrize(
    ("prefix", "address", "url", "header"),
    [
        ("openai", "https://h/v1", "https://h/v1/models", "Authorization"),
        ("groq", None, "https://api.groq.com/openai/v1/models", "Authorization"),
        ("groq", "https://h/v1", "https://h/v1/models", "Authorization"),
        ("azure", "https://h/", "https://h/openai/models?api-version=2024-10-21", "api-key"),
        ("azure", "https://h/openai/v1", "https://h/openai/v1/models", "api-key"),
        (
            "gemini",
            "https://h/v1beta",
            "https://h/v1beta/models?pageSize=1000",
            "x-goog-api-key",
        ),
    ],
)
def test_a_list(prefix: str, address: str | None, url: str, header: str) -> None:
    endpoint = endpoint_of(prefix, address)
    assert endpoint is not None
    assert (endpoint.list_url, endpoint.key_header) == (url, header)


def test_azures_own_version_is_asked_for() -> None:
    endpoint = endpoint_of("azure", "https://h", "2025-01-01-preview")
    assert endpoint is not None
    assert endpoint.list_url.endswith("?api-version=2025-01-01-preview")


@pytest.mark.parametrize("address", [None, "https://openrouter.ai/api/v1"])
def test_where_the_list_is_open_the_key_itself_is_looked_at(address: str | None) -> None:
    endpoint = endpoint_of("openrouter" if address is None else "openai", address)
    assert endpoint is not None
    assert endpoint.key_url == "https://openrouter.ai/api/v1/key"


@pytest.mark.parametrize(
    ("prefix", "address"),
    [("openai", None), ("bedrock", None), ("azure", None), ("replicate", "https://h"), ("x", "y")],
)
def test_nothing_is_guessed(prefix: str, address: str | None) -> None:
    assert endpoint_of(prefix, address) is None


@pytest.mark.parametrize(
    ("shown", "without", "verdict"),
    [
        (LIST, NO, Verdict.WORKS),
        (LIST, Answer(500), Verdict.WORKS),
        (LIST, LIST, Verdict.UNCLEAR),
        (LIST, None, Verdict.UNCLEAR),
        (LIST, Answer(None, "the connection is refused"), Verdict.UNCLEAR),
        (NO, NO, Verdict.REFUSED),
        (Answer(403), LIST, Verdict.REFUSED),
        (Answer(400), NO, Verdict.UNCLEAR),
        (Answer(None, SILENT), NO, Verdict.HANGS),
        (None, None, Verdict.HANGS),
        (Answer(404), Answer(404), Verdict.NO_ENDPOINT),
        (Answer(200), NO, Verdict.NO_ENDPOINT),
    ],
)
def test_a_verdict(shown: Answer | None, without: Answer | None, verdict: Verdict) -> None:
    assert judge("K", "p", ENDPOINT, [], shown, without).verdict is verdict


def test_google_says_400_to_a_wrong_key() -> None:
    endpoint = endpoint_of("gemini", None)
    assert endpoint is not None
    assert judge("K", "p", endpoint, [], Answer(400), Answer(403)).verdict is Verdict.REFUSED


def test_a_key_that_is_looked_at_and_a_list_beside_it() -> None:
    endpoint = endpoint_of("openrouter", None)
    assert endpoint is not None
    models = [
        Served("m", "a:free", "chat"),
        Served("n", "c", "chat"),
        Served("e", "c", "embedding"),
    ]
    found = judge("K", "p", endpoint, models, Answer(200), LIST)
    assert (found.verdict, found.detail) == (Verdict.WORKS, "it knows the key; it lists 2 models")
    assert [served.model for served in found.unlisted] == ["n"]


def test_a_list_that_goes_on_gives_no_hint() -> None:
    half = Answer(200, ids=frozenset(["a"]), is_whole=False)
    assert judge("K", "p", ENDPOINT, [Served("m", "z", "chat")], half, NO).unlisted == ()


def test_the_proxies_are_those_that_the_process_engine_passes_on() -> None:
    environ = {"HTTP_PROXY": "http://a:1", "https_proxy": "", "NO_PROXY": "b", "ALL_PROXY": "c"}
    assert proxies_in(environ) == {"http": "http://a:1", "no": "b"}
