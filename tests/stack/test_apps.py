"""Apps with keys, models, limits and budgets of their own, on a real LiteLLM."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from stack.asking import PLAIN_HTTP
from stack.in_flight import most_at_once, slow_from_now_on
from stack.projects import MASTER_KEY, Project, Stack, model, provider, running

from gateway.stand_in import StandIn

SHOP, BLOG, SLOW, SMALL, GONE = (
    f"sk-{name}-0123456789abcdef0123456789" for name in ("shop", "blog", "slow", "small", "gone")
)
OLD = "sk-shop-before-0123456789abcdef012345"
QUESTION = [{"role": "user", "content": "hi"}]
ANTHROPIC = {"anthropic-version": "2023-06-01"}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/v1/chat/completions", {"messages": QUESTION, "max_tokens": 16}),
    "messages": ("/v1/messages", {"messages": QUESTION, "max_tokens": 16}),
    "embeddings": ("/v1/embeddings", {"input": "hi"}),
    "responses": ("/v1/responses", {"input": "hi"}),
    "completions": ("/v1/completions", {"prompt": "hi"}),
    "count_tokens": ("/v1/messages/count_tokens", {"messages": QUESTION}),
}
STREAMED = ("chat", "messages", "responses", "completions")
APPS = {
    "shop": {"key": ["SHOP_KEY", "SHOP_KEY_OLD"], "models": ["one", "two"], "default_model": "two"},
    "blog": {"key": "BLOG_KEY"},
    "slow": {"key": "SLOW_KEY", "models": ["one"], "limits": {"rpm": 10}},
    "few": {"key": "FEW_KEY", "models": ["one"], "limits": {"max_parallel_requests": 3}},
    "small": {"key": "SMALL_KEY", "models": ["one"], "budget": {"tokens": 200, "per": "month"}},
    "gone": {"key": "GONE_KEY", "expires": "2026-01-31"},
    "nobody": {"key": "NOBODY_KEY"},
}
FEW = "sk-few-0123456789abcdef0123456789"
VALUES = {
    "SHOP_KEY": SHOP,
    "SHOP_KEY_OLD": OLD,
    "BLOG_KEY": BLOG,
    "SLOW_KEY": SLOW,
    "FEW_KEY": FEW,
    "SMALL_KEY": SMALL,
    "GONE_KEY": GONE,
}


def project_at(base_url: str, **apps: Any) -> Project:
    return Project(
        providers={"home": provider(base_url)},
        models={
            "one": model("home", "one", "spare"),
            "two": model("home", "two", aliases=["second"]),
            "three": model("home", "three"),
            "spare": model("home", "spare"),
            "vectors": model("home", "vectors", mode="embedding"),
        },
        settings={
            "apps": apps or APPS,
            "claude_code": {"tiers": {"haiku": "one", "opus": "three"}},
        },
        values=VALUES,
    )


@pytest.fixture(scope="module")
def upstream() -> Iterator[StandIn]:
    with StandIn("home") as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def stack(upstream: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    root = tmp_path_factory.mktemp("apps")
    with running(root, project_at(upstream.base_url)) as stack:
        yield stack


def ask(
    stack: Stack,
    kind: str,
    key: str,
    model: str,
    *,
    stream: bool = False,
    path: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> httpx.Response:
    """A whole answer; streamed ones are read to their end."""
    where, body = CALLS[kind]
    shown = ANTHROPIC if where.startswith("/v1/messages") else {}
    return httpx.post(
        f"{stack.proxy.url}{path or where}",
        json={"model": model, **body, **({"stream": True} if stream else {}), **more},
        headers={"authorization": f"Bearer {key}", **shown, **(headers or {})},
        timeout=60,
        trust_env=False,
        verify=PLAIN_HTTP,
    )


def error_of(response: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    return error


EVERY_CALL = [(kind, False) for kind in CALLS] + [(kind, True) for kind in STREAMED]


@pytest.mark.parametrize(("kind", "stream"), EVERY_CALL)
def test_an_app_gets_its_models_and_no_other(stack: Stack, kind: str, *, stream: bool) -> None:
    if kind != "embeddings":
        answer = ask(stack, kind, SHOP, "one", stream=stream)
        assert answer.status_code == 200, answer.text
    for name in ("three", "vectors", "spare", "no-such-model"):
        refused = ask(stack, kind, SHOP, name, stream=stream)
        # A name that is nobody's is one for the routes on `/v1/messages`: the default, `one`.
        is_routed = name == "no-such-model" and kind in ("messages", "count_tokens")
        assert refused.status_code == (200 if is_routed else 403), (name, refused.text)
        if not is_routed:
            wanted = "permission_error" if "messages" in CALLS[kind][0] else None
            assert wanted in (None, error_of(refused)["type"])
            assert "may not use" in error_of(refused)["message"]
    everything = ask(stack, kind, BLOG, "vectors" if kind == "embeddings" else "three")
    assert everything.status_code == 200, everything.text


# What LiteLLM would read as another model, or as a chain that nobody wrote; with who answers if somebody.
AROUND: dict[str, tuple[str, dict[str, Any]]] = {
    "body fallbacks": ("chat", {"fallbacks": ["three"]}),
    "body fallbacks as objects": ("chat", {"fallbacks": [{"model": "three"}]}),
    "body fallbacks as a text": ("messages", {"fallbacks": "three"}),
    "several models in one name": ("chat", {"model": "one,three"}),
    "several models in one name, completions": ("completions", {"model": "one,three"}),
    "a list of models": ("chat", {"model": ["one", "three"]}),
    "no model": ("embeddings", {"model": None}),
}


@pytest.mark.parametrize("way", AROUND)
def test_no_body_is_a_way_around(stack: Stack, upstream: StandIn, way: str) -> None:
    kind, more = AROUND[way]
    asked = {"model": "one", **more}
    before = len(upstream.requests)
    answer = ask(stack, kind, SHOP, asked.pop("model"), **asked)
    models = [request.body.get("model") for request in upstream.requests[before:]]
    assert set(models) <= {"one", "two"}, models
    assert answer.status_code in (200, 400, 403), answer.text
    if "fallbacks" in way:
        assert answer.status_code == 403


ELSEWHERE = {
    "the path of a deployment": "/openai/deployments/three/chat/completions",
    "the path of an engine": "/engines/three/chat/completions",
    "the query": "/v1/chat/completions?model=three",
}


@pytest.mark.parametrize("place", ELSEWHERE)
def test_a_model_is_named_elsewhere(stack: Stack, place: str) -> None:
    assert ask(stack, "chat", SHOP, "one", path=ELSEWHERE[place]).status_code == 403
    allowed = ask(stack, "chat", SHOP, "three", path=ELSEWHERE[place].replace("three", "one"))
    assert allowed.status_code in (200, 403)
    answer = ask(stack, "chat", SHOP, "one", path=ELSEWHERE[place].replace("three", "one"))
    assert answer.status_code == 200, answer.text


def test_one_body_is_read_by_both_in_the_same_way(stack: Stack, upstream: StandIn) -> None:
    url, key = f"{stack.proxy.url}/v1/chat/completions", {"authorization": f"Bearer {SHOP}"}
    twice = '{"model": "three", "model": "one", "messages": [{"role": "user", "content": "hi"}]}'
    before = len(upstream.requests)
    for body in (twice, twice.replace("three", "x").replace("one", "three")):
        httpx.post(url, content=body, headers=key, timeout=30, trust_env=False)
    form = httpx.post(url, data={"model": "three"}, headers=key, timeout=30, trust_env=False)
    assert form.status_code == 400
    assert [r.body.get("model") for r in upstream.requests[before:]] == ["one"]


def test_a_form_names_its_model(stack: Stack) -> None:
    url, key = f"{stack.proxy.url}/v1/audio/transcriptions", {"authorization": f"Bearer {SHOP}"}
    file = {"file": ("a.wav", b"RIFF", "audio/wav")}
    for fields in (
        {"model": "three"},
        {"model": ["one", "three"]},
        {"model": "one", "fallbacks": "x"},
    ):
        refused = httpx.post(url, data=fields, files=file, headers=key, timeout=30, trust_env=False)
        assert refused.status_code in (400, 403), refused.text


def test_default_and_claude_names_lead_to_the_apps_own(stack: Stack) -> None:
    assert ask(stack, "chat", SHOP, "default").headers["x-gateway-model"] == "two"
    assert ask(stack, "chat", BLOG, "default").headers["x-gateway-model"] == "one"
    assert ask(stack, "messages", SHOP, "claude-haiku-4-5").headers["x-gateway-model"] == "one"
    for kind in ("messages", "count_tokens"):
        refused = ask(stack, kind, SHOP, "claude-opus-4-5")
        assert refused.status_code == 403, refused.text
        assert error_of(refused)["type"] == "permission_error"
        assert ask(stack, kind, BLOG, "claude-opus-4-5").status_code == 200
    assert ask(stack, "chat", SHOP, "claude-opus-4-5").status_code == 403


def test_a_refusal_is_one_answer_on_every_path_and_is_not_counted(stack: Stack) -> None:
    """More than the app's 10 a minute, so none of them was counted."""
    named, routed = "three", "claude-opus-4-5"
    asked = [ask(stack, "chat", SLOW, name, stream=s) for name in (named, routed) for s in (0, 1)]
    asked += [ask(stack, "completions", SLOW, named), stack.proxy.get("/models/three", key=SLOW)]
    asked += [ask(stack, "chat", SLOW, routed) for _ in range(10)]
    assert {each.status_code for each in asked} == {403}
    assert {each.text for each in asked} == {asked[0].text}
    assert (error_of(asked[0])["type"], error_of(asked[0])["code"]) == (
        "invalid_request_error",
        "permission_denied",
    )
    own = [ask(stack, "messages", SLOW, name) for name in (named, routed)]
    own += [ask(stack, "count_tokens", SLOW, name) for name in (named, routed)]
    assert {(each.status_code, each.text) for each in own} == {(403, own[0].text)}


