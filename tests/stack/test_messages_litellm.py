"""Each mend of ours beside LiteLLM as it is: what it gets wrong by itself, and what the gateway makes of it.

Where LiteLLM's half of a row fails after an upgrade, it has mended the matter, and ours may go.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import yaml
from stack.anthropic_events import events_of
from stack.messages import PDF, VERSION, WEATHER, Desk, assistant, call, result, text, user
from stack.plain import plain_litellm
from stack.projects import MASTER_KEY, Project, gateway, model, provider
from stack.puppet import ToolCall, puppet

DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "W"}}
HIDDEN = {**WEATHER, "name": "hidden", "defer_loading": True}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The configuration that we render, without our callback, our authentication and our hook."""
    root = tmp_path_factory.mktemp("plain")
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(puppet())
        project = Project({"one": provider(upstream.base_url)}, {"m": model("one", "upstream-m")})
        project.write(root)
        rendered = gateway(root, "render")
        assert rendered.returncode == 0, rendered.stderr
        config = yaml.safe_load((root / "compose" / "litellm_config.yaml").read_text())
        del config["litellm_settings"]["callbacks"], config["general_settings"]["custom_auth"]
        source = root / "plain.yaml"
        source.write_text(yaml.safe_dump(config))
        proxy = stack.enter_context(plain_litellm(source, {"LITELLM_MASTER_KEY": MASTER_KEY}))
        yield Desk(proxy.url, proxy.key, upstream)


def upstream_body(desk: Desk, **fields: Any) -> dict[str, Any]:
    desk.upstream.says("hello")
    desk.message(**fields)
    body: dict[str, Any] = desk.upstream.body
    return body


def responses(desk: Desk, **fields: Any) -> httpx.Response:
    desk.upstream.says("hello")
    body = {"model": "m", "input": "hi", **fields}
    headers = {"authorization": f"Bearer {desk.key}"}
    url = f"{desk.url}/v1/responses"
    return httpx.post(url, json=body, headers=headers, timeout=30, trust_env=False)


def responses_body(desk: Desk, **fields: Any) -> dict[str, Any]:
    assert responses(desk, **fields).status_code == 200
    body: dict[str, Any] = desk.upstream.body
    return body


def failed(desk: Desk, status: int, words: str = "no") -> httpx.Response:
    desk.upstream.fails(status, message=words, headers={"retry-after": "7"})
    return desk.post()


def thinking_blocks(desk: Desk) -> object:
    thought = {"type": "thinking", "thinking": "hm", "signature": ""}
    turns = [user("hi"), assistant(thought, text("a")), user("b")]
    return "thinking_blocks" in upstream_body(desk, messages=turns)["messages"][1]


def news_in_the_middle(desk: Desk) -> object:
    turns = [user("hi"), {"role": "system", "content": "news"}]
    return len(upstream_body(desk, messages=turns)["messages"])


def unknown_field(desk: Desk) -> object:
    return upstream_body(desk, a_field_of_next_year=1).get("a_field_of_next_year")


def mcp_servers(desk: Desk) -> object:
    return upstream_body(desk, mcp_servers=[{"url": "x"}]).get("mcp_servers")


def one_call_at_a_time(desk: Desk) -> object:
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    return upstream_body(desk, tools=[WEATHER], tool_choice=choice).get("parallel_tool_calls")


def deferred_tool(desk: Desk) -> object:
    return [
        each["function"]["name"] for each in upstream_body(desk, tools=[WEATHER, HIDDEN])["tools"]
    ]


def server_tool(desk: Desk) -> object:
    tool = {"type": "web_fetch_20250910", "name": "web_fetch"}
    return upstream_body(desk, tools=[tool]).get("tools")


def web_search(desk: Desk) -> object:
    tool = {"type": "web_search_20250305", "name": "web_search"}
    return upstream_body(desk, tools=[tool]).get("web_search_options")


def codex_search(desk: Desk) -> object:
    body = responses_body(desk, tools=[{"type": "web_search"}])
    return "web_search_options" in body


def codex_instructions(desk: Desk) -> object:
    said = [{"role": role, "content": "x"} for role in ("developer", "developer", "user", "user")]
    body = responses_body(desk, instructions="be brief", input=said)
    return [each["role"] for each in body["messages"]]


def taught_tool(desk: Desk) -> object:
    tools = upstream_body(desk, tools=[{"type": "bash_20250124", "name": "bash"}])["tools"]
    return tools[0]["type"]


def found_tool(desk: Desk) -> object:
    turns = [
        user("hi"),
        assistant(call()),
        user([result([{"type": "tool_reference", "tool_name": "hidden"}])]),
    ]
    body = upstream_body(desk, tools=[WEATHER, HIDDEN], messages=turns)
    return "hidden is loaded" in str(body["messages"][2]["content"])


def document_of_words(desk: Desk) -> object:
    parts = upstream_body(desk, messages=[user([DOCUMENT, text("x")])])["messages"][0]["content"]
    return [each["text"] for each in parts]


