"""What a provider, a fragment and a client say about a request, as it arrives at the upstream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from stack.projects import Project, Stack, StartStack, model, provider
from stack.puppet import Puppet, puppet

from gateway.stand_in import Behaviour, StandIn

pytestmark = pytest.mark.usefixtures("healed")

_SAID = {"messages": [{"role": "user", "content": "hi"}]}
PROTOCOLS: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "chat": ("/v1/chat/completions", _SAID, "max_tokens"),
    "chat-stream": ("/v1/chat/completions", {**_SAID, "stream": True}, "max_completion_tokens"),
    "messages": ("/v1/messages", _SAID, "max_tokens"),
    "messages-stream": ("/v1/messages", {**_SAID, "stream": True}, "max_tokens"),
    "responses": ("/v1/responses", {"input": "hi"}, "max_output_tokens"),
    "responses-stream": ("/v1/responses", {"input": "hi", "stream": True}, "max_output_tokens"),
}
TITLE, SECRET = "the gateway's own title", "tok-header-0123456789"


@pytest.fixture(scope="module")
def told(start_stack: StartStack, local: StandIn, cloud: StandIn) -> Stack:
    home = {
        **provider(local.base_url, "HOME_KEY"),
        "headers": {"X-Title": "os.environ/APP_TITLE", "User-Agent": "curl/8", "Accept": "*/*"},
        "params": {
            "temperature": 0.2,
            "top_p": 0.5,
            "max_completion_tokens": 300,
            "extra_body": {"provider": {"order": ["a", "b"], "only": ["a"]}, "transforms": []},
        },
        "max_output_tokens": 1000,
        "min_output_tokens": 16,
    }
    lacking = {**provider(local.base_url), "headers": {"X-Account": "os.environ/NOT_SET"}}
    said = {
        "temperature": 0.4,
        "extra_body": {"provider": {"only": ["z"]}, "requesty": {"auto_cache": True}},
    }
    secret = {"X-Account": "os.environ/ACCOUNT"}
    return start_stack(
        Project(
            {"home": home, "far": provider(cloud.base_url), "lacking": lacking},
            {
                "plain": model("home", "up-plain"),
                "own": model("home", "up-own", params=said, headers=secret),
                "large": model(
                    "home", "up-large", max_output_tokens=4000, params={"max_tokens": 5}
                ),
                "embedder": model("home", "up-embedder", mode="embedding"),
                "chain": model("home", "up-chain", "short", max_output_tokens=4000),
                "short": model("far", "up-short", max_output_tokens=50),
                "unset": model("lacking", "up-unset"),
                "unset-chain": model("lacking", "up-unset", "short"),
            },
            values={"HOME_KEY": "sk-home", "APP_TITLE": f'"{TITLE}"', "ACCOUNT": SECRET},
        )
    )


@pytest.fixture(scope="module")
def anthropic(start_stack: StartStack) -> Iterator[tuple[Stack, Puppet]]:
    """Its upstream speaks Anthropic's API: requests pass untranslated."""
    with puppet() as upstream:
        home = provider(upstream.base_url.removesuffix("/v1"), "KEY", prefix="anthropic")
        router = provider(upstream.base_url, "KEY", prefix="openrouter")
        only = {"extra_body": {"provider": {"only": ["z-ai"]}}}
        models = {
            "thinker": model("home", "claude-sonnet-4-5", max_output_tokens=8192),
            "any-claude": {"name": "claude/*", **model("home", "*", max_output_tokens=50)},
            "any-model": {"name": "router/*", **model("router", "*"), "max_output_tokens": 50},
        }
        providers = {"home": home, "router": {**router, "params": only}}
        yield start_stack(Project(providers, models, values={"KEY": "sk-a"})), upstream


def ask(stack: Stack, protocol: str, name: str, **more: Any) -> httpx.Response:
    """Complete, also where it is a stream."""
    path, body, _ = PROTOCOLS[protocol]
    least = {"max_tokens": 64} if protocol.startswith("messages") else {}
    headers = stack.proxy.headers(protocol)
    url, json = stack.proxy.url + path, {"model": name, **body, **least, **more}
    return httpx.post(url, json=json, headers=headers, timeout=60, trust_env=False)


def arrived(stack: Stack, upstream: StandIn, protocol: str, name: str, **more: Any) -> Any:
    """The body that the upstream got."""
    reply = ask(stack, protocol, name, **more)
    assert reply.status_code == 200, reply.text
    assert '"error":{' not in reply.text.replace(" ", ""), reply.text
    return upstream.requests[-1].body


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_provider_says_what_nobody_else_does(told: Stack, local: StandIn, protocol: str) -> None:
    body = arrived(told, local, protocol, "plain")
    assert (body["temperature"], body["top_p"]) == (0.2, 0.5)
    assert body["provider"] == {"order": ["a", "b"], "only": ["a"]}
    assert body["transforms"] == []
    lengths = {key: body[key] for key in body if "max" in key}
    asks = protocol.startswith("messages")
    assert lengths == ({"max_tokens": 64} if asks else {"max_completion_tokens": 300})


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_fragment_wins_over_its_provider(told: Stack, local: StandIn, protocol: str) -> None:
    body = arrived(told, local, protocol, "own")
    assert (body["temperature"], body["top_p"]) == (0.4, 0.5)
    assert body["provider"] == {"order": ["a", "b"], "only": ["z"]}
    assert body["requesty"] == {"auto_cache": True}
    assert body["transforms"] == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_client_wins_over_both(told: Stack, local: StandIn, protocol: str) -> None:
    own = {"temperature": 0.9, "extra_body": {"provider": {"only": ["c"]}}}
    body = arrived(told, local, protocol, "own", **own)
    assert (body["temperature"], body["top_p"]) == (0.9, 0.5)
    assert body["provider"] == {"only": ["c"]}
    assert body["requesty"] == {"auto_cache": True}, "a field that the client does not have stays"