def test_an_app_lists_its_own_models(stack: Stack) -> None:
    for path in ("/v1/models", "/models"):
        listed = stack.proxy.get(path, key=SHOP).json()["data"]
        assert {entry["id"] for entry in listed} == {"one", "two", "second", "default"}
    info = stack.proxy.get("/model/info", key=SHOP).json()["data"]
    assert {entry["model_name"] for entry in info} == {"one", "two", "second", "default"}
    assert "127.0.0.1" not in json.dumps(info)
    assert stack.proxy.get("/v1/models/one", key=SHOP).status_code == 200
    assert stack.proxy.get("/v1/models/three", key=SHOP).status_code == 403
    picked = httpx.get(
        f"{stack.proxy.url}/v1/models",
        headers={"x-api-key": SHOP, "user-agent": "claude-cli/2.1.330", **ANTHROPIC},
        timeout=30,
        trust_env=False,
    ).json()
    assert 2 <= len(picked["data"]) <= 4, picked
    assert "three" not in json.dumps(picked)
    assert b"three".hex() not in json.dumps(picked)


OWNERS = (
    ("GET", "/health"),
    ("GET", "/health/services"),
    ("POST", "/key/generate"),
    ("GET", "/config/yaml"),
    ("GET", "/get/config/callbacks"),
    ("POST", "/model/new"),
    ("GET", "/router/settings"),
    ("POST", "/v1/files"),
    ("POST", "/v1beta/models/three:generateContent"),
    ("POST", "//v1/chat/completions"),
    ("POST", "/v1/chat/completions/"),
    ("DELETE", "/v1/models/one"),
    ("GET", "/v1/responses/resp_x"),
)


