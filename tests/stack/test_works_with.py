"""Clients as they are today, and what of them works: requests as they send them, put to the rendered stack.

`works_with.json` has the outcome, and docs/claude-code.md shows it. Run it after an upgrade of LiteLLM
with `--update-golden`, and look at what changed. A new client: record its requests (`keep_shapes.py`).
"""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anthropic
import httpx
import openai
from stack.anthropic_events import WrongStream, told_by
from stack.messages import WEATHER, Desk
from stack.puppet import ToolCall
from stack.strict import complaints

HERE = Path(__file__).parent
SHAPES = HERE / "shapes"
OUTCOME = HERE / "works_with.json"
NAMES = {"claude-code": "Claude Code", "codex": "Codex"}
QUESTION: list[Any] = [{"role": "user", "content": "hi"}]
OSLO = ToolCall("weather", '{"city": "Oslo"}')
FUNCTION: Any = {
    "type": "function",
    "function": {"name": "weather", "parameters": WEATHER["input_schema"]},
}


def test_what_works_is_what_the_docs_say(desk: Desk, golden: Any) -> None:
    outcome = {
        "litellm": importlib.metadata.version("litellm"),
        "clients": {**of_shapes(desk), **of_sdks(desk)},
    }
    golden.check_text(OUTCOME, json.dumps(outcome, indent=1) + "\n")
    assert "no" not in {each.split(":")[0] for each in answers(outcome)}


def answers(outcome: Mapping[str, Any]) -> list[str]:
    return [each for features in outcome["clients"].values() for each in features.values()]


def of_shapes(desk: Desk) -> dict[str, dict[str, str]]:
    """What becomes of each request of each client that was recorded."""
    found = {}
    for folder in sorted(SHAPES.iterdir()):
        name, _, version = folder.name.rpartition("-")
        found[f"{NAMES[name]} {version}"] = {
            path.stem.replace("_", " "): wrong_with(desk, json.loads(path.read_text("utf-8")))
            for path in sorted(folder.glob("*.json"))
        }
    return found


def wrong_with(desk: Desk, shape: Mapping[str, Any]) -> str:
    """`yes`, or `no` and the first thing that is wrong."""
    tools = [each["name"] for each in (shape.get("body") or {}).get("tools", []) if "name" in each]
    called = [ToolCall(tools[0], "{}")] if tools else []
    desk.upstream.says("I look", reasoning="hm", tools=called)
    response = httpx.request(
        shape["method"],
        f"{desk.url}{shape['path']}",
        json=shape.get("body"),
        headers={**shape["headers"], "authorization": f"Bearer {desk.key}"},
        timeout=60,
        trust_env=False,
    )
    if response.status_code != 200:
        return f"no: {response.status_code} {response.text[:200]}"
    if not desk.upstream.asked:
        return "yes" if response.json() else "no: nothing in the answer"
    wrong = [*complaints(desk.upstream.body), *unheard(response)]
    return f"no: {wrong[0]}" if wrong else "yes"


def unheard(response: httpx.Response) -> list[str]:
    """What is missing in the stream that came back."""
    if "responses" in str(response.url):
        kinds = [
            json.loads(line.removeprefix("data: "))["type"]
            for line in response.text.splitlines()
            if line.startswith("data: {")
        ]
        wanted = ("response.created", "response.output_text.delta", "response.completed")
        return [f"no {kind} in the stream" for kind in wanted if kind not in kinds]
    try:
        told = told_by(response.content)
    except WrongStream as error:
        return [str(error)]
    return [] if {"thinking", "text"} <= set(told.kinds) else [f"only {told.kinds} came"]


def of_sdks(desk: Desk) -> dict[str, dict[str, str]]:
    """The SDKs of this environment."""
    with (
        anthropic.Anthropic(base_url=desk.url, api_key=desk.key, max_retries=0) as claude,
        openai.OpenAI(base_url=f"{desk.url}/v1", api_key=desk.key, max_retries=0) as gpt,
    ):
        return {
            f"Anthropic SDK for Python {anthropic.__version__}": {
                name: tried(lambda look=look: look(desk, claude)) for name, look in CLAUDE.items()
            },
            f"OpenAI SDK for Python {openai.__version__}": {
                name: tried(lambda look=look: look(desk, gpt)) for name, look in GPT.items()
            },
        }


