"""Six questions to a gateway, from the simplest to a whole client: does it serve?

By default they are put to a stack of their own. A gateway of yours is asked the first five with
`GATEWAY_URL`, `GATEWAY_KEY` and `GATEWAY_MODEL`, and the upstream that it has; the words of the answers
are then the model's own. The sixth starts the real Claude Code client, always on a stack of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import anthropic
import httpx
import pytest
from anthropic.types import ToolParam
from stack.claude_code import Client
from stack.claude_lab import Lab
from stack.messages import Desk
from stack.puppet import Puppet, ToolCall
from stack.scenes import calls

from gateway.stand_in import Reply

WEATHER: ToolParam = {
    "name": "weather",
    "description": "How the weather is in a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


class Gateway:
    """The one that is asked."""

    def __init__(self, url: str, key: str, model: str, upstream: Puppet | None) -> None:
        self.url, self.key, self.model, self._upstream = url, key, model, upstream
        self.sdk = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0)

    def will_say(self, text: str, *tools: ToolCall) -> None:
        """What the upstream answers, where it is ours."""
        if self._upstream is not None:
            self._upstream.says(text, tools=tools)


@pytest.fixture
def gateway(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    if url := os.environ.get("GATEWAY_URL"):
        found = Gateway(url, os.environ["GATEWAY_KEY"], os.environ["GATEWAY_MODEL"], None)
    else:
        desk: Desk = request.getfixturevalue("desk")
        found = Gateway(desk.url, desk.key, "m", desk.upstream)
    with found.sdk:
        yield found


def test_1_it_is_healthy(gateway: Gateway) -> None:
    answer = httpx.get(f"{gateway.url}/health/liveliness", timeout=10, trust_env=False)
    assert answer.status_code == 200


def test_2_it_lists_its_models(gateway: Gateway) -> None:
    assert gateway.model in [each.id for each in gateway.sdk.models.list()]


def test_3_it_answers_a_message(gateway: Gateway) -> None:
    gateway.will_say("Hello.")
    answer = gateway.sdk.messages.create(
        model=gateway.model, max_tokens=512, messages=[{"role": "user", "content": "Say hello."}]
    )
    assert "".join(each.text for each in answer.content if each.type == "text")
    assert answer.usage.output_tokens > 0


def test_4_it_streams(gateway: Gateway) -> None:
    gateway.will_say("One, two, three.")
    with gateway.sdk.messages.stream(
        model=gateway.model, max_tokens=512, messages=[{"role": "user", "content": "Count to 3."}]
    ) as stream:
        pieces = list(stream.text_stream)
    assert len(pieces) > 1


def test_5_it_calls_a_tool_and_reads_the_result(gateway: Gateway) -> None:
    question = "How is the weather in Oslo? Use the tool."
    gateway.will_say("", ToolCall("weather", '{"city": "Oslo"}'))
    first = gateway.sdk.messages.create(
        model=gateway.model,
        max_tokens=1024,
        tools=[WEATHER],
        messages=[{"role": "user", "content": question}],
    )
    [asked] = [each for each in first.content if each.type == "tool_use"]
    assert asked.input == {"city": "Oslo"}
    gateway.will_say("It is 5 degrees.")
    second = gateway.sdk.messages.create(
        model=gateway.model,
        max_tokens=1024,
        tools=[WEATHER],
        messages=[
            {"role": "user", "content": question},
            {"role": "assistant", "content": first.content},
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": asked.id, "content": "5 degrees"}
                ],
            },
        ],
    )
    assert "5" in "".join(each.text for each in second.content if each.type == "text")


def test_6_claude_code_works_with_it(claude: Lab, client: Client) -> None:
    written = client.work / "hello.txt"
    claude.plays(
        {
            "write hello": [
                calls(("Write", {"file_path": str(written), "content": "hello\n"})),
                Reply("It is written."),
            ]
        }
    )
    outcome = client.run(
        *("-p", "write hello", "--model", "local", "--permission-mode", "acceptEdits")
    )
    assert (outcome.code, outcome.out) == (0, "It is written.\n")
    assert written.read_text("utf-8") == "hello\n"
