"""Apps with keys, models, limits and budgets of their own, on a real LiteLLM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from stack.projects import Project, Stack, model, provider, running

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
