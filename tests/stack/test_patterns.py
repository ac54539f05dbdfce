"""Models that a pattern serves by their own ids: asked in every protocol, allowed, denied, hostile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from stack.projects import Project, Stack, StartStack, gateway, model, provider

from gateway.stand_in import Behaviour, StandIn

pytestmark = pytest.mark.usefixtures("healed")

SHOP, BLOG = "sk-shop-0123456789abcdef0123456789", "sk-blog-0123456789abcdef0123456789"
CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
COUNT, EMBEDDINGS = "/v1/messages/count_tokens", "/v1/embeddings"
_SAID = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 64}
BODIES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "chat": (CHAT, _SAID),
    "chat-stream": (CHAT, {**_SAID, "stream": True}),
    "messages": (MESSAGES, _SAID),
    "messages-stream": (MESSAGES, {**_SAID, "stream": True}),
    "responses": (RESPONSES, {"input": "hi"}),
    "embeddings": (EMBEDDINGS, {"input": "hi"}),
}
ANSWERED = {**BODIES, "count_tokens": (COUNT, _SAID)}
COMPLETIONS = ("/v1/completions", {"prompt": "hi"})


@pytest.fixture(scope="module")
def open_stack(start_stack: StartStack, local: StandIn, cloud: StandIn) -> Stack:
    """`openrouter/*` at `local` with two keys, `openai/*` beside it, `spare` at `cloud` behind it."""
    any_model = {
        "name": "openrouter/*",
        **model("openrouter", "*", "spare"),
        "allow": ["z-ai/*", "moonshotai/*", "embed"],
        "deny": ["*:free"],
        "max_output_tokens": 50,
    }
    return start_stack(
        Project(
            {
                "openrouter": provider(local.base_url, "KEY_1", "KEY_2"),
                "far": provider(cloud.base_url),
            },
            {
                "spare": model("far", "spare-up"),
                "pattern": any_model,
                # LiteLLM gives a name without a match to what it takes for its provider.
                "other": {"name": "openai/*", **model("openrouter", "o/*"), "deny": ["gpt-*"]},
                "nano": {"name": "openrouter/moonshotai/own", **model("far", "own-up")},
            },
            settings={
                "claude_code": {"tiers": {"opus": "openrouter/z-ai/glm-opus"}},
                "apps": {
                    "shop": {"key": "SHOP_KEY", "models": ["openrouter/z-ai/*"],
                             "default_model": "openrouter/z-ai/glm-opus"},
                    "blog": {"key": "BLOG_KEY", "models": ["spare"]},
                },
            },
            values={"KEY_1": "sk-1", "KEY_2": "sk-2", "SHOP_KEY": SHOP, "BLOG_KEY": BLOG},
        )
    )  # fmt: skip


def ask(stack: Stack, kind: str, name: object, *, key: str = "", **more: Any) -> httpx.Response:
    path, body = {**ANSWERED, "completions": COMPLETIONS}[kind]
    headers = stack.proxy.headers(kind, key or None)
    json = {**body, "model": name, **more}
    url = stack.proxy.url + path
    return httpx.post(url, json=json, headers=headers, timeout=60, trust_env=False)


def asked(*upstreams: StandIn) -> list[str]:
    return [each.body["model"] for upstream in upstreams for each in upstream.requests if each.body]


@pytest.mark.parametrize("kind", BODIES)
def test_a_model_is_served_by_its_own_id(open_stack: Stack, local: StandIn, kind: str) -> None:
    name = "z-ai/glm-5" if kind != "embeddings" else "embed"
    reply = ask(open_stack, kind, f"openrouter/{name}")
    assert reply.status_code == 200, reply.text
    assert asked(local) == [name]
    assert reply.headers["x-gateway-model"] == f"openrouter/{name}"
    if kind not in {"embeddings", "responses"}:
        assert local.requests[-1].body["max_tokens"] == 50, "the pattern's own bounds hold"


@pytest.mark.parametrize("kind", ANSWERED)
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("openrouter/z-ai/glm-5:free", "denies"),
        ("openrouter/qwen/qwen3", "does not allow"),
        ("openrouter/Z-AI/GLM-5:FREE", "denies"),
        ("openai/gpt-4o", "denies"),
    ],
)
def test_what_is_not_allowed_is_404_and_never_sent(  # noqa: PLR0917 - a table
    open_stack: Stack, local: StandIn, cloud: StandIn, kind: str, name: str, why: str
) -> None:
    reply = ask(open_stack, kind, name)
    assert reply.status_code == 404, reply.text
    error = reply.json()["error"]
    assert f"the model `{name}` is not served: this gateway {why}" in error["message"]
    if kind.startswith(("messages", "count")):
        assert (reply.json()["type"], error["type"]) == ("error", "not_found_error")
    assert asked(local, cloud) == []


@pytest.mark.parametrize(
    "name",
    [
        *(
            "openrouter/z-ai/../../v2",
            "openrouter/z-ai/./x",
            "openrouter/z-ai//x",
            "openrouter/../x",
        ),
        *("openrouter/z-ai/é", "openrouter/z-ai/a b", "openrouter/z-ai/a\nb", "openrouter/*"),
        *("openrouter/z-ai/*", "openrouter/", "openrouter", f"openrouter/z-ai/{'x' * 5000}"),
        *("openrouter/z-ai/a?b=c", "openrouter/z-ai/a#b", "openrouter/z-ai/%2e%2e", "z-ai/glm-5"),
        *("gpt-4o", "openai/", "Openrouter/z-ai/glm-5", "openrouter/z-ai/a,openrouter/z-ai/b"),
    ],
)
def test_hostile_and_unknown_names_go_nowhere(
    open_stack: Stack, local: StandIn, cloud: StandIn, name: str
) -> None:
    for kind in ("chat", "responses", "embeddings"):
        reply = ask(open_stack, kind, name)
        assert reply.status_code == 404, (kind, reply.text)
        assert "is not served" in reply.json()["error"]["message"]
    assert asked(local, cloud) == []


@pytest.mark.parametrize("name", [None, "", 5, ["openrouter/z-ai/glm-5"], {"a": 1}])
def test_what_is_no_name_is_no_patterns(open_stack: Stack, local: StandIn, name: object) -> None:
    """No name at all is the default model's; what is no text is nobody's."""
    assert ask(open_stack, "chat", name).status_code == (400 if name else 200)
    assert asked(local) == []


def test_a_fragments_own_name_goes_first(open_stack: Stack, cloud: StandIn) -> None:
    assert ask(open_stack, "chat", "openrouter/moonshotai/own").status_code == 200
    assert asked(cloud) == ["own-up"]


@pytest.mark.parametrize("kind", [kind for kind in BODIES if kind != "embeddings"])
def test_its_fallbacks_answer_for_each_of_its_models(
    open_stack: Stack, local: StandIn, cloud: StandIn, kind: str
) -> None:
    local.behave(Behaviour(status=500))
    reply = ask(open_stack, kind, "openrouter/z-ai/glm-9")
    assert reply.status_code == 200, reply.text
    assert asked(cloud) == ["spare-up"]
    assert reply.headers["x-gateway-model"] == "spare"


def test_one_models_trouble_is_not_every_models(
    open_stack: Stack, local: StandIn, cloud: StandIn
) -> None:
    local.behave(Behaviour(status=404), model="z-ai/nothing")
    local.behave(Behaviour(status=500), model="z-ai/broken")
    for name in ("nothing", "broken", "nothing", "broken"):
        assert ask(open_stack, "chat", f"openrouter/z-ai/{name}").status_code == 200
    assert asked(cloud) == ["spare-up"] * 4
    local.clear()
    for turn in range(4):
        assert ask(open_stack, "chat", f"openrouter/z-ai/glm-{turn}").status_code == 200
    assert len(asked(local)) == 4


def test_a_clients_own_fallbacks_are_asked_the_same_questions(
    open_stack: Stack, local: StandIn, cloud: StandIn
) -> None:
    denied = "openrouter/z-ai/glm-5:free"
    for fallbacks in ([denied], [{"model": denied}], ["spare", denied]):
        reply = ask(open_stack, "chat", "spare", fallbacks=fallbacks)
        assert reply.status_code == 404, reply.text
    # LiteLLM's own shape, by name, is not looked into before: the last lock holds.
    cloud.behave(Behaviour(status=500))
    reply = ask(open_stack, "chat", "spare", fallbacks=[{"spare": [denied]}])
    assert reply.status_code != 200
    assert asked(local) == []


def test_both_keys_are_used(open_stack: Stack, local: StandIn) -> None:
    for turn in range(8):
        assert ask(open_stack, "chat", f"openrouter/z-ai/glm-{turn}").status_code == 200
    keys = {each.headers["authorization"] for each in local.requests}
    assert keys == {"Bearer sk-1", "Bearer sk-2"}


def test_the_list_has_what_the_project_names(open_stack: Stack) -> None:
    names = {"spare", "default", "openrouter/moonshotai/own", "openrouter/z-ai/glm-opus"}
    assert set(open_stack.proxy.models()) == names
    anthropic = open_stack.proxy.headers("messages")
    url = f"{open_stack.proxy.url}/v1/models"
    data = httpx.get(url, headers=anthropic, timeout=30, trust_env=False).json()["data"]
    assert len(data) == len(names)


def test_claude_codes_routes_lead_to_its_models(open_stack: Stack, local: StandIn) -> None:
    for name in (
        "openrouter,z-ai/glm-5",
        "OpenRouter, z-ai/glm-5[1m]",
        "openrouter/z-ai/glm-5[1m]",
    ):
        reply = ask(open_stack, "messages", name)
        assert reply.status_code == 200, reply.text
    assert ask(open_stack, "messages", "claude-opus-4-5").status_code == 200
    assert asked(local) == ["z-ai/glm-5"] * 3 + ["z-ai/glm-opus"]


def test_an_apps_patterns_hold_for_its_models(
    open_stack: Stack, local: StandIn, cloud: StandIn
) -> None:
    for kind in ("chat", "messages", "responses"):
        assert ask(open_stack, kind, "openrouter/z-ai/glm-5", key=SHOP).status_code == 200
        assert ask(open_stack, kind, "openrouter/moonshotai/kimi", key=SHOP).status_code == 403
        assert ask(open_stack, kind, "openrouter/z-ai/glm-5", key=BLOG).status_code == 403
        assert ask(open_stack, kind, "openrouter/z-ai/glm:free", key=SHOP).status_code in {403, 404}
    assert asked(local) == ["z-ai/glm-5"] * 3
    assert asked(cloud) == []
    headers = {"authorization": f"Bearer {SHOP}"}
    url = f"{open_stack.proxy.url}/v1/models"
    data = httpx.get(url, headers=headers, timeout=30, trust_env=False).json()["data"]
    assert {each["id"] for each in data} == {"openrouter/z-ai/glm-opus", "default"}
    local.behave(Behaviour(status=500))
    assert ask(open_stack, "chat", "openrouter/z-ai/glm-7", key=SHOP).status_code == 200
    assert asked(cloud) == ["spare-up"], "its fallbacks are the owner's"


def test_the_commands_know_its_models(open_stack: Stack) -> None:
    explained = gateway(open_stack.root, "explain", "openrouter/z-ai/glm-5")
    assert explained.returncode == 0, explained.stderr
    assert "openrouter: z-ai/glm-5 at" in explained.stdout
    assert "2. spare" in explained.stdout
    env = gateway(open_stack.root, "env", "claude", "openrouter/z-ai/glm-5", "--no-key")
    assert "ANTHROPIC_MODEL=openrouter/z-ai/glm-5" in env.stdout, env.stderr
    denied = gateway(open_stack.root, "env", "claude", "openrouter/z-ai/glm-5:free")
    assert "has it, and this gateway denies it" in denied.stderr
    pattern = gateway(open_stack.root, "env", "claude", "openrouter/*")
    assert "is a pattern: name one of its models" in pattern.stderr
    listed = gateway(open_stack.root, "models")
    assert "openrouter/* → spare" in listed.stdout
    assert "deny *:free" in listed.stdout


NOT_ITS = "openrouter/moonshotai/kimi"
_TAG = "<CCR-SUBAGENT-MODEL>{}</CCR-SUBAGENT-MODEL>"
AROUND: Mapping[str, Mapping[str, Any]] = {
    "fallback": {"fallbacks": [NOT_ITS]},
    "fallback object": {"fallbacks": [{"model": NOT_ITS}]},
    "fallback by name": {"fallbacks": [{"openrouter/z-ai/a": [NOT_ITS]}]},
    "fallback of a fallback": {
        "fallbacks": [{"model": "openrouter/z-ai/b", "fallbacks": [NOT_ITS]}]
    },
    "the body's extra": {"extra_body": {"model": "moonshotai/kimi"}},
    "the body's extra in a fallback": {
        "fallbacks": [{"model": "openrouter/z-ai/b", "extra_body": {"model": "moonshotai/kimi"}}]
    },
    "the extra's extra": {"extra_body": {"extra_body": {"model": "moonshotai/kimi"}}},
    "provider,model": {"model": "openrouter,moonshotai/kimi"},
    "as the picker lists it": {"model": f"claude-router-{NOT_ITS.encode().hex()}"},
    "long": {"model": f"{NOT_ITS}[1m]"},
    "a tag": {"model": "claude-sonnet-4-5", "system": _TAG.format(NOT_ITS)},
    "a tag of a provider": {
        "model": "claude-sonnet-4-5",
        "system": _TAG.format("openrouter,moonshotai/kimi"),
    },
    "a context's": {
        "context_window_fallback_dict": {
            "openai/z-ai/a": "openai/moonshotai/kimi",
            "z-ai/a": "moonshotai/kimi",
        }
    },
}


@pytest.mark.parametrize("kind", ["chat", "chat-stream", "messages", "responses", "completions"])
@pytest.mark.parametrize("way", AROUND)
def test_no_way_leads_an_app_past_its_globs(
    open_stack: Stack, local: StandIn, kind: str, way: str
) -> None:
    more = {"model": "openrouter/z-ai/a", **AROUND[way]}
    name = more.pop("model")
    for behaviour in (Behaviour(), Behaviour(status=500), Behaviour(status=400)):
        local.behave(behaviour)
        reply = ask(open_stack, kind, name, key=SHOP, **more)
        assert reply.status_code != 404, reply.text
        assert "kimi" not in reply.headers.get("x-gateway-model", "")
    assert [name for name in asked(local) if name not in {"z-ai/a", "z-ai/b"}] == []
