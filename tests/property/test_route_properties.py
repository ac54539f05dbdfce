"""Whatever a request holds, its route leads to a model that exists, and no tag goes upstream."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from routes.conditions import CONDITIONS, ROUTES, request_with
from strategies import json_values, texts

from gateway.runtime.claude_hook import ClaudeRouter
from gateway.runtime.claude_request import CHAT, MESSAGES, facts_of, remove_tags
from gateway.runtime.claude_routes import consider
from gateway.runtime.claude_tokens import estimated

_TAGS = st.sampled_from(["<gateway-model>named</gateway-model>", "<CCR-SUBAGENT-MODEL>x,y</CCR-SUBAGENT-MODEL>", "<gateway-model>", ""])  # fmt: skip
_NAMES = st.one_of(
    st.sampled_from(
        ["claude-opus-4-5", "claude-haiku[1m]", "nick", "cloud,named", "gpt", "default"]
    ),
    texts,
    json_values,
)
_TYPES = st.sampled_from(["text", "image", "tool_use", "tool_result", "image_url", "thinking"])
_BLOCKS = st.one_of(
    json_values,
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(_TYPES, json_values),
            "text": st.one_of(st.builds(str.__add__, _TAGS, texts), json_values),
            "content": json_values,
            "input": json_values,
            "source": json_values,
        },
    ),
)
_CONTENT = st.one_of(
    json_values, st.lists(_BLOCKS, max_size=4), st.builds(str.__add__, _TAGS, texts)
)
_ROLES = st.one_of(st.sampled_from(["user", "assistant", "system", "tool"]), json_values)
_MESSAGES = st.one_of(
    json_values,
    st.lists(
        st.one_of(
            json_values,
            st.fixed_dictionaries({"role": _ROLES, "content": _CONTENT}),
        ),
        max_size=4,
    ),
)
BODIES = st.one_of(
    json_values,
    st.fixed_dictionaries(
        {"model": _NAMES, "messages": _MESSAGES},
        optional={
            "system": _CONTENT,
            "tools": st.one_of(json_values, st.lists(_BLOCKS, max_size=3)),
            "thinking": json_values,
            "reasoning_effort": json_values,
            "metadata": st.one_of(json_values, st.fixed_dictionaries({"user_id": json_values})),
        },
    ),
)
HEADERS = st.dictionaries(texts, texts, max_size=3)


@given(BODIES, st.sampled_from([MESSAGES, CHAT]), HEADERS)
def test_a_route_leads_to_a_model_that_exists(
    body: Any, protocol: str, headers: dict[str, str]
) -> None:
    facts = facts_of(body, protocol, headers)
    steps = list(consider(ROUTES, facts, estimated(facts.texts, facts.images)))
    models = [step.model for step in steps if step.model is not None]
    assert set(models) <= set(ROUTES.names.values())
    assert models or (protocol == CHAT and facts.model)
    for step in steps:
        assert (step.route + step.reason).isascii()
        assert (step.route + step.reason).isprintable()


@given(BODIES)
def test_the_hook_never_refuses(body: Any) -> None:
    if isinstance(body, dict):
        router = ClaudeRouter(ROUTES, lambda: str.split)  # type: ignore[arg-type, return-value]
        asyncio.run(router.route(body, MESSAGES))
        assert body["model"] in ROUTES.names


@given(BODIES)
def test_no_tag_is_left_and_nothing_else_is_gone(body: Any) -> None:
    before = copy.deepcopy(body)
    facts = facts_of(body, MESSAGES)
    assert remove_tags(body) is (facts.tag is not None)
    assert facts_of(body, MESSAGES).tag is None
    assert not remove_tags(body)
    if facts.tag is None:
        assert json.dumps(body) == json.dumps(before)


@given(st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=6), _CONTENT)
def test_the_earliest_of_many_conditions_wins(chosen: list[Any], more: Any) -> None:
    names = {"explicit", "background", "tier"}
    wanted = [c for c in CONDITIONS if c in chosen]
    if sum(c.name in names for c in wanted) > 1:
        return
    request = request_with(*wanted)
    request["body"]["messages"].insert(0, {"role": "assistant", "content": more})
    facts = facts_of(request["body"], MESSAGES, request["headers"])
    steps = consider(ROUTES, facts, estimated(facts.texts))
    first = next(step for step in steps if step.model is not None)
    assert first.route == wanted[0].route
