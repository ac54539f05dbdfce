"""What a client may send much of is worked on once: four times as much takes about four times as long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from gateway.runtime.claude_request import remove_tags
from gateway.runtime.messages_turns import told_in_turn

TAG = "<gateway-model>m</gateway-model>"


def one_role(count: int) -> Callable[[], object]:
    messages = [{"role": "user", "content": "hi"} for _ in range(count)]
    return lambda: told_in_turn(messages)


def tag_only_blocks(count: int) -> Callable[[], object]:
    content = [{"type": "text", "text": TAG} for _ in range(count)]
    body: Any = {"messages": [{"role": "user", "content": content}]}
    return lambda: remove_tags(body)


def one_text_of_tags(count: int) -> Callable[[], object]:
    body: Any = {"messages": [{"role": "user", "content": TAG * count}]}
    return lambda: remove_tags(body)


def seconds(make: Callable[[int], Callable[[], object]], count: int) -> float:
    """The fastest of three on the process's own clock: what else runs on the machine is not in it."""
    found = []
    for _ in range(3):
        work = make(count)
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


@pytest.mark.parametrize(
    ("make", "count"),
    [(one_role, 16_000), (tag_only_blocks, 32_000), (one_text_of_tags, 32_000)],
)
def test_work_grows_with_what_is_sent(
    make: Callable[[int], Callable[[], object]], count: int
) -> None:
    floor = 0.005  # below it the clock says little
    assert seconds(make, count) <= 8 * max(floor, seconds(make, count // 4))


def test_so_much_of_it_comes_out_right() -> None:
    turns = told_in_turn([{"role": "user", "content": "hi"}] * 16_000)
    assert [len(turn["content"]) for turn in turns] == [16_000]
    content = [{"type": "text", "text": TAG} for _ in range(32_000)]
    body: Any = {"messages": [{"role": "user", "content": content}]}
    assert remove_tags(body)
    assert content == [{"type": "text", "text": ""}], "one block stays: a message has one"
    body = {"messages": [{"role": "user", "content": f"{TAG * 32_000}hi"}]}
    assert remove_tags(body)
    assert body["messages"][0]["content"] == "hi"
