"""LiteLLM's own ways past the models, tried with the master key: the door closes them, and nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from stack.projects import Project, Stack, StartStack, model, provider

from gateway.stand_in import StandIn

QUESTION = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
CODE = "def apply_guardrail(inputs, request_data, input_type):\n    return allow()"


@dataclass(frozen=True, slots=True)
class Closed:
    stack: Stack
    listener: StandIn

    def post(self, path: str, body: Any) -> httpx.Response:
        proxy = self.stack.proxy
        headers = proxy.headers("chat")
        url = f"{proxy.url}{path}"
        return httpx.post(url, json=body, headers=headers, timeout=30, trust_env=False)


@pytest.fixture(scope="module")
def closed(start_stack: StartStack) -> Iterator[Closed]:
    with StandIn("listener") as listener:
        project = Project(
            {"one": provider(listener.base_url)},
            {"m": model("one", "upstream-m")},
            values={"ANTHROPIC_API_BASE": listener.url, "ANTHROPIC_BASE_URL": listener.url},
        )
        yield Closed(start_stack(project), listener)


def test_the_listener_hears_what_a_model_is_asked(closed: Closed) -> None:
    assert closed.post("/v1/messages", QUESTION).status_code == 200
    assert closed.listener.requests


@pytest.mark.parametrize(
    "path", ["/mcp-rest/test/tools/list", "/anthropic/v1/messages", "/guardrails/test_custom_code"]
)
def test_nobody_gets_past_the_models(closed: Closed, path: str) -> None:
    closed.listener.clear()
    anything = {
        **QUESTION,
        "url": f"{closed.listener.url}/mcp",
        "transport": "http",
        "server_name": "listener",
        "custom_code": CODE,
        "test_input": {"texts": ["hi"]},
    }
    answer = closed.post(path, anything)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].startswith("this gateway leads to the models")
    assert closed.listener.requests == []
