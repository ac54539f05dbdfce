"""The mends of Messages requests and answers, called as LiteLLM and the door call them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.runtime.anthropic_answers import mended
from gateway.runtime.messages_request import is_translating, mend_answer, mend_request
from gateway.runtime.messages_turns import told_in_turn
from gateway.runtime.prompt_size import listen_for_a_prompt, remember_prompt, with_prompt_size
from gateway.runtime.responses_request import mend_responses_request
from gateway.runtime.stop_sequences import (
    Stop,
    listen_for_a_stop,
    remember_sequences,
    tell_the_stop,
)

THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "s"}


@pytest.fixture(autouse=True)
def _own_call() -> Iterator[None]:
    token = is_translating.set(False)
    yield
    is_translating.reset(token)


def request(**fields: Any) -> dict[str, Any]:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}
    server = {"proxy_server_request": {"body": dict(body)}}
    return {**body, **server, "model": "openai/m", "model_info": {"id": "m@one"}}


def test_what_a_fallback_may_need_is_not_touched() -> None:
    asked = request(
        messages=[
            {"role": "user", "content": [{"type": "document", "source": {"type": "text"}}]},
            {"role": "system", "content": "news"},
            {"role": "assistant", "content": [THOUGHT]},
        ],
        tools=[{"name": "a", "input_schema": {}, "defer_loading": True}],
        betas=["b"],
    )
    before = copy.deepcopy(asked)
    mend_request(dict(asked), "anthropic_messages")
    assert asked == before


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "anthropic/claude"},
        {"model": "m", "custom_llm_provider": "anthropic"},
        {"model_info": {"supported_endpoints": ["/v1/messages"]}},
    ],
)
def test_who_speaks_anthropics_own_gets_everything(changes: dict[str, Any]) -> None:
    asked = {**request(betas=["b"], mcp_servers=[], container="c"), **changes}
    before = copy.deepcopy(asked)
    mend_request(asked, "anthropic_messages")
    assert asked == before
    assert not is_translating.get()


def test_a_chat_of_its_own_is_left_alone() -> None:
    asked = request(web_search_options={})
    asked["messages"] = [{"role": "assistant", "content": "a", "thinking_blocks": [THOUGHT]}]
    before = copy.deepcopy(asked)
    mend_request(asked, "acompletion")
    mend_responses_request(asked, "acompletion")
    assert asked == before


def test_a_provider_that_nobody_knows_is_left_to_litellm() -> None:
    asked = request(betas=["b"])
    asked["custom_llm_provider"] = "nobody-knows"
    mend_request(asked, "anthropic_messages")
    assert asked["betas"] == ["b"]


@pytest.mark.parametrize("arguments", ["", "{}", '{"a": 1}'])
def test_arguments_that_are_an_object_stay(arguments: str) -> None:
    call = SimpleNamespace(function=SimpleNamespace(arguments=arguments))
    message = SimpleNamespace(tool_calls=[call])
    is_translating.set(True)
    mend_answer(SimpleNamespace(choices=[SimpleNamespace(message=message)]))
    assert call.function.arguments == arguments


def test_a_conversation_in_turn_stays_as_it_is() -> None:
    turns = [{"role": role, "content": role} for role in ("user", "assistant", "user")]
    assert told_in_turn(turns) == turns


@pytest.mark.parametrize(
    "answer", [None, [], 1, "x", {}, {"content": 1}, {"content": [1]}, {"error": 1}]
)
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/models/m", "/v1/models"])
def test_an_answer_that_is_odd_is_an_error_of_ours_at_most(path: str, answer: object) -> None:
    """The caller sends what LiteLLM wrote where this raises."""
    try:
        status, body = mended(path, 200, json.dumps(answer).encode(), "r")
    except (AttributeError, KeyError, TypeError, ValueError):
        return
    assert status == 200
    assert json.loads(body) == answer


@pytest.mark.parametrize(
    ("pieces", "met"),
    [
        ([b'{"stop_reason": "END"}'], "END"),
        ([b'{"matched_', b'stop":"E', b'ND"}'], "END"),
        ([b'{"stop_reason": "E\xff"}', b'{"stop_reason": "END"}'], "END"),
        ([b'{"content": "\\"stop_reason\\": \\"END\\""}'], None),
        ([b'{"stop_reason": "other"}', b"\xff\xfe"], None),
    ],
)
def test_a_stop_is_seen_across_pieces(pieces: list[bytes], met: str | None) -> None:
    stop = listen_for_a_stop()
    remember_sequences({"stop_sequences": ["END", 5]})
    for piece in pieces:
        stop.look_at(piece)
    assert stop.met == met


def test_no_stop_is_told_of_a_message_that_was_cut() -> None:
    said = {"stop_reason": "max_tokens", "stop_sequence": None}
    tell_the_stop(said, Stop(("END",), "END"))
    assert said == {"stop_reason": "max_tokens", "stop_sequence": None}


def first_event(**usage: int) -> bytes:
    event = {"type": "message_start", "message": {"usage": usage}}
    return b"event: message_start\ndata: " + json.dumps(event).encode() + b"\n\n"


def test_a_prompts_size_is_said_once_and_only_where_it_is_not() -> None:
    asked = listen_for_a_prompt()
    assert with_prompt_size(first_event(input_tokens=0), asked) == first_event(input_tokens=0)
    remember_prompt({"messages": [{"role": "user", "content": "word " * 1000}]})
    said = with_prompt_size(first_event(input_tokens=0, output_tokens=0), asked)
    assert 1000 < json.loads(said.split(b"data: ")[1])["message"]["usage"]["input_tokens"] < 1400
    assert said.endswith(b"\n\n")
    for piece in (first_event(input_tokens=7), b"event: ping\ndata: {}\n\n", b"data"):
        assert with_prompt_size(piece, asked) == piece
