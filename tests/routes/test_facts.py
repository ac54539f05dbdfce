"""What is read out of a request's body, of the real client's shapes and of broken ones."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from routes.conditions import ROUTES

from gateway.runtime.claude_request import CHAT, MESSAGES, facts_of, remove_tags
from gateway.runtime.claude_routes import consider
from gateway.runtime.claude_tokens import estimated

IMAGE = {"type": "image", "source": {"type": "base64", "data": "A" * 100_000}}
TAG = "<gateway-model>m</gateway-model>"


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_system_messages_and_tools_are_counted_and_images_are_not_text() -> None:
    tool = {"name": "Read", "input_schema": {"properties": {"path": {"type": "string"}}}}
    call = {"type": "tool_use", "id": "1", "name": "Read", "input": {"path": "/tmp"}}
    result = {"type": "tool_result", "content": [{"type": "text", "text": "found"}, IMAGE]}
    messages = [user("hello"), {"role": "assistant", "content": [call]}, user([result])]
    facts = facts_of({"system": "rules", "messages": messages, "tools": [tool]}, MESSAGES)
    text = "\n".join(facts.texts)
    assert all(word in text for word in ("rules", "hello", "/tmp", "found", "properties"))
    assert facts.images == 1
    assert facts.has_image
    assert sum(map(len, facts.texts)) < 500


LETTERS = "A" * 400_000
FILES = [
    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf"}},
    {"type": "file", "file": {"filename": "a.pdf"}},
    {"type": "input_audio", "input_audio": {"format": "wav"}},
]


@pytest.mark.parametrize("protocol", [MESSAGES, CHAT])
@pytest.mark.parametrize("inside_a_result", [False, True])
@pytest.mark.parametrize(
    ("block", "holder", "key"),
    [*zip(FILES, ("source", "file", "input_audio"), ("data", "file_data", "data"), strict=True)],
)
def test_a_file_counts_as_pages_and_not_as_letters(
    block: dict[str, Any], holder: str, key: str, inside_a_result: bool, protocol: str
) -> None:
    file = {**block, holder: {**block[holder], key: LETTERS}}
    content = [{"type": "tool_result", "content": [file]}] if inside_a_result else [file]
    facts = facts_of({"messages": [user(content)]}, protocol)
    assert facts.images == 5
    assert sum(map(len, facts.texts)) < 500
    tokens = estimated(facts.texts, facts.images)
    assert tokens.about < 60_000 < estimated([LETTERS]).about
    routes = replace(ROUTES, long_context_threshold=60_000)
    step = next(s for s in consider(routes, facts, tokens) if s.route == "long_context")
    assert step.model is None


@pytest.mark.parametrize("protocol", [MESSAGES, CHAT])
def test_only_the_last_turns_image_counts(protocol: str) -> None:
    answer = {"role": "assistant", "content": "I see"}
    late = {"role": "system", "content": "# Environment"}
    assert facts_of({"messages": [user([IMAGE]), late]}, protocol).has_image
    assert facts_of({"messages": [user([IMAGE]), user("and?")]}, protocol).has_image
    assert not facts_of({"messages": [user([IMAGE]), answer, user("so?")]}, protocol).has_image


def test_the_chat_shapes() -> None:
    body = {
        "messages": [user([{"type": "image_url", "image_url": {"url": "data:…"}}])],
        "tools": [{"type": "function", "function": {"name": "look"}}],
        "reasoning_effort": "low",
        "web_search_options": {},
    }
    facts = facts_of(body, CHAT)
    assert (facts.has_image, facts.thinks, facts.searches) == (True, True, True)
    assert facts.tools == ("look", "function")
    assert not facts_of({"reasoning_effort": "none"}, CHAT).thinks


@pytest.mark.parametrize(
    ("thinking", "expected"),
    [
        ({"type": "enabled", "budget_tokens": 1024}, True),
        ({"type": "adaptive", "display": "omitted"}, True),
        ({"type": "disabled"}, False),
        ({}, False),
        (True, False),
        (None, False),
    ],
)
def test_thinking(thinking: Any, expected: bool) -> None:
    assert facts_of({"thinking": thinking}, MESSAGES).thinks is expected


@pytest.mark.parametrize(
    ("output_config", "expected"),
    [
        ({"effort": "low"}, False),
        ({"effort": "medium"}, False),
        ({"effort": "high"}, True),
        ({"effort": "max"}, True),
        ({"effort": ["medium"]}, True),
        ({}, True),
        ("medium", True),
    ],
)
def test_thinking_in_every_turn_is_told_from_more_of_it(output_config: Any, expected: bool) -> None:
    body = {"thinking": {"type": "adaptive"}, "output_config": output_config}
    assert facts_of(body, MESSAGES).thinks is expected


@pytest.mark.parametrize(
    ("user_id", "headers", "session"),
    [
        ('{"device_id":"d","account_uuid":"","session_id":"s-1"}', {}, "s-1"),
        ("user_abc_account__session_s-2", {}, "s-2"),
        ("somebody", {}, None),
        ('{"session_id": 7}', {}, None),
        ("[", {}, None),
        (None, {"X-Claude-Code-Session-Id": "s-3"}, "s-3"),
        ("", {"x-claude-code-session-id": "s", "x-claude-code-agent-id": "a"}, "s a"),
        (7, {}, None),
    ],
)
def test_the_session(user_id: Any, headers: dict[str, str], session: str | None) -> None:
    assert facts_of({"metadata": {"user_id": user_id}}, MESSAGES, headers).session == session


PLACES: list[dict[str, Any]] = [
    {"system": f"{TAG} go"},
    {"system": [{"type": "text", "text": "billing"}, {"type": "text", "text": f"\n{TAG}go"}]},
    {"messages": [user(f"{TAG}go")]},
    {"messages": [user([{"type": "text", "text": "<system-reminder/>"}, {"type": "text", "text": f"{TAG}go"}])]},
    {"messages": [{"role": "system", "content": f"{TAG}go"}, user("hi")]},
]  # fmt: skip


@pytest.mark.parametrize("body", PLACES)
def test_a_tag_is_found_and_removed(body: dict[str, Any]) -> None:
    body = json.loads(json.dumps(body))
    assert facts_of(body, MESSAGES).tag == "m"
    assert remove_tags(body)
    assert "gateway-model" not in json.dumps(body)
    assert "go" in json.dumps(body)
    assert not remove_tags(body)


@pytest.mark.parametrize(
    "body",
    [
        {"system": f"go {TAG}"},
        {"messages": [user("hi"), user(TAG)]},
        {"messages": [user([{"type": "tool_result", "content": TAG}])]},
        {"messages": [{"role": "assistant", "content": TAG}, user("hi")]},
        {"system": "<gateway-model>m</CCR-SUBAGENT-MODEL>"},
        {"system": "<gateway-model></gateway-model>"},
        {"system": f"<gateway-model>{'x' * 301}</gateway-model>"},
    ],
)
def test_elsewhere_it_is_text(body: dict[str, Any]) -> None:
    before = json.dumps(body)
    assert facts_of(body, MESSAGES).tag is None
    assert not remove_tags(body)
    assert json.dumps(body) == before


def test_a_block_that_held_the_tag_alone_goes_too() -> None:
    body: dict[str, Any] = {"system": [{"type": "text", "text": TAG}, {"type": "text", "text": "go"}]}  # fmt: skip
    remove_tags(body)
    assert body == {"system": [{"type": "text", "text": "go"}]}


def test_two_tags_go_together() -> None:
    body: dict[str, Any] = {"system": f"{TAG}<CCR-SUBAGENT-MODEL>a,b</CCR-SUBAGENT-MODEL>go"}
    assert facts_of(body, MESSAGES).tag == "m"
    remove_tags(body)
    assert body == {"system": "go"}


def test_depth_is_no_danger() -> None:
    deep: Any = "end"
    for _ in range(5_000):
        deep = {"type": "tool_result", "content": [deep], "text": 1}
    facts = facts_of({"messages": [user([deep])], "tools": [{"name": "x", "deep": deep}]}, MESSAGES)
    assert facts.tools == ("x",)


def test_a_representation_shows_no_prompt() -> None:
    assert "secret words" not in repr(facts_of({"system": "secret words"}, MESSAGES))
