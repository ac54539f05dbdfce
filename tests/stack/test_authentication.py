"""Who comes in: every protocol with every way to show a key, and what a request may not bring itself."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from stack.conftest import StartStack
from stack.projects import MASTER_KEY, Project, Stack, model, provider

from gateway.stand_in import StandIn

FAR_KEY = "far-0123456789abcdef"
WRONG = "sk-canary-that-is-wrong-0123456789"
ANTHROPIC = {"anthropic-version": "2023-06-01"}
QUESTION = [{"role": "user", "content": "hi"}]

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request without its key: as the clients of its protocol send it."""

    path: str
    body: Mapping[str, Any] | None
    headers: Headers


CALLS = {
    "chat": Asked("/v1/chat/completions", {"model": "far", "messages": QUESTION}, {}),
    "chat-stream": Asked(
        "/v1/chat/completions", {"model": "far", "messages": QUESTION, "stream": True}, {}
    ),
    "chat-without-v1": Asked("/chat/completions", {"model": "far", "messages": QUESTION}, {}),
    "completions": Asked("/v1/completions", {"model": "far", "prompt": "hi"}, {}),
    "embeddings": Asked("/v1/embeddings", {"model": "embedding", "input": "hi"}, {}),
    "responses": Asked("/v1/responses", {"model": "far", "input": "hi"}, {}),
    "models": Asked("/v1/models", None, {}),
    "messages": Asked(
        "/v1/messages", {"model": "far", "max_tokens": 9, "messages": QUESTION}, ANTHROPIC
    ),
    "messages-stream": Asked(
        "/v1/messages?beta=true",
        {"model": "far", "max_tokens": 9, "messages": QUESTION, "stream": True},
        ANTHROPIC,
    ),
    "count-tokens": Asked(
        "/v1/messages/count_tokens", {"model": "far", "messages": QUESTION}, ANTHROPIC
    ),
    "models-for-claude": Asked("/v1/models", None, ANTHROPIC),
}
GOOD_KEYS = {
    "Bearer": {"Authorization": f"Bearer {MASTER_KEY}"},
    "bearer in small letters": {"authorization": f"bearer {MASTER_KEY}"},
    "two blanks": {"Authorization": f"Bearer  {MASTER_KEY} "},
    "x-api-key": {"x-api-key": MASTER_KEY},
    "a stale Bearer beside x-api-key": {
        "Authorization": f"Bearer {WRONG}",
        "x-api-key": MASTER_KEY,
    },
    "a stale x-api-key beside Bearer": {
        "Authorization": f"Bearer {MASTER_KEY}",
        "x-api-key": WRONG,
    },
}
BAD_KEYS: dict[str, Headers] = {
    "none": {},
    "wrong": {"Authorization": f"Bearer {WRONG}"},
    "wrong without sk-": {"Authorization": f"Bearer {WRONG.removeprefix('sk-')}"},
    "wrong x-api-key": {"x-api-key": WRONG},
    "almost": {"Authorization": f"Bearer {MASTER_KEY[:-1]}"},
    "longer": {"Authorization": f"Bearer {MASTER_KEY}{WRONG}"},
    "empty Bearer": {"Authorization": "Bearer "},
    "empty": {"Authorization": ""},
    "empty x-api-key": {"x-api-key": ""},
    "another scheme": {"Authorization": f"Basic {WRONG}"},
    "no scheme": {"Authorization": WRONG},
    "Bearer twice": {"Authorization": f"Bearer Bearer {WRONG}"},
    "not ASCII": {"Authorization": f"Bearer ÿ{WRONG}"},
    "very long": {"Authorization": f"Bearer {WRONG * 500}"},
    "what stands in .env.example": {"Authorization": "Bearer os.environ/LITELLM_MASTER_KEY"},
    "the provider's own key": {"Authorization": f"Bearer {FAR_KEY}"},
    "the hash that LiteLLM keeps": {
        "Authorization": "Bearer 88dc28d0f030c55ed4ab77ed8faf098196cb1c05"
    },
}


@pytest.fixture(scope="module")
def stack(start_stack: StartStack, local: StandIn, cloud: StandIn) -> Stack:
    providers = {"home": provider(local.base_url), "far": provider(cloud.base_url, "FAR_API_KEY")}
    models = {
        "far": model("far", "far-chat"),
        "embedding": model("far", "far-embedding", mode="embedding"),
        "home": model("home", "home-chat", "far"),
    }
    return start_stack(Project(providers, models, values={"FAR_API_KEY": FAR_KEY}))


@pytest.fixture(autouse=True)
def _healthy(healed: None) -> None:
    pass