def test_a_clients_field_of_its_own_takes_the_place_of_the_default(
    told: Stack, local: StandIn
) -> None:
    body = arrived(told, local, "chat", "own", provider={"only": ["c"]})
    assert body["provider"] == {"only": ["c"]}
    assert body["requesty"] == {"auto_cache": True}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_of_two_names_for_a_length_the_clients_alone_is_sent(
    told: Stack, local: StandIn, protocol: str
) -> None:
    name = PROTOCOLS[protocol][2]
    for asked in ("plain", "large"):  # a default of either name
        body = arrived(told, local, protocol, asked, **{name: 77})
        assert [body[key] for key in body if "max" in key] == [77], body


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("name", "asked", "given"),
    [("plain", 1001, 1000), ("plain", 1, 16), ("plain", 400, 400), ("large", 9000, 4000)],
)
def test_what_is_asked_for_is_brought_within_bounds(  # noqa: PLR0917 - a table
    told: Stack, local: StandIn, protocol: str, name: str, asked: int, given: int
) -> None:
    body = arrived(told, local, protocol, name, **{PROTOCOLS[protocol][2]: asked})
    assert [body[key] for key in body if "max" in key] == [given]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_fallback_has_bounds_of_its_own(
    told: Stack, local: StandIn, cloud: StandIn, protocol: str
) -> None:
    local.behave(Behaviour(status=500))
    body = arrived(told, cloud, protocol, "chain", **{PROTOCOLS[protocol][2]: 9000})
    assert [body[key] for key in body if "max" in key] == [50]
    asked = [each.body for each in local.requests if each.path.endswith("/chat/completions")]
    # After the first of these requests the upstream is left alone for a while.
    assert all([body[key] for key in body if "max" in key] == [4000] for body in asked)
    assert asked or protocol != "chat"


def test_an_embedding_gets_what_such_a_request_has(told: Stack, local: StandIn) -> None:
    url = f"{told.proxy.url}/v1/embeddings"
    json, headers = {"model": "embedder", "input": "hi"}, told.proxy.headers("embeddings")
    reply = httpx.post(url, json=json, headers=headers, timeout=60, trust_env=False)
    assert reply.status_code == 200, reply.text
    body = local.requests[-1].body
    assert body.keys() <= {"model", "input", "encoding_format", "provider", "transforms"}
    assert body["provider"] == {"order": ["a", "b"], "only": ["a"]}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_headers_arrive_at_their_provider_and_nowhere_else(
    told: Stack, local: StandIn, cloud: StandIn, protocol: str
) -> None:
    assert ask(told, protocol, "own").status_code == 200
    got = local.requests[-1].headers
    assert (got["x-title"], got["x-account"]) == (TITLE, SECRET)
    assert (got["user-agent"], got["accept"]) == ("curl/8", "*/*")
    assert ask(told, protocol, "plain").status_code == 200
    assert "x-account" not in local.requests[-1].headers, "another model's"
    local.behave(Behaviour(status=500))
    assert ask(told, protocol, "chain").status_code == 200
    others = cloud.requests[-1].headers
    assert {"x-title", "x-account"}.isdisjoint(others)
    assert TITLE not in str(others)
    assert others["user-agent"] != "curl/8"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_header_whose_variable_is_not_set_is_no_request(
    told: Stack, local: StandIn, cloud: StandIn, protocol: str
) -> None:
    reply = ask(told, protocol, "unset")
    assert reply.status_code == 401
    assert "the variable NOT_SET is not set in the gateway's .env" in reply.text
    assert ask(told, protocol, "unset-chain").status_code == 200
    assert len(cloud.requests) == 1
    assert [each for each in local.requests if each.method == "POST"] == []


@pytest.mark.parametrize(("budget", "given"), [(31_999, 8191), (16_000, 4096), (1024, 1024)])
def test_thoughts_stay_shorter_than_the_answer(
    anthropic: tuple[Stack, Puppet], budget: int, given: int
) -> None:
    stack, upstream = anthropic
    upstream.says("hello")
    thinking = {"type": "enabled", "budget_tokens": budget}
    ask(stack, "messages", "thinker", max_tokens=32_000, thinking=thinking)
    assert upstream.asked[-1].path.startswith("/v1/messages")
    assert upstream.body["max_tokens"] == 8192
    assert upstream.body["thinking"] == {"type": "enabled", "budget_tokens": given}


@pytest.mark.parametrize("kind", ["chat", "chat-stream", "messages", "messages-stream"])
@pytest.mark.parametrize(
    ("name", "path", "upstream_id"),
    [
        ("claude/claude-opus-4-5", "/v1/messages", "claude-opus-4-5"),
        ("router/z-ai/glm-5", "/v1/chat/completions", "z-ai/glm-5"),
        ("router/openrouter/auto", "/v1/chat/completions", "openrouter/auto"),
    ],
)
def test_patterns_and_bounds_of_prefixes_with_clients_of_their_own(
    anthropic: tuple[Stack, Puppet], kind: str, name: str, path: str, upstream_id: str
) -> None:
    """LiteLLM asks them by its own HTTP client; what the puppet answers is no matter."""
    stack, upstream = anthropic
    upstream.says("hello")
    ask(stack, kind, name, max_tokens=32_000)
    assert upstream.asked[-1].path == path
    assert (upstream.body["model"], upstream.body["max_tokens"]) == (upstream_id, 50)
    if path != "/v1/messages":
        assert upstream.body["provider"] == {"only": ["z-ai"]}