def pdf(desk: Desk) -> object:
    parts = upstream_body(desk, messages=[user([PDF, text("x")])])["messages"][0]["content"]
    return parts[0]["type"]


def failed_call(desk: Desk) -> object:
    turns = [user("hi"), assistant(call()), user([result("boom", is_error=True)])]
    return upstream_body(desk, messages=turns)["messages"][2]["content"]


def broken_arguments(desk: Desk) -> object:
    desk.upstream.says("", tools=[ToolCall("weather", '{"city": Oslo}')])
    return desk.post(tools=[WEATHER]).status_code


def signature(desk: Desk) -> object:
    desk.upstream.says("a", reasoning="hm")
    return desk.message()["content"][0]["signature"]


def stop_sequence(desk: Desk) -> object:
    desk.upstream.says("a", more={"stop_reason": "END"})
    return desk.message(stop_sequences=["END"])["stop_reason"]


def empty_text(desk: Desk) -> object:
    desk.upstream.says("", tools=[ToolCall("weather", "{}")])
    return [each["type"] for each in desk.message(tools=[WEATHER])["content"]]


def retry_after(desk: Desk) -> object:
    return failed(desk, 429).headers.get("retry-after")


def no_balance(desk: Desk) -> object:
    return failed(desk, 402).json()["error"]["type"]


def timed_out(desk: Desk) -> object:
    return failed(desk, 504).json()["error"]["type"]


def too_long(desk: Desk) -> object:
    response = failed(desk, 400, "This model's maximum context length is 8 tokens")
    return response.json()["error"]["message"].startswith("prompt is too long")


def no_messages(desk: Desk) -> object:
    return desk.post(messages=[]).status_code


def broken_body(desk: Desk) -> object:
    url, headers = f"{desk.url}/v1/messages", {"x-api-key": desk.key}
    response = httpx.post(url, content=b"{", headers=headers, timeout=30, trust_env=False)
    return response.json().get("type")


def prompt_size(desk: Desk) -> object:
    desk.upstream.says("hello")
    first = next(iter(events_of(desk.post(stream=True, system="word " * 1000).text)))
    return first["message"]["usage"]["input_tokens"] // 1000


def request_id(desk: Desk) -> object:
    desk.upstream.says("hello")
    return "request-id" in desk.post().headers


def one_model(desk: Desk) -> object:
    headers = {"x-api-key": desk.key, **VERSION}
    url = f"{desk.url}/v1/models/m"
    return httpx.get(url, headers=headers, timeout=30, trust_env=False).json().get("type")


def warm_connection(desk: Desk) -> object:
    return httpx.head(f"{desk.url}/", timeout=30, trust_env=False).status_code


def earlier_response(desk: Desk) -> object:
    return responses(desk, previous_response_id="resp_1").status_code


@dataclass(frozen=True, slots=True)
class Row:
    """A question, and what each of the two makes of it."""

    look: Callable[[Desk], object]
    litellm: object
    ours: object


ROWS = [
    Row(thinking_blocks, True, False),
    Row(news_in_the_middle, 2, 1),
    Row(unknown_field, 1, None),
    Row(mcp_servers, [{"url": "x"}], None),
    Row(one_call_at_a_time, None, False),
    Row(deferred_tool, ["weather", "hidden"], ["weather"]),
    Row(server_tool, [{"type": "web_fetch_20250910", "name": "web_fetch"}], None),
    Row(web_search, {}, None),
    Row(codex_search, True, False),
    Row(codex_instructions, ["system", "system", "system", "user", "user"], ["system", "user"]),
    Row(taught_tool, "bash_20250124", "function"),
    Row(found_tool, False, True),
    Row(document_of_words, ["x"], ["W", "x"]),
    Row(pdf, "image_url", "file"),
    Row(failed_call, "boom", "Error: boom"),
    Row(broken_arguments, 500, 200),
    Row(signature, None, ""),
    Row(stop_sequence, "end_turn", "stop_sequence"),
    Row(empty_text, ["text", "tool_use"], ["tool_use"]),
    Row(retry_after, None, "7"),
    Row(no_balance, "api_error", "billing_error"),
    Row(timed_out, "api_error", "timeout_error"),
    Row(too_long, False, True),
    Row(no_messages, 500, 400),
    Row(broken_body, None, "error"),
    Row(prompt_size, 0, 1),
    Row(request_id, False, True),
    Row(one_model, None, "model"),
    Row(warm_connection, 405, 200),
    Row(earlier_response, 200, 400),
]
rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.look.__name__)


@rows
def test_litellm_by_itself_still_gets_it_wrong(plain: Desk, row: Row) -> None:
    assert row.look(plain) == row.litellm


@rows
def test_the_gateway_gets_it_right(desk: Desk, row: Row) -> None:
    assert row.look(desk) == row.ours
