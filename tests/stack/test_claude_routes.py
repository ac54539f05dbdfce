"""Claude Code's names and kinds of request on a real LiteLLM: who answers, and what is told of it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from stack.projects import Project, Stack, StartStack, model, provider

from gateway.stand_in import Behaviour, StandIn

pytestmark = pytest.mark.usefixtures("healed")

MESSAGES, CHAT, COUNT = "/v1/messages", "/v1/chat/completions", "/v1/messages/count_tokens"
LONG = " ".join(f"{number} apples" for number in range(30_000))
MIDDLING = " ".join(f"{number} pears" for number in range(10_000))


@pytest.fixture(scope="module")
def routed(start_stack: StartStack, local: StandIn, cloud: StandIn) -> Stack:
    """`small` at home answers haiku and falls back to `cloud`; opus and long prompts go to `cloud`."""
    rule = {"name": "docs", "model": "small", "when": {"header": {"x-team": "docs*"}}}
    return start_stack(
        Project(
            providers={"home": provider(local.base_url), "far": provider(cloud.base_url)},
            models={
                "local": model("home", "local-chat", "cloud", aliases=["house"]),
                "small": model("home", "small-chat", "cloud"),
                "cloud": model("far", "cloud-chat"),
                "vectors": model("far", "vectors", mode="embedding"),
            },
            settings={
                "failover": {"connect": "1s", "probe_every": "500ms", "cooldown": "1s"},
                "claude_code": {
                    "tiers": {"opus": "cloud", "haiku": "cloud"},
                    "routes": {"background": "small", "long_context": "cloud", "think": "small"},
                    "rules": [rule],
                },
            },
        )
    )


def ask(stack: Stack, path: str, name: Any, text: str = "hi", **more: Any) -> httpx.Response:
    """`headers` and members of the body go in as keywords; a stream is read to its end."""
    headers = {**stack.proxy.headers("messages"), **more.pop("headers", {})}
    messages = [{"role": "user", "content": text}]
    body = {"max_tokens": 16, "messages": messages, **({} if name is None else {"model": name})}
    with httpx.Client(base_url=stack.proxy.url, timeout=60, trust_env=False) as client:
        return client.post(path, json={**body, **more}, headers=headers)


def told(response: httpx.Response) -> tuple[str | None, str | None]:
    assert response.status_code == 200, response.text
    headers = response.headers
    assert headers["x-gateway-route-reason"].isascii()
    return headers.get("x-gateway-route"), headers.get("x-gateway-model")


CASES: Mapping[str, tuple[str, str]] = {
    "claude-haiku-4-5-20251001": ("background", "small"),
    "claude-opus-4-5[1m]": ("tier:opus", "cloud"),
    "claude-sonnet-4-5-20250929": ("default", "local"),
    "us.anthropic.claude-opus-4-5-v1:0": ("tier:opus", "cloud"),
    "opus": ("tier:opus", "cloud"),
    "home,small-chat": ("explicit", "small"),
    "FAR, cloud": ("explicit", "cloud"),
    "nobody,nothing": ("default", "local"),
    "house": ("asked", "local"),
    "small": ("asked", "small"),
    "small[1m]": ("asked", "small"),
    f"claude-router-{b'small'.hex()}": ("asked", "small"),
}


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("path", [MESSAGES, CHAT])
@pytest.mark.parametrize("name", CASES)
def test_a_name_is_answered_by_its_model(
    routed: Stack, path: str, name: str, is_stream: bool
) -> None:
    response = ask(routed, path, name, stream=is_stream)
    assert told(response) == CASES[name]


@pytest.mark.parametrize("name", CASES)
def test_tokens_are_counted_whatever_the_name(routed: Stack, name: str) -> None:
    response = ask(routed, COUNT, name, "one two three four five")
    assert response.status_code == 200, response.text
    assert response.json()["input_tokens"] > 4
    assert response.headers["x-gateway-route"] == CASES[name][0]


def test_a_name_that_nobody_has_is_answered_on_messages_and_refused_on_chat(routed: Stack) -> None:
    assert told(ask(routed, MESSAGES, "gpt-9")) == ("default", "local")
    assert told(ask(routed, MESSAGES, None)) == ("default", "local")
    assert ask(routed, COUNT, "gpt-9").status_code == 200
    refused = ask(routed, CHAT, "gpt-9")
    assert refused.status_code == 400
    assert "x-gateway-route" not in refused.headers


def test_the_answer_has_the_name_that_was_asked_for(routed: Stack) -> None:
    assert ask(routed, MESSAGES, "claude-haiku-4-5").json()["model"] == "claude-haiku-4-5"
    start = ask(routed, MESSAGES, "claude-haiku-4-5", stream=True).text.split("\n")[1]
    message = json.loads(start.removeprefix("data: "))["message"]
    assert message["model"] == "claude-haiku-4-5"


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("path", [MESSAGES, CHAT])
def test_the_fallbacks_are_those_of_the_chosen_model(
    routed: Stack, local: StandIn, path: str, is_stream: bool
) -> None:
    local.behave(Behaviour(refuse=True))
    response = ask(routed, path, "claude-haiku-4-5", stream=is_stream)
    assert told(response) == ("background", "cloud")
    assert "cloud" in response.text
    local.heal()
    until = time.monotonic() + 10
    while told(ask(routed, path, "small"))[1] != "small":
        assert time.monotonic() < until


def test_a_rule_goes_before_everything(routed: Stack, cloud: StandIn) -> None:
    response = ask(routed, MESSAGES, "cloud", headers={"X-Team": "Docs-EU"})
    assert told(response) == ("rule:docs", "small")
    assert cloud.requests == []


@pytest.mark.parametrize("tag", ["gateway-model", "CCR-SUBAGENT-MODEL"])
@pytest.mark.parametrize("path", [MESSAGES, CHAT])
def test_a_tag_chooses_and_never_goes_upstream(
    routed: Stack, local: StandIn, cloud: StandIn, path: str, tag: str
) -> None:
    system = [{"type": "text", "text": "be brief"}, {"type": "text", "text": f"<{tag}>far,cloud-chat</{tag}>count"}]  # fmt: skip
    where = (
        {"system": system}
        if path == MESSAGES
        else {
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": "hi"},
            ]
        }
    )
    assert told(ask(routed, path, "local", **where)) == ("subagent", "cloud")
    # Another route wins: the tag goes all the same.
    headers = {"x-team": "docs"}
    assert told(ask(routed, path, "local", headers=headers, **where)) == ("rule:docs", "small")
    sent = [json.dumps(request.body) for request in (*local.requests, *cloud.requests)]
    assert len(sent) == 2
    assert all("count" in body and tag not in body for body in sent)
    assert not any("gateway_route" in body for body in sent)  # which is for the logs


def test_thinking_is_a_route(routed: Stack) -> None:
    thinking = {"type": "enabled", "budget_tokens": 1024}
    assert told(ask(routed, MESSAGES, "claude-sonnet-4-5", thinking=thinking))[0] == "think"
    assert told(ask(routed, CHAT, "claude-sonnet-4-5", reasoning_effort="low"))[0] == "think"


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_session_stays_with_the_model_for_long_prompts(routed: Stack, is_stream: bool) -> None:
    user = json.dumps({"session_id": f"of-this-test-{is_stream}"})
    more: dict[str, Any] = {"stream": is_stream, "metadata": {"user_id": user}}

    def turn(system: str) -> httpx.Response:
        return ask(routed, MESSAGES, "claude-sonnet-4-5", system=system, **more)

    assert told(turn(MIDDLING))[0] == "default"
    assert told(turn(LONG))[0] == "long_context"
    until = time.monotonic() + 10
    # LiteLLM tells of an answer after it was sent.
    while told(response := turn(MIDDLING))[0] != "long_context":
        assert time.monotonic() < until
        assert told(turn(LONG))[0] == "long_context"
    assert "last turn" in response.headers["x-gateway-route-reason"]
    assert told(turn("be brief"))[0] == "default"


@pytest.mark.parametrize(
    "body",
    [
        {"model": "claude-haiku-4-5", "messages": [7, None, {"role": []}], "tools": {"a": 1}},
        {"model": "claude-haiku-4-5", "messages": "text", "system": {"text": 1}, "thinking": []},
    ],
)
def test_a_malformed_body_is_routed_before_litellm_judges_it(
    routed: Stack, body: dict[str, Any]
) -> None:
    with httpx.Client(base_url=routed.proxy.url, timeout=60, trust_env=False) as client:
        response = client.post(MESSAGES, json=body, headers=routed.proxy.headers("messages"))
    assert "hook failed" not in routed.log_file.read_text()
    assert response.status_code in (200, 400, 500)