@pytest.mark.parametrize(("method", "path"), OWNERS)
def test_the_rest_is_the_owners(stack: Stack, method: str, path: str) -> None:
    refused = httpx.request(
        method,
        f"{stack.proxy.url}{path}",
        headers={"authorization": f"Bearer {BLOG}"},
        timeout=30,
        trust_env=False,
    )
    assert refused.status_code == 403, refused.text


def test_who_is_let_in(stack: Stack) -> None:
    assert ask(stack, "chat", OLD, "one").status_code == 200
    assert ask(stack, "chat", MASTER_KEY, "three").status_code == 200
    gone = ask(stack, "messages", GONE, "one")
    assert gone.status_code == 401
    assert error_of(gone)["type"] == "authentication_error"
    assert "expired" in error_of(gone)["message"]
    for nobodys in ("missing-NOBODY_KEY", "missing-", "NOBODY_KEY", f"{SHOP}x", SHOP[:-1]):
        assert ask(stack, "chat", nobodys, "one").status_code == 401


def test_fifty_at_once_do_not_get_over_a_limit(stack: Stack, upstream: StandIn) -> None:
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: ask(stack, "chat", SLOW, "one"), range(50)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(429)) == (10, 40)
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert error_of(refused)["type"] == "rate_limit_error"
    other = ask(stack, "messages", SLOW, "one")
    assert (other.status_code, error_of(other)["type"]) == (429, "rate_limit_error")
    log = stack.log_file.read_text("utf-8")
    assert log.count("the app slow is at its limit (rpm: 10) until ") == 1


def test_no_more_than_so_many_at_once(stack: Stack, upstream: StandIn) -> None:
    begin = slow_from_now_on(upstream)
    try:
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: ask(stack, "chat", FEW, "one"), range(20)))
    finally:
        upstream.heal()
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 429}, statuses
    assert statuses.count(200) == len(upstream.requests) - begin
    assert most_at_once(upstream, begin) == 3
    assert ask(stack, "chat", FEW, "one", stream=True).status_code == 200