def send(
    stack: Stack,
    asked: Asked,
    key: Headers,
    *,
    method: str | None = None,
    body: bytes | None = None,
) -> tuple[int, Headers, bytes]:
    """Plain http.client: it sends what others would correct, such as an empty header."""
    address = urlsplit(stack.proxy.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=60)
    content = body if body is not None else json.dumps(asked.body).encode() if asked.body else None
    try:
        connection.request(
            method or ("POST" if content is not None else "GET"),
            asked.path,
            content,
            {"Content-Type": "application/json", **asked.headers, **key},
        )
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("key", GOOD_KEYS)
@pytest.mark.parametrize("call", CALLS)
def test_the_right_key_opens(stack: Stack, call: str, key: str) -> None:
    status, _, body = send(stack, CALLS[call], GOOD_KEYS[key])
    assert status == 200, body
    assert MASTER_KEY.encode() not in body


@pytest.mark.parametrize("key", BAD_KEYS)
@pytest.mark.parametrize("call", CALLS)
def test_any_other_key_is_401_in_the_callers_protocol(
    stack: Stack, cloud: StandIn, call: str, key: str
) -> None:
    status, headers, body = send(stack, CALLS[call], BAD_KEYS[key])
    assert status == 401, body
    assert headers["content-type"] == "application/json"
    said = json.loads(body)
    if CALLS[call].headers:
        assert said["type"] == "error"
        assert said["error"]["type"] == "authentication_error"
    else:
        assert said["error"]["code"] == "invalid_api_key"
    shown = body + repr(headers).encode()
    for secret in (WRONG, WRONG[-12:], FAR_KEY, MASTER_KEY, MASTER_KEY[-12:]):
        assert secret.encode() not in shown, "no key is echoed"
    assert cloud.requests == [], "nothing went on to an upstream"


@pytest.mark.parametrize("content", [b"{", b"", b"[]", b'{"model": 5}', b"\xff\xfe", b"null"])
@pytest.mark.parametrize("call", ["chat", "messages", "embeddings"])
def test_without_a_key_broken_bodies_are_401_too(stack: Stack, call: str, content: bytes) -> None:
    status, _, _ = send(stack, CALLS[call], {}, method="POST", body=content)
    assert status == 401


@pytest.mark.parametrize("path", ["/health/liveliness", "/health/liveness", "/health/readiness"])
def test_what_a_health_check_asks_is_open(stack: Stack, cloud: StandIn, path: str) -> None:
    status, _, body = send(stack, Asked(path, None, {}), {})
    assert status == 200
    assert b"far" not in body
    assert cloud.requests == []


def test_claude_codes_first_knock_is_open(stack: Stack) -> None:
    assert send(stack, Asked("/", None, {}), {}, method="HEAD")[0] in (200, 405)


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/routes", "/test", "/health", "/health/readiness/details", "/v1/model/info"),
        *("/public/model_hub", "/get_image", "/ui/", "/sso/key/generate", "/key/generate"),
        *("/docs", "/redoc", "/openapi.json", "/metrics", "/config/yaml", "/nothing-here"),
        *("//v1/models", "/v1/models/", "/v1/../v1/models", "/health/liveliness/../../v1/models"),
    ],
)
def test_nothing_else_is_open(stack: Stack, cloud: StandIn, path: str) -> None:
    """Several of these LiteLLM itself answers without a key."""
    assert send(stack, Asked(path, None, {}), {})[0] == 401
    assert cloud.requests == []


REPLACEMENTS: dict[str, dict[str, Any]] = {
    "api_key": {"api_key": WRONG},
    "authorization": {"extra_headers": {"Authorization": f"Bearer {WRONG}"}},
    "authorization in small letters": {"extra_headers": {"authorization": f"Bearer {WRONG}"}},
    "headers": {"headers": {"Authorization": f"Bearer {WRONG}"}},
    "x-api-key": {"extra_headers": {"x-api-key": WRONG, "api-key": WRONG}},
    "litellm_params": {"litellm_params": {"api_key": WRONG}},
    "credential": {"litellm_credential_name": "x"},
    "organization": {"organization": WRONG},
    "fallback": {"fallbacks": [{"model": "far", "api_key": WRONG}]},
    "provider": {"custom_llm_provider": "anthropic"},
    "azure": {"deployment_id": "x", "api_version": "2024-01-01"},
    "azure token": {"azure_ad_token": WRONG},
    "environment": {"api_key": "os.environ/LITELLM_MASTER_KEY"},
}
REDIRECTIONS: dict[str, dict[str, Any]] = {
    "api_base": {"api_base": "{url}"},
    "base_url": {"base_url": "{url}"},
    "metadata": {"metadata": {"api_base": "{url}"}},
    "litellm_params": {"litellm_params": {"api_base": "{url}"}},
    "fallback": {"fallbacks": [{"model": "far", "api_base": "{url}"}]},
    "user_config": {
        "user_config": {
            "model_list": [
                {"model_name": "far", "litellm_params": {"model": "openai/x", "api_base": "{url}"}}
            ]
        }
    },
    "model_list": {
        "model_list": [
            {"model_name": "far", "litellm_params": {"model": "openai/x", "api_base": "{url}"}}
        ]
    },
    "extra_body": {"extra_body": {"api_base": "{url}"}},
    "callback": {"langfuse_host": "{url}", "langfuse_public_key": "x", "langfuse_secret": "x"},
    "header": {"extra_headers": {"Host": "127.0.0.1"}},
}