def tried(look: Callable[[], object]) -> str:
    try:
        return "yes" if look() else "no: not what was said"
    except (anthropic.APIError, openai.APIError) as error:
        return f"no: {error}"


def _message(desk: Desk, client: anthropic.Anthropic) -> object:
    desk.upstream.says("hello")
    answer = client.messages.create(model="m", max_tokens=64, messages=QUESTION)
    return answer.to_dict()["content"] == [{"type": "text", "text": "hello"}]


def _stream(desk: Desk, client: anthropic.Anthropic) -> object:
    desk.upstream.says("hello", reasoning="hm", tools=[OSLO])
    tools: Any = [WEATHER]
    asked = {"model": "m", "max_tokens": 64, "messages": QUESTION, "tools": tools}
    with client.messages.stream(**asked) as stream:
        kinds = [each.type for each in stream.get_final_message().content]
    return kinds == ["thinking", "text", "tool_use"]


def _count(desk: Desk, client: anthropic.Anthropic) -> object:
    return client.messages.count_tokens(model="m", messages=QUESTION).input_tokens > 0


def _models(desk: Desk, client: anthropic.Anthropic) -> object:
    return [each.id for each in client.models.list() if each.id == "m"] == ["m"]


def _betas(desk: Desk, client: anthropic.Anthropic) -> object:
    desk.upstream.says("hello")
    client.beta.messages.create(
        model="m",
        max_tokens=64,
        messages=QUESTION,
        betas=["context-management-2025-06-27"],
        context_management={"edits": [{"type": "clear_tool_uses_20250919"}]},
    )
    return complaints(desk.upstream.body) == []


def _json(desk: Desk, client: anthropic.Anthropic) -> object:
    desk.upstream.says('{"a": 1}')
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    client.messages.create(
        model="m",
        max_tokens=64,
        messages=QUESTION,
        output_config={"format": {"type": "json_schema", "schema": schema}},
    )
    asked = desk.upstream.body["response_format"]
    return asked["json_schema"]["schema"].items() >= schema.items()


def _chat(desk: Desk, client: openai.OpenAI) -> object:
    desk.upstream.says("hello")
    answer = client.chat.completions.create(model="m", messages=QUESTION)
    return answer.choices[0].message.content == "hello"


def _chat_stream(desk: Desk, client: openai.OpenAI) -> object:
    desk.upstream.says("hello", tools=[OSLO])
    asked = {"model": "m", "messages": QUESTION, "tools": [FUNCTION]}
    with client.chat.completions.stream(**asked) as stream:
        message = stream.get_final_completion().choices[0].message
    return (message.content, len(message.tool_calls or ())) == ("hello", 1)


def _responses(desk: Desk, client: openai.OpenAI) -> object:
    desk.upstream.says("hello")
    return client.responses.create(model="m", input="hi").output_text == "hello"


def _responses_stream(desk: Desk, client: openai.OpenAI) -> object:
    desk.upstream.says("hello", reasoning="hm")
    with client.responses.create(model="m", input="hi", stream=True) as stream:
        kinds = [each.type for each in stream]
    return kinds[0] == "response.created" and kinds[-1] == "response.completed"


def _list(desk: Desk, client: openai.OpenAI) -> object:
    return [each.id for each in client.models.list() if each.id == "m"] == ["m"]


CLAUDE: dict[str, Callable[[Desk, anthropic.Anthropic], object]] = {
    "messages": _message,
    "stream with thinking and tools": _stream,
    "token count": _count,
    "model list": _models,
    "beta headers and fields": _betas,
    "answer in json": _json,
}
GPT: dict[str, Callable[[Desk, openai.OpenAI], object]] = {
    "chat": _chat,
    "chat stream with tools": _chat_stream,
    "responses": _responses,
    "responses stream": _responses_stream,
    "model list": _list,
}
