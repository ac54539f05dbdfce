"""What a model of OpenAI's kind says, as a client of Anthropic's hears it: streamed and not."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import pytest
from stack.messages import WEATHER, Desk
from stack.puppet import ToolCall

OSLO = ToolCall("weather", '{"city": "Oslo"}', "call_1")
ROME = ToolCall("weather", '{"city": "Rome"}', "call_2")
CACHED = {
    "prompt_tokens": 100,
    "completion_tokens": 5,
    "total_tokens": 105,
    "prompt_tokens_details": {"cached_tokens": 80},
}


def blocks(desk: Desk, *, streamed: bool, **fields: Any) -> list[dict[str, Any]]:
    """The content that came, in one shape: a stream's arguments parsed."""
    if not streamed:
        content: list[dict[str, Any]] = desk.message(**fields)["content"]
        return content
    told = desk.told(**fields)
    return [
        {**each, "input": json.loads(each["input"] or "{}")} if each["type"] == "tool_use" else each
        for each in told.blocks
    ]


def tool_use(called: ToolCall) -> dict[str, Any]:
    given = json.loads(called.arguments or "{}")
    return {"type": "tool_use", "id": called.id, "name": called.name, "input": given}


@pytest.mark.parametrize("streamed", [False, True])
class TestBlocks:
    def test_text(self, desk: Desk, streamed: bool) -> None:
        desk.upstream.says("hello there")
        assert blocks(desk, streamed=streamed) == [{"type": "text", "text": "hello there"}]

    def test_thinking_comes_first_and_has_a_signature(self, desk: Desk, streamed: bool) -> None:
        desk.upstream.says("42", reasoning="what is six times seven")
        thinking = {"type": "thinking", "thinking": "what is six times seven", "signature": ""}
        wanted = [thinking, {"type": "text", "text": "42"}]
        assert blocks(desk, streamed=streamed) == wanted

    @pytest.mark.parametrize("called", [[OSLO], [OSLO, ROME], [ToolCall("weather", "")]])
    @pytest.mark.parametrize("words", ["", "I look"])
    def test_calls(self, desk: Desk, streamed: bool, called: list[ToolCall], words: str) -> None:
        desk.upstream.says(words, tools=called)
        said = [{"type": "text", "text": words}] if words else []
        found = blocks(desk, streamed=streamed, tools=[WEATHER])
        assert found == [*said, *map(tool_use, called)]

    def test_everything_in_one(self, desk: Desk, streamed: bool) -> None:
        desk.upstream.says("I look", reasoning="hm", tools=[OSLO, ROME])
        found = blocks(desk, streamed=streamed, tools=[WEATHER])
        assert [each["type"] for each in found] == ["thinking", "text", "tool_use", "tool_use"]

    def test_nothing(self, desk: Desk, streamed: bool) -> None:
        desk.upstream.says("")
        assert blocks(desk, streamed=streamed) == [{"type": "text", "text": ""}]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ("stop", "end_turn"),
        ("length", "max_tokens"),
        ("tool_calls", "tool_use"),
        ("content_filter", "refusal"),
    ],
)
def test_why_it_stopped(desk: Desk, streamed: bool, finish: str, reason: str) -> None:
    tools = [OSLO] if finish == "tool_calls" else []
    desk.upstream.says("a word", finish=finish, tools=tools)
    asked = {"tools": [WEATHER]} if tools else {}
    if streamed:
        assert desk.told(**asked).stop_reason == reason
    else:
        assert desk.message(**asked)["stop_reason"] == reason


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("slip", "met"),
    [
        ({"stop_reason": "END"}, "END"),  # vLLM
        ({"matched_stop": "END"}, "END"),  # SGLang
        ({"stop_reason": 151645}, None),
        ({"stop_reason": "another"}, None),
        ({}, None),
    ],
)
def test_which_sequence_stopped_it(
    desk: Desk, streamed: bool, slip: dict[str, object], met: str | None
) -> None:
    desk.upstream.says('she said "stop_reason": "STOP"', more=slip)
    reason = "end_turn" if met is None else "stop_sequence"
    asked = {"stop_sequences": ["END", "STOP"]}
    if streamed:
        told = desk.told(**asked)
        assert (told.stop_reason, told.stop_sequence) == (reason, met)
    else:
        message = desk.message(**asked)
        assert (message["stop_reason"], message["stop_sequence"]) == (reason, met)


@pytest.mark.parametrize("streamed", [False, True])
def test_tokens_from_a_cache_are_counted_apart(desk: Desk, streamed: bool) -> None:
    desk.upstream.says("a word", usage=CACHED)
    usage = desk.told().usage if streamed else desk.message()["usage"]
    counted = {name: usage[name] for name in usage if usage[name]}
    assert counted == {"input_tokens": 20, "output_tokens": 5, "cache_read_input_tokens": 80}


def test_a_stream_without_usage_is_estimated(desk: Desk) -> None:
    desk.upstream.says("a word or two", usage=None)
    usage = desk.told().usage
    assert usage["input_tokens"] > 0
    assert usage["output_tokens"] > 0


@pytest.mark.parametrize("arguments", ['{"city": Oslo}', '{"city": "Os', "[1]", "null"])
def test_arguments_that_are_no_object_reach_the_tool_as_they_are(
    desk: Desk, arguments: str
) -> None:
    desk.upstream.says("", tools=[ToolCall("weather", arguments)])
    [found] = desk.message(tools=[WEATHER])["content"]
    assert found["input"] == {"raw_arguments": arguments}
    [streamed] = desk.told(tools=[WEATHER]).blocks
    assert streamed["input"] == arguments


def test_a_refusal_in_words_is_one(desk: Desk) -> None:
    desk.upstream.says(None, message={"refusal": "no way"})
    message = desk.message()
    assert message["stop_reason"] == "refusal"
    assert message["content"] == [{"type": "text", "text": "no way"}]


def test_the_sdk_puts_a_stream_together(desk: Desk) -> None:
    desk.upstream.says("I look", reasoning="hm", tools=[OSLO, ROME], usage=CACHED)
    with (
        desk.sdk() as client,
        client.messages.stream(
            model="m", max_tokens=64, messages=[{"role": "user", "content": "hi"}], tools=[WEATHER]
        ) as stream,
    ):
        whole = stream.get_final_message()
    assert [each.type for each in whole.content] == ["thinking", "text", "tool_use", "tool_use"]
    calls = [each.input for each in whole.content if each.type == "tool_use"]
    assert calls == [{"city": "Oslo"}, {"city": "Rome"}]
    assert whole.stop_reason == "tool_use"
    assert (whole.usage.input_tokens, whole.usage.output_tokens) == (20, 5)
    assert whole.usage.cache_read_input_tokens == 80


def test_the_sdk_reads_a_whole_message_by_its_own_types(desk: Desk) -> None:
    desk.upstream.says("I look", reasoning="hm", tools=[OSLO])
    with desk.sdk() as client:
        whole = client.messages.create(
            model="m", max_tokens=64, messages=[{"role": "user", "content": "hi"}], tools=[WEATHER]
        )
    # The SDK builds its types without checking them; this checks.
    assert anthropic.types.Message.model_validate_json(whole.to_json()) == whole
    assert whole._request_id
