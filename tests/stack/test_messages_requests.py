"""What a client of Anthropic's asks, as an upstream of OpenAI's kind gets it."""

from __future__ import annotations

from typing import Any

import pytest
from stack.messages import IMAGE, PDF, WEATHER, Desk, assistant, call, result, text, user

from gateway.runtime.messages_tools import tools_for_functions

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _a_model_that_answers(desk: Desk) -> None:
    desk.upstream.says("hello")


def sent(desk: Desk, **fields: Any) -> Json:
    """The body that reaches the upstream."""
    desk.message(**fields)
    body: Json = desk.upstream.body
    return body


def conversation(*answer: Any) -> list[Json]:
    """A call of a tool and what came of it."""
    return [user("hi"), assistant(call(city="Oslo")), user(list(answer))]


def test_the_path_and_the_plain_fields(desk: Desk) -> None:
    body = sent(desk, temperature=0.5, top_p=0.9, top_k=5, stop_sequences=["END"])
    assert desk.upstream.asked[-1].path == "/v1/chat/completions"
    assert body == {
        "model": "upstream-m",
        "messages": [user("hi")],
        "max_tokens": 256,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 5,
        "stop": ["END"],
    }


def test_system_blocks_without_their_cache_control(desk: Desk) -> None:
    marked = {"type": "ephemeral", "ttl": "1h"}
    body = sent(desk, system=[text("be kind", cache_control=marked), text("be brief")])
    system = {"role": "system", "content": [text("be kind"), text("be brief")]}
    assert body["messages"] == [system, user("hi")]


def said(words: str) -> Json:
    return text(f"<system-reminder>\n{words}\n</system-reminder>")


NEWS = {"role": "system", "content": [text("the date is now", cache_control={"type": "ephemeral"})]}
OLD_NEWS = {"role": "system", "content": "the date is now"}


@pytest.mark.parametrize("news", [NEWS, OLD_NEWS])
def test_a_system_message_in_the_middle_is_the_users(desk: Desk, news: Json) -> None:
    """The same words as news and later on: the upstream's prefix cache holds."""
    told = {"role": "user", "content": [text("hi"), said("the date is now")]}
    assert sent(desk, messages=[user("hi"), news])["messages"] == [told]
    turns = [user([text("hi")]), news, assistant(text("a")), user("b")]
    assert sent(desk, messages=turns)["messages"][0] == told
    turns = [user("hi"), assistant(text("a")), news, user("b")]
    late = {"role": "user", "content": [said("the date is now"), text("b")]}
    assert sent(desk, messages=turns)["messages"][2] == late


def test_a_system_message_after_a_tool_stays_behind_its_result(desk: Desk) -> None:
    turns = [*conversation(text("so"), result("5 C")), NEWS]
    messages = sent(desk, messages=turns)["messages"]
    assert [each["role"] for each in messages] == ["user", "assistant", "tool", "user"]
    assert messages[3]["content"] == [text("so"), said("the date is now")]


def test_two_messages_of_one_role_are_one_turn(desk: Desk) -> None:
    turns = [user("a"), user([text("b")]), assistant(text("c")), assistant(call()), user("d")]
    messages = sent(desk, messages=turns)["messages"]
    assert [each["role"] for each in messages] == ["user", "assistant", "user"]
    assert messages[0]["content"] == [text("a"), text("b")]


def test_thinking_comes_back_in_the_field_that_models_know(desk: Desk) -> None:
    thought = {"type": "thinking", "thinking": "hm", "signature": "abc"}
    hidden = {"type": "redacted_thinking", "data": "xyz"}
    turns = [user("hi"), assistant(thought, hidden, text("42")), user("why")]
    told = sent(desk, messages=turns)["messages"][1]
    assert told == {"role": "assistant", "content": "42", "reasoning_content": "hm"}


def test_a_turn_of_thinking_alone_has_content(desk: Desk) -> None:
    thought = {"type": "thinking", "thinking": "hm", "signature": ""}
    told = sent(desk, messages=[user("hi"), assistant(thought), user("and?")])["messages"][1]
    assert told == {"role": "assistant", "content": "", "reasoning_content": "hm"}


@pytest.mark.parametrize(
    ("thinking", "effort"),
    [
        (None, None),
        ({"type": "enabled", "budget_tokens": 1024}, "low"),
        ({"type": "adaptive"}, "medium"),
        ({"type": "disabled"}, "none"),
    ],
)
def test_thinking_is_an_effort(desk: Desk, thinking: Json | None, effort: str | None) -> None:
    asked = {} if thinking is None else {"thinking": thinking, "max_tokens": 4096}
    assert sent(desk, **asked).get("reasoning_effort") == effort


