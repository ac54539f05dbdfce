"""The stand-in upstream: what OpenAI's own client makes of its answers."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import math
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from gateway.stand_in import Behaviour, Reply, StandIn, ToolCall

KEY = "sk-of-the-stand-in"
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
]


@pytest.fixture
def cloud() -> Iterator[StandIn]:
    with StandIn("cloud", api_keys={KEY}, models=["glm", "kimi"]) as stand_in:
        yield stand_in


@pytest.fixture
def client(cloud: StandIn) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=cloud.base_url, api_key=KEY, max_retries=0) as client:
        yield client


def said(text: str) -> list[Any]:
    return [{"role": "system", "content": "be brief"}, {"role": "user", "content": text}]


def ask(stand_in: StandIn, method: str, path: str, body: object = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", stand_in.port, timeout=3)
    with contextlib.closing(connection):
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_a_chat_is_answered_with_the_name_and_the_text(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="glm", messages=said("hello there"))
    assert answer.choices[0].message.content == "cloud says: hello there"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "glm"
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 1
    total = answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.total_tokens == total


def test_content_parts_are_read(client: openai.OpenAI) -> None:
    parts: Any = [{"role": "user", "content": [{"type": "text", "text": "in parts"}]}]
    answer = client.chat.completions.create(model="glm", messages=parts)
    assert answer.choices[0].message.content == "cloud says: in parts"


def test_a_stream_has_role_pieces_finish_and_usage(client: openai.OpenAI, cloud: StandIn) -> None:
    chunks = list(
        client.chat.completions.create(
            model="glm",
            messages=said(" two  spaces\nand a line "),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert chunks[0].choices[0].delta.role == "assistant"
    pieces = [each.choices[0].delta.content or "" for each in chunks if each.choices]
    assert "".join(pieces) == "cloud says:  two  spaces\nand a line "
    assert len([piece for piece in pieces if piece]) > 3
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 1
    assert cloud.requests[0].chunks_sent == len(chunks)


def test_a_stream_has_no_usage_unless_asked(client: openai.OpenAI) -> None:
    chunks = client.chat.completions.create(model="glm", messages=said("hi"), stream=True)
    assert all(each.usage is None and each.choices for each in chunks)


def test_think_adds_reasoning(client: openai.OpenAI) -> None:
    messages = said("think: deeply")
    whole = client.chat.completions.create(model="glm", messages=messages)
    assert whole.choices[0].message.model_extra == {"reasoning_content": "thinking about deeply"}
    stream = client.chat.completions.create(model="glm", messages=messages, stream=True)
    extras = [(each.choices[0].delta.model_extra or {}) for each in stream]
    assert "".join(each.get("reasoning_content", "") for each in extras) == "thinking about deeply"


def test_a_tool_is_called_with_the_arguments_in_the_text(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="glm", messages=said('tool: get_weather {"city": "Zürich"} please'), tools=TOOLS
    )
    assert answer.choices[0].finish_reason == "tool_calls"
    calls: Any = answer.choices[0].message.tool_calls
    assert calls[0].function.name == "get_weather"
    assert json.loads(calls[0].function.arguments) == {"city": "Zürich"}


def test_a_tool_call_streams_in_fragments(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="glm", messages=said('tool: get_weather {"city": "Bern"}'), tools=TOOLS, stream=True
    )
    chunks = list(stream)
    calls: Any = [c for each in chunks for c in each.choices[0].delta.tool_calls or []]
    assert calls[0].function.name == "get_weather"
    assert json.loads("".join(each.function.arguments for each in calls)) == {"city": "Bern"}
    assert len(calls) > 3
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_without_arguments_they_are_empty_and_an_unknown_tool_is_text(
    client: openai.OpenAI,
) -> None:
    create = client.chat.completions.create
    calls: Any = create(model="glm", messages=said("tool: get_weather"), tools=TOOLS)
    assert calls.choices[0].message.tool_calls[0].function.arguments == "{}"
    other = create(model="glm", messages=said("tool: rm_rf"), tools=TOOLS)
    assert other.choices[0].message.content == "cloud says: tool: rm_rf"


def test_after_a_tool_result_it_answers_text(client: openai.OpenAI) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    messages = [
        *said("tool: get_weather"),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "sunny"},
    ]
    answer = client.chat.completions.create(model="glm", messages=messages, tools=TOOLS)
    assert answer.choices[0].message.content == "cloud says: tool: get_weather"


def test_completions_whole_and_streamed(client: openai.OpenAI) -> None:
    whole = client.completions.create(model="glm", prompt="once upon")
    assert whole.choices[0].text == "cloud says: once upon"
    stream = list(client.completions.create(model="glm", prompt="once upon", stream=True))
    assert "".join(each.choices[0].text for each in stream) == "cloud says: once upon"
    assert len(stream) > 3


def test_embeddings_are_equal_in_base64_and_floats(client: openai.OpenAI, cloud: StandIn) -> None:
    texts = ["a", "b"]
    packed = client.embeddings.create(model="e", input=texts)
    plain = client.embeddings.create(model="e", input=texts, encoding_format="float")
    sent: Any = [each.body for each in cloud.requests]
    assert sent[0]["encoding_format"] == "base64"  # what the SDK asks for by itself
    assert [each.embedding for each in packed.data] == [each.embedding for each in plain.data]
    assert packed.data[0].embedding != packed.data[1].embedding
    assert math.hypot(*packed.data[0].embedding) == pytest.approx(1, abs=1e-6)


def test_embeddings_honour_dimensions(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="e", input="text", dimensions=33)
    assert [len(each.embedding) for each in answer.data] == [33]
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model="e", input="text", dimensions=-1)


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert [each.id for each in client.models.list()] == ["glm", "kimi"]


@pytest.mark.parametrize("key", ["sk-other", KEY + "x"])
def test_a_wrong_key_is_refused(cloud: StandIn, key: str) -> None:
    with (
        openai.OpenAI(base_url=cloud.base_url, api_key=key, max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.chat.completions.create(model="glm", messages=said("hi"))


def test_a_missing_key_is_refused_unless_none_is_asked_for(cloud: StandIn) -> None:
    assert ask(cloud, "GET", "/v1/models")[0] == 401
    with StandIn() as free:
        assert ask(free, "GET", "/v1/models")[0] == 200


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/responses", "/", "/v1"])
def test_other_paths_are_unknown(path: str) -> None:
    with StandIn() as free:
        status, body = ask(free, "POST", path, {"model": "m"})
    assert status == 404
    assert path in body["error"]["message"]


@pytest.mark.parametrize("body", [None, [], {}, {"model": "m"}, {"model": "m", "messages": "hi"}])
def test_a_bad_body_is_named(body: object) -> None:
    with StandIn() as free:
        status, answer = ask(free, "POST", "/v1/chat/completions", body)
    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"


def test_requests_are_recorded_and_cleared(client: openai.OpenAI, cloud: StandIn) -> None:
    client.chat.completions.create(model="glm", messages=said("hi"), extra_query={"q": "1"})
    (request,) = cloud.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions?q=1")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["messages"][-1]["content"] == "hi"
    assert (request.model, request.status, request.client_left_early) == ("glm", 200, False)
    cloud.clear()
    assert cloud.requests == []


def test_one_connection_carries_several_requests(cloud: StandIn) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", cloud.port)) as connection:
        connection.connect()
        sock = connection.sock
        for stream in (True, False, True):
            body = json.dumps({"model": "m", "messages": said("hi"), "stream": stream})
            headers = {"Authorization": f"Bearer {KEY}"}
            connection.request("POST", "/v1/chat/completions", body, headers)
            assert b"says:" in connection.getresponse().read()
            assert connection.sock is sock


def test_a_body_in_chunks_is_read(cloud: StandIn) -> None:
    body = json.dumps({"model": "m", "messages": said("piecewise")}).encode()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", cloud.port)) as connection:
        headers = {"Authorization": f"Bearer {KEY}"}
        pieces = iter([body[:10], body[10:]])
        connection.request("POST", "/v1/chat/completions", pieces, headers, encode_chunked=True)
        assert b"piecewise" in connection.getresponse().read()


def test_it_is_steered_over_http() -> None:
    with StandIn() as free:
        chat = {"model": "m", "messages": said("hi")}
        assert ask(free, "POST", "/_behaviour", {"status": 503, "times": 1}) == (200, {})
        assert ask(free, "POST", "/v1/chat/completions", chat)[0] == 503
        assert ask(free, "POST", "/v1/chat/completions", chat)[0] == 200
        ask(free, "POST", "/_behaviour", {"status": 429, "model": "m"})
        assert ask(free, "POST", "/v1/chat/completions", chat)[0] == 429
        assert ask(free, "POST", "/v1/chat/completions", {**chat, "model": "n"})[0] == 200
        ask(free, "DELETE", "/_behaviour")
        assert ask(free, "POST", "/v1/chat/completions", chat)[0] == 200
        _, log = ask(free, "GET", "/_requests")
        assert [each["status"] for each in log] == [503, 200, 429, 200, 200]
        assert log[0]["body"] == chat
        ask(free, "DELETE", "/_requests")
        assert ask(free, "GET", "/_requests") == (200, [])


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"sttus": 503}, "sttus"),
        ({"hang": 1}, "hang"),
        ({"hang": True, "drop": True}, "one fault"),
        ({"refuse": True}, "refuse_for"),
        ({"garbage": "xml"}, "sse-nonsense"),
        ([], "object"),
    ],
)
def test_a_bad_behaviour_is_named_and_changes_nothing(body: object, word: str) -> None:
    with StandIn() as free:
        status, answer = ask(free, "POST", "/_behaviour", body)
        assert status == 400
        assert word in answer["error"]
        assert ask(free, "GET", "/v1/models")[0] == 200


def test_it_serves_from_a_running_loop_too() -> None:
    async def talk() -> tuple[str | None, int]:
        async with StandIn("local") as local:
            async with openai.AsyncOpenAI(
                base_url=local.base_url, api_key="none", max_retries=0
            ) as client:
                answer = await client.chat.completions.create(model="m", messages=said("hi"))
                local.behave(Behaviour(status=503))
                with pytest.raises(openai.InternalServerError) as caught:
                    await client.chat.completions.create(model="m", messages=said("hi"))
            return answer.choices[0].message.content, caught.value.status_code

    assert asyncio.run(talk()) == ("local says: hi", 503)


def test_a_script_says_what_the_model_does_in_each_turn() -> None:
    """Text, reasoning, two calls at once with arguments in pieces, then what the results were; or nothing."""

    def script(body: Any) -> Reply | None:
        results = [each["content"] for each in body["messages"] if each["role"] == "tool"]
        if body["model"] == "other":
            return None
        if results:
            return Reply(" and ".join(results), usage={"prompt_tokens": 7, "completion_tokens": 3})
        calls = (ToolCall("a", "read", '{"path": "x.txt"}'), ToolCall("b", "list"))
        return Reply("I look.", "hm", calls)

    with StandIn("cloud", script=script) as cloud:
        options: Any = {"base_url": cloud.base_url, "api_key": KEY, "max_retries": 0}
        with openai.OpenAI(**options) as client:
            create: Any = client.chat.completions.create
            chunks = list(create(model="glm", messages=said("go"), stream=True))
            asked = [call for each in chunks for call in each.choices[0].delta.tool_calls or []]
            ids = {call.index: (call.id, call.function.name) for call in asked if call.id}
            assert ids == {0: ("a", "read"), 1: ("b", "list")}
            arguments = "".join(call.function.arguments for call in asked if call.index == 0)
            assert json.loads(arguments) == {"path": "x.txt"}
            assert "".join(each.choices[0].delta.content or "" for each in chunks) == "I look."
            whole = create(model="glm", messages=said("go")).choices[0].message
            assert [call.function.name for call in whole.tool_calls] == ["read", "list"]
            results = [{"role": "tool", "tool_call_id": id, "content": id} for id in ("a", "b")]
            last = create(model="glm", messages=[*said("go"), *results])
            assert last.choices[0].message.content == "a and b"
            assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (7, 3)
            other = create(model="other", messages=said("go"))
            assert other.choices[0].message.content == "cloud says: go"
