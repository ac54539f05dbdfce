"""Answers that LiteLLM would pack for a client that unpacks them: they are mended like the short ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from stack.messages import VERSION
from stack.projects import Project, Stack, StartStack, model, provider
from stack.puppet import Puppet, puppet

LONG = "word " * 1000
PACKED = {"accept-encoding": "gzip, deflate, br, zstd"}
ALIASES = [f"a-long-name-for-the-one-model-{number}" for number in range(40)]


@dataclass(frozen=True, slots=True)
class Desk:
    stack: Stack
    upstream: Puppet

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        proxy = self.stack.proxy
        headers = {**proxy.headers("messages"), **VERSION, **PACKED}
        url = f"{proxy.url}{path}"
        response = httpx.request(
            method, url, json=body, headers=headers, timeout=60, trust_env=False
        )
        assert "content-encoding" not in response.headers
        assert int(response.headers["content-length"]) == len(response.content) > 1000
        return response


@pytest.fixture(scope="module")
def desk(start_stack: StartStack) -> Iterator[Desk]:
    with puppet() as upstream:
        models = {"m": model("one", "upstream-m", aliases=ALIASES)}
        yield Desk(start_stack(Project({"one": provider(upstream.base_url)}, models)), upstream)


def test_a_long_message_is_mended(desk: Desk) -> None:
    desk.upstream.says(LONG, reasoning=LONG, more={"stop_reason": "END"})
    asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": LONG}]}
    message = desk.ask("POST", "/v1/messages", {**asked, "stop_sequences": ["END"]}).json()
    assert message["content"][0]["signature"] == ""
    assert (message["stop_reason"], message["stop_sequence"]) == ("stop_sequence", "END")


def test_a_long_error_is_mended(desk: Desk) -> None:
    desk.upstream.fails(529, message=LONG, headers={"retry-after": "7"})
    asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": LONG}]}
    answer = desk.ask("POST", "/v1/messages", asked)
    assert (answer.status_code, answer.headers["retry-after"]) == (529, "7")
    assert answer.json()["error"]["type"] == "overloaded_error"


def test_many_models_are_listed(desk: Desk) -> None:
    listed = desk.ask("GET", "/v1/models?limit=1000").json()
    assert {"m", *ALIASES} <= {each["id"] for each in listed["data"]}


def test_a_long_chat_answer_is_whole(desk: Desk) -> None:
    desk.upstream.says(LONG)
    asked = {"model": "m", "messages": [{"role": "user", "content": LONG}]}
    answer = desk.ask("POST", "/v1/chat/completions", asked).json()
    assert answer["choices"][0]["message"]["content"] == LONG


def test_no_answer_was_left_as_it_was(desk: Desk) -> None:
    """The last of this module: it reads what the log says of the others."""
    assert "is not mended" not in desk.stack.log_file.read_text("utf-8")