def test_claude_codes_effort(desk: Desk) -> None:
    body = sent(desk, thinking={"type": "adaptive"}, output_config={"effort": "high"})
    assert body["reasoning_effort"] == "high"
    assert "output_config" not in body


class TestTools:
    def test_a_function(self, desk: Desk) -> None:
        marked = {**WEATHER, "cache_control": {"type": "ephemeral"}, "eager_input_streaming": True}
        [tool] = sent(desk, tools=[marked])["tools"]
        assert tool == {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "How the weather is.",
                "parameters": WEATHER["input_schema"],
            },
        }

    @pytest.mark.parametrize(
        ("choice", "wanted"),
        [
            ({"type": "auto"}, "auto"),
            ({"type": "any"}, "required"),
            ({"type": "none"}, "none"),
            (
                {"type": "tool", "name": "weather"},
                {"type": "function", "function": {"name": "weather"}},
            ),
        ],
    )
    def test_the_choice(self, desk: Desk, choice: Json, wanted: object) -> None:
        body = sent(desk, tools=[WEATHER], tool_choice=choice)
        assert body["tool_choice"] == wanted
        assert "parallel_tool_calls" not in body

    @pytest.mark.parametrize("kind", ["auto", "any"])
    def test_one_call_at_a_time(self, desk: Desk, kind: str) -> None:
        choice = {"type": kind, "disable_parallel_tool_use": True}
        assert sent(desk, tools=[WEATHER], tool_choice=choice)["parallel_tool_calls"] is False

    def test_a_long_name_comes_back_whole(self, desk: Desk) -> None:
        name = "mcp__" + "x" * 90
        first = sent(desk, tools=[{**WEATHER, "name": name}])["tools"][0]["function"]["name"]
        assert len(first) <= 64

    def test_tools_of_anthropics_servers_are_left_out(self, desk: Desk) -> None:
        theirs = [
            {"type": "code_execution_20250825", "name": "code_execution"},
            {"type": "web_fetch_20250910", "name": "web_fetch"},
            {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"},
        ]
        body = sent(desk, tools=theirs, tool_choice={"type": "auto"})
        assert "tools" not in body
        assert "tool_choice" not in body
        names = [each["function"]["name"] for each in sent(desk, tools=[*theirs, WEATHER])["tools"]]
        assert names == ["weather"]

    @pytest.mark.parametrize(
        "tool",
        [
            {"type": "bash_20250124", "name": "bash"},
            {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
            {"type": "memory_20250818", "name": "memory"},
        ],
    )
    def test_tools_that_claude_was_taught_are_explained(self, desk: Desk, tool: Json) -> None:
        [told] = sent(desk, tools=[tool])["tools"]
        assert told["type"] == "function"
        assert told["function"]["name"] == tool["name"]
        assert told["function"]["description"]
        assert "command" in told["function"]["parameters"]["properties"]

    def test_a_tool_to_be_found_first_is_shown_once_it_is(self, desk: Desk) -> None:
        search = {**WEATHER, "name": "ToolSearch"}
        hidden = [{**WEATHER, "name": name, "defer_loading": True} for name in ("fetch", "hold")]
        tools = [search, *hidden]
        before = sent(desk, tools=tools)["tools"]
        assert [each["function"]["name"] for each in before] == ["ToolSearch"]
        found = result([{"type": "tool_reference", "tool_name": "fetch"}])
        body = sent(desk, tools=tools, messages=conversation(found))
        assert [each["function"]["name"] for each in body["tools"]] == ["ToolSearch", "fetch"]
        assert "defer_loading" not in str(body["tools"])
        assert "fetch is loaded" in str(body["messages"][2]["content"])

    def test_a_list_without_anything_special_stays_as_it_is(self) -> None:
        assert tools_for_functions([WEATHER], [user("hi")]) == [WEATHER]


class TestResults:
    def test_of_parallel_calls(self, desk: Desk) -> None:
        turns = [
            user("hi"),
            assistant(text("I look"), call(1, city="Oslo"), call(2, city="Rome")),
            user([result("5 C", 1), result([text("20 C")], 2), text("and?")]),
        ]
        messages = sent(desk, messages=turns, tools=[WEATHER])["messages"]
        assert [each["role"] for each in messages] == ["user", "assistant", "tool", "tool", "user"]
        assert [each["id"] for each in messages[1]["tool_calls"]] == ["toolu_1", "toolu_2"]
        assert [each["content"] for each in messages[2:4]] == ["5 C", "20 C"]

    @pytest.mark.parametrize("content", [None, "", []])
    def test_of_nothing(self, desk: Desk, content: object) -> None:
        told = sent(desk, messages=conversation(result(content)))["messages"][2]
        assert (told["role"], told["content"]) == ("tool", "")

    @pytest.mark.parametrize(
        ("content", "wanted"),
        [
            ("no such city", "Error: no such city"),
            ("<tool_use_error>no</tool_use_error>", "<tool_use_error>no</tool_use_error>"),
            ([text("no such city")], [text("Error:"), text("no such city")]),
        ],
    )
    def test_of_a_failure(self, desk: Desk, content: object, wanted: object) -> None:
        body = sent(desk, messages=conversation(result(content, is_error=True)))
        assert body["messages"][2]["content"] == wanted

    def test_with_an_image(self, desk: Desk) -> None:
        messages = sent(desk, messages=conversation(result([text("here"), IMAGE])))["messages"]
        assert [each["role"] for each in messages[2:]] == ["tool", "user"]
        assert messages[3]["content"][-1]["type"] == "image_url"

    def test_with_a_pdf(self, desk: Desk) -> None:
        messages = sent(desk, messages=conversation(result([PDF])))["messages"]
        assert [each["role"] for each in messages[2:]] == ["tool", "user"]
        assert messages[2]["content"] == "The document follows."
        assert messages[3]["content"][0]["type"] == "file"


class TestDocuments:
    def test_an_image(self, desk: Desk) -> None:
        url = {"type": "image", "source": {"type": "url", "url": "https://example.test/a.png"}}
        parts = sent(desk, messages=[user([IMAGE, url, text("what")])])["messages"][0]["content"]
        assert [each["type"] for each in parts] == ["image_url", "image_url", "text"]
        assert parts[0]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")

    def test_a_pdf_is_a_file(self, desk: Desk) -> None:
        parts = sent(desk, messages=[user([PDF, text("what")])])["messages"][0]["content"]
        data = {"filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}
        assert parts[0] == {"type": "file", "file": data}

    @pytest.mark.parametrize(
        "source",
        [
            {"type": "text", "media_type": "text/plain", "data": "the words"},
            {"type": "content", "content": "the words"},
            {"type": "content", "content": [text("the words")]},
        ],
    )
    def test_one_of_words_is_not_lost(self, desk: Desk, source: Json) -> None:
        document = {"type": "document", "title": "A title", "source": source}
        body = sent(desk, messages=[user([document, text("what")])])
        assert "the words" in str(body["messages"][0]["content"])

    def test_a_search_result_is_not_lost(self, desk: Desk) -> None:
        block = {
            "type": "search_result",
            "title": "A title",
            "source": "https://example.test",
            "content": [text("the words")],
        }
        body = sent(desk, messages=[user([block, text("what")])])
        assert "A title\n\nhttps://example.test\n\nthe words" in str(
            body["messages"][0]["content"][0]["text"]
        )


FIELDS = {
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    "container": "container_1",
    "mcp_servers": [{"type": "url", "url": "https://example.test", "name": "x"}],
    "betas": ["a-beta-2099-01-01"],
    "output_config": {"effort": "high"},
    "speed": "fast",
    "inference_geo": "eu",
    "cache_control": {"type": "ephemeral"},
    "metadata": {"user_id": "somebody"},
    "safeguards": {},
    "diagnostics": {"previous_message_id": None},
    "a_field_of_next_year": {"x": 1},
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_field_of_anthropics_own_never_reaches_the_upstream(
    desk: Desk, field: str, stream: bool
) -> None:
    response = desk.post(**{field: FIELDS[field]}, stream=stream)
    assert response.status_code == 200, response.text
    spoken = {"model", "messages", "max_tokens", "stream", "stream_options"}
    assert set(desk.upstream.body) <= spoken


def test_what_is_meant_for_the_upstream_gets_there(desk: Desk) -> None:
    body = sent(desk, seed=7, reasoning_effort="low", extra_body={"own": 1})
    assert (body["seed"], body["reasoning_effort"], body["own"]) == (7, "low", 1)


def test_betas_and_other_headers_stay_here(desk: Desk) -> None:
    headers = {
        "anthropic-beta": "claude-code-20250219,a-beta-2099-01-01",
        "x-app": "cli",
        "x-claude-code-session-id": "1",
        "anthropic-dangerous-direct-browser-access": "true",
    }
    assert desk.post("/v1/messages?beta=true", headers=headers).status_code == 200
    assert not {"anthropic-beta", "anthropic-version", *headers} & set(
        desk.upstream.asked[-1].headers
    )


@pytest.mark.parametrize("name", ["x-api-key", "authorization"])
def test_both_ways_to_show_the_key(desk: Desk, name: str) -> None:
    import httpx  # noqa: PLC0415 - without the desk's own header

    value = desk.key if name == "x-api-key" else f"Bearer {desk.key}"
    body = {"model": "m", "max_tokens": 8, "messages": [user("hi")]}
    url = f"{desk.url}/v1/messages"
    response = httpx.post(url, json=body, headers={name: value}, timeout=30, trust_env=False)
    assert response.status_code == 200
