"""A client that leaves, and an upstream that is silent for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from stack.anthropic_events import told_by
from stack.messages import Desk, user
from stack.projects import Project, Stack, StartStack, model, provider
from stack.puppet import Puppet, puppet

PATHS = ("/v1/messages", "/v1/chat/completions", "/v1/responses")


def body_for(path: str, *, stream: bool, name: str = "m") -> dict[str, object]:
    body: dict[str, object] = {"model": name, "stream": stream}
    if path == "/v1/responses":
        return {**body, "input": "hi"}
    return {**body, "max_tokens": 64, "messages": [user("hi")]}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_who_leaves_before_the_first_byte_ends_the_upstreams_request(
    desk: Desk, path: str, stream: bool
) -> None:
    desk.upstream.says("hello", after=20)
    with (
        httpx.Client(base_url=desk.url, headers={"x-api-key": desk.key}, trust_env=False) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.post(path, json=body_for(path, stream=stream), timeout=1.5)
    assert desk.upstream.asked[-1].left.wait(1.0)


@pytest.mark.parametrize("path", PATHS)
def test_who_leaves_in_the_middle_ends_the_upstreams_request(desk: Desk, path: str) -> None:
    desk.upstream.says("one two three four five six", gap=0.6)
    with (
        httpx.Client(base_url=desk.url, headers={"x-api-key": desk.key}, trust_env=False) as client,
        client.stream("POST", path, json=body_for(path, stream=True), timeout=30) as response,
    ):
        lines = response.iter_lines()
        while "one" not in next(lines):
            pass
    assert desk.upstream.asked[-1].left.wait(1.0)


class Slow:
    """The streams of upstreams that are silent for over a minute, all asked at once."""

    def __init__(self, stack: Stack, names: list[str]) -> None:
        self.text: dict[tuple[str, str], str] = {}
        self.status: dict[tuple[str, str], int] = {}
        self._stack = stack
        pairs = [(name, path) for name in names for path in PATHS]
        self._threads = [threading.Thread(target=self._ask, args=pair) for pair in pairs]
        for thread in self._threads:
            thread.start()

    def _ask(self, name: str, path: str) -> None:
        response = httpx.post(
            f"{self._stack.proxy.url}{path}",
            json=body_for(path, stream=True, name=name),
            headers={"x-api-key": self._stack.proxy.key},
            timeout=120,
            trust_env=False,
        )
        self.text[name, path], self.status[name, path] = response.text, response.status_code

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()


@contextmanager
def upstreams() -> Iterator[dict[str, Puppet]]:
    with puppet() as head, puppet() as middle, puppet() as failing:
        head.says("hello", after=63)
        middle.says("hello", gap=17)
        failing.says("hello", after=63, breaks_after=0)
        yield {"head": head, "middle": middle, "failing": failing}


@pytest.fixture(scope="module")
def slow(start_stack: StartStack) -> Iterator[Slow]:
    with upstreams() as served:
        project = Project(
            {name: provider(each.base_url) for name, each in served.items()},
            {name: model(name, name) for name in served},
        )
        asked = Slow(start_stack(project), list(served))
        asked.wait()
        yield asked


def test_a_slow_first_word_is_announced(slow: Slow) -> None:
    told = told_by(slow.text["head", "/v1/messages"])
    assert told.pings >= 1
    assert (told.text, told.error, told.stop_reason) == ("hello", None, "end_turn")


def test_a_silence_in_the_middle_is_filled(slow: Slow) -> None:
    told = told_by(slow.text["middle", "/v1/messages"])
    assert told.pings >= 2
    assert (told.text, told.error) == ("hello", None)


def test_a_late_error_is_one_of_the_streams_events(slow: Slow) -> None:
    told = told_by(slow.text["failing", "/v1/messages"])
    assert told.error is not None
    assert told.error["type"] == "api_error"
    assert "closed the connection without an answer" in told.error["message"]


@pytest.mark.parametrize("name", ["head", "middle"])
@pytest.mark.parametrize("path", PATHS[1:])
def test_in_openais_protocols_a_ping_is_a_comment(slow: Slow, name: str, path: str) -> None:
    text = slow.text[name, path]
    assert slow.status[name, path] == 200
    assert ": ping\n\n" in text
    assert "hello" in text
    assert text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize("path", PATHS[1:])
def test_in_openais_protocols_a_late_error_is_an_events_data(slow: Slow, path: str) -> None:
    assert "closed the connection without an answer" in slow.text["failing", path]
    assert 'data: {"error":' in slow.text["failing", path]


def test_a_refused_answer_is_no_stream(desk: Desk) -> None:
    began = time.monotonic()
    desk.upstream.fails(400)
    assert desk.post(stream=True).headers["content-type"] == "application/json"
    assert time.monotonic() - began < 5
