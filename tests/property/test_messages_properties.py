"""Whatever a client sends: a mend never raises, and never changes what a fallback may need."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.runtime.messages_request import is_translating, mend_request
from gateway.runtime.messages_tools import tools_for_functions
from gateway.runtime.messages_turns import told_in_turn

KINDS = (
    *("text", "document", "tool_use", "tool_result", "tool_reference", "search_result", "image"),
    *("thinking", "mid_conversation_system", "bash_20250124", "web_search_20250305", "custom"),
)
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(KINDS)
names = st.sampled_from(
    ("type", "role", "content", "source", "title", "data", "name", "is_error", "tool_name", "text")
) | st.text(max_size=4)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
blocks = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS)},
    optional={
        "content": anything, "source": anything, "text": st.text(max_size=5), "title": anything,
        "is_error": anything, "tool_name": anything, "defer_loading": anything, "name": anything,
    },
)  # fmt: skip
messages = st.lists(
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(("user", "assistant", "system")),
            "content": st.text(max_size=5) | st.lists(blocks, max_size=4),
        }
    ),
    max_size=5,
)


@given(anything, anything, anything)
def test_anything_at_all_is_survived(said: Any, tools: Any, choice: Any) -> None:
    asked = {
        "model": "openai/m",
        "messages": said,
        "tools": tools,
        "tool_choice": choice,
        "proxy_server_request": {"body": {"messages": said, "odd": 1}},
    }
    before = copy.deepcopy(asked)
    given_to_litellm = dict(asked)
    mend_request(given_to_litellm, "anthropic_messages")
    mend_request(given_to_litellm, "acompletion")
    assert asked == before


@given(messages)
def test_turns_alternate_and_lose_no_block(said: list[dict[str, Any]]) -> None:
    told = told_in_turn(said)
    roles = [each["role"] for each in told]
    assert set(roles) <= {"user", "assistant"}
    assert all(one != other for one, other in pairwise(roles))
    kept = [str(block) for each in told for block in _blocks(each["content"])]
    for each in said:
        if each["role"] != "system":
            assert all(str(block) in kept for block in _blocks(each["content"]))


said_or_not = (
    scalars
    | st.lists(scalars, max_size=2)
    | st.fixed_dictionaries(
        {"role": st.sampled_from(("user", "assistant", "system", "tool", None))},
        optional={
            "content": st.none() | st.text(max_size=5) | st.lists(blocks | scalars, max_size=4),
            "name": scalars,
        },
    )
)


@given(st.lists(said_or_not, max_size=8))
def test_turns_are_those_of_joining_one_by_one(said: list[Any]) -> None:
    before = copy.deepcopy(said)
    assert told_in_turn(said) == joined_one_by_one(said)
    assert said == before


def joined_one_by_one(said: list[Any]) -> list[Any]:
    """What `told_in_turn` does, plainly: each message goes behind the one before it."""
    told: list[Any] = []
    for message in said:
        last = told[-1] if told and isinstance(told[-1], dict) else None
        turn = message
        if isinstance(message, dict) and message["role"] == "system":
            words = [str(b.get("text") or "") for b in _mappings(message.get("content"))]
            text = "\n\n".join(words)
            reminder = f"<system-reminder>\n{text}\n</system-reminder>"
            turn = {"role": "user", "content": [{"type": "text", "text": reminder}]}
        if last is None or not isinstance(turn, dict) or last["role"] != turn["role"]:
            told.append(turn)
            continue
        both = [*_mappings(last.get("content")), *_mappings(turn.get("content"))]
        results = [block for block in both if block.get("type") == "tool_result"]
        others = [block for block in both if block.get("type") != "tool_result"]
        told[-1] = {**last, "content": [*results, *others]}
    return told


def _mappings(content: Any) -> list[Any]:
    return [block for block in _blocks(content) if isinstance(block, dict)]


@given(messages, st.lists(blocks, max_size=4))
def test_a_conversation_is_mended(said: list[dict[str, Any]], tools: list[dict[str, Any]]) -> None:
    asked: dict[str, Any] = {"model": "openai/m", "messages": said, "tools": tools}
    mend_request(asked, "anthropic_messages")
    assert is_translating.get()
    assert asked.get("tools", []) == tools_for_functions(tools, said)
    kinds = {b.get("type") for each in asked["messages"] for b in _blocks(each["content"])}
    assert "tool_reference" not in kinds


def _blocks(content: Any) -> list[Any]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return list(content or [])