@pytest.mark.parametrize("what", REPLACEMENTS)
@pytest.mark.parametrize("call", ["chat", "messages", "embeddings", "responses"])
def test_a_body_cannot_replace_a_providers_key(
    stack: Stack, cloud: StandIn, call: str, what: str
) -> None:
    """Refused, or served with the provider's own key: never a 500, never another key upstream."""
    status, _, body = ask_with(stack, call, REPLACEMENTS[what])
    assert status == 200 or 400 <= status < 500, body
    for request in cloud.requests:
        assert request.headers.get("authorization") == f"Bearer {FAR_KEY}"
        assert WRONG not in json.dumps(dict(request.headers))
        assert request.path in ("/v1/chat/completions", "/v1/embeddings")
    assert_serves_others(stack)


@pytest.mark.parametrize("what", REDIRECTIONS)
@pytest.mark.parametrize("call", ["chat", "messages", "embeddings", "responses"])
def test_a_body_cannot_redirect_a_request(
    stack: Stack, local: StandIn, cloud: StandIn, call: str, what: str
) -> None:
    """`local` is where it would go to: neither prompt nor key arrives there."""
    text = json.dumps(REDIRECTIONS[what]).replace("{url}", local.base_url)
    status, _, body = ask_with(stack, call, json.loads(text))
    assert status == 200 or 400 <= status < 500, body
    assert local.requests == []
    for request in cloud.requests:
        assert request.headers.get("authorization") == f"Bearer {FAR_KEY}"
    assert_serves_others(stack)


NOT_LISTED = ["openai/gpt-4o", "openai/*", "*", "nano-gpt/x"]


@pytest.mark.parametrize("name", NOT_LISTED)
def test_a_name_that_is_not_listed_reaches_no_upstream(
    stack: Stack, local: StandIn, cloud: StandIn, name: str
) -> None:
    status, _, body = ask_with(stack, "chat", {"model": name})
    assert 400 <= status < 500, body
    assert local.requests + cloud.requests == []


@pytest.mark.parametrize("name", [*NOT_LISTED, "", None, 5, []])
@pytest.mark.parametrize("call", ["chat", "messages"])
def test_whatever_is_asked_for_no_name_leads_past_the_models(
    stack: Stack, local: StandIn, cloud: StandIn, call: str, name: object
) -> None:
    """What a Claude client may ask for is answered by the default model, with its own key."""
    status, _, body = ask_with(stack, call, {"model": name})
    assert status == 200 or 400 <= status < 500, body
    assert local.requests == []
    assert len(cloud.requests) == (status == 200)
    for request in cloud.requests:
        assert request.body["model"] == "far-chat"
        assert request.headers["authorization"] == f"Bearer {FAR_KEY}"


@pytest.mark.parametrize("name", ["far@far", "openai/far-chat"])
def test_the_names_that_litellm_knows_an_upstream_by_get_its_own_key(
    stack: Stack, cloud: StandIn, name: str
) -> None:
    """LiteLLM takes a deployment's id and its upstream's name for a model's name, too."""
    assert ask_with(stack, "chat", {"model": name})[0] == 200
    assert [r.headers["authorization"] for r in cloud.requests] == [f"Bearer {FAR_KEY}"]


def ask_with(stack: Stack, call: str, more: dict[str, Any]) -> tuple[int, Headers, bytes]:
    asked = CALLS[call]
    body = json.dumps({**(asked.body or {}), **more}).encode()
    return send(stack, asked, GOOD_KEYS["Bearer"], body=body)


def assert_serves_others(stack: Stack) -> None:
    """What one client sends must not wear the upstream out for the next one."""
    for call in ("chat", "embeddings"):
        status, _, body = send(stack, CALLS[call], GOOD_KEYS["Bearer"])
        assert status == 200, body
