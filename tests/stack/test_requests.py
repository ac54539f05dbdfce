"""Every kind of request, plain httpx and the vendors' SDKs, against a healthy upstream."""

from __future__ import annotations

import time

import anthropic
import httpx
import openai
import pytest
from anthropic.types import MessageParam
from openai.types.chat import ChatCompletionUserMessageParam
from stack.asking import KINDS
from stack.projects import Stack

from gateway.stand_in import StandIn

pytestmark = pytest.mark.usefixtures("healed")


def model_for(kind: str, name: str) -> str:
    return f"{name}-embedding" if kind == "embeddings" else name


@pytest.mark.parametrize("name", ["local", "cloud"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_comes_from_the_model_that_was_asked(pair: Stack, kind: str, name: str) -> None:
    reply = pair.proxy.ask(kind, model_for(kind, name))
    assert reply.comes_from(name), reply
    assert reply.model == model_for(kind, name)
    assert reply.upstream == f"{model_for(kind, name)}@{'home' if name == 'local' else 'far'}"


def test_what_is_answered_leaves_no_complaint_in_the_log(pair: Stack) -> None:
    said_before = len(pair.log_file.read_text())
    for kind in KINDS:
        assert pair.proxy.ask(kind, model_for(kind, "cloud")).comes_from("cloud")
    time.sleep(1.0)  # LiteLLM writes its records behind the answers
    said = pair.log_file.read_text()[said_before:]
    assert [line for line in said.splitlines() if "ERROR" in line or "WARNING" in line] == []


def test_a_refusal_is_one_short_line_in_the_log(pair: Stack) -> None:
    said_before = len(pair.log_file.read_text())
    assert pair.proxy.ask("chat", "nobody-has-it").status == 400
    time.sleep(1.0)
    said = [line for line in pair.log_file.read_text()[said_before:].splitlines() if line]
    assert any("nobody-has-it" in line for line in said)
    assert max(map(len, said)) < 1_000


def test_the_list_has_every_name(pair: Stack) -> None:
    names = {"local", "house", "default", "local-embedding", "cloud", "cloud-embedding"}
    assert names <= set(pair.proxy.models())


@pytest.mark.parametrize("key", ["", "sk-wrong"])
@pytest.mark.parametrize("kind", KINDS)
def test_without_the_key_it_is_401_in_the_callers_protocol(
    pair: Stack, kind: str, key: str
) -> None:
    with pair.proxy.stream(kind, model_for(kind, "local"), key=key) as response:
        response.read()
    assert response.status_code == 401
    if kind.startswith("messages"):
        assert response.json()["type"] == "error"
        assert response.json()["error"]["type"] == "authentication_error"
    else:
        assert response.json()["error"]["code"] == "invalid_api_key"


def test_the_list_needs_the_key_too(pair: Stack) -> None:
    assert pair.proxy.get("/v1/models", key="").status_code == 401


def test_the_openai_sdk(pair: Stack) -> None:
    url = f"{pair.proxy.url}/v1"
    question: ChatCompletionUserMessageParam = {"role": "user", "content": "hi"}
    with openai.OpenAI(base_url=url, api_key=pair.proxy.key, max_retries=0) as client:
        whole = client.chat.completions.create(model="default", messages=[question])
        assert whole.choices[0].message.content == "local says: hi"
        stream = client.chat.completions.create(model="house", messages=[question], stream=True)
        with stream:
            text = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)
        assert text == "local says: hi"
        vectors = client.embeddings.create(model="local-embedding", input=["a", "b"])
        assert [len(each.embedding) for each in vectors.data] == [8, 8]
        assert "local" in [each.id for each in client.models.list()]
    with (
        openai.OpenAI(base_url=url, api_key="sk-wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.models.list()


def test_the_anthropic_sdk(pair: Stack) -> None:
    key, url = pair.proxy.key, pair.proxy.url
    question: MessageParam = {"role": "user", "content": "hi"}
    with anthropic.Anthropic(base_url=url, api_key=key, max_retries=0) as client:
        whole = client.messages.create(model="default", max_tokens=64, messages=[question])
        assert [each.text for each in whole.content if each.type == "text"] == ["local says: hi"]
        with client.messages.stream(model="house", max_tokens=64, messages=[question]) as stream:
            assert "".join(stream.text_stream) == "local says: hi"
    with (
        anthropic.Anthropic(base_url=url, api_key="sk-wrong", max_retries=0) as stranger,
        pytest.raises(anthropic.AuthenticationError),
    ):
        stranger.messages.create(model="default", max_tokens=64, messages=[question])


@pytest.mark.parametrize("thinking", [None, {"type": "enabled", "budget_tokens": 1024}])
def test_tools_and_thinking_of_messages_reach_chat_completions(
    pair: Stack, local: StandIn, thinking: dict[str, object] | None
) -> None:
    """LiteLLM would send them to `/v1/responses`, which most compatible servers lack."""
    tool = {"name": "weather", "input_schema": {"type": "object", "properties": {"city": {}}}}
    body = {
        **pair.proxy.body("messages", "local", 'tool: weather {"city": "Oslo"}'),
        "tools": [tool],
        **({"thinking": thinking, "max_tokens": 2048} if thinking else {}),
    }
    headers = pair.proxy.headers("messages")
    url = f"{pair.proxy.url}/v1/messages?beta=true"
    reply = httpx.post(url, json=body, headers=headers, timeout=30, trust_env=False)
    assert reply.status_code == 200, reply.text
    calls = [block for block in reply.json()["content"] if block["type"] == "tool_use"]
    assert [(call["name"], call["input"]) for call in calls] == [("weather", {"city": "Oslo"})]
    asked = local.requests[-1]
    assert asked.path == "/v1/chat/completions"
    assert [each["function"]["name"] for each in asked.body["tools"]] == ["weather"]
