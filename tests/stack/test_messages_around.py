"""What clients of Anthropic's ask besides messages: token counts, models, a warm connection."""

from __future__ import annotations

import math
import time

import httpx
import pytest
from stack.messages import (
    IMAGE,
    PDF,
    PIXEL,
    VERSION,
    WEATHER,
    Desk,
    assistant,
    call,
    result,
    text,
    user,
)

NAMES = ["m", "default", "claude-sonnet-4-5"]
COUNT = "/v1/messages/count_tokens"
LONG = "word " * 1000


def count(desk: Desk, **fields: object) -> int:
    response = desk.post(COUNT, **fields)
    assert response.status_code == 200, response.text
    found: int = response.json()["input_tokens"]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_count_has_everything_in_it_and_asks_no_upstream(desk: Desk, name: str) -> None:
    desk.upstream.says("hello")
    tool = {**WEATHER, "description": LONG}
    turns = [user("hi"), assistant(call(city=LONG)), user([result(LONG)])]
    parts = ({"system": LONG}, {"tools": [tool]}, {"messages": turns}, {"system": [text(LONG)]})
    small = count(desk, model=name)
    sizes = [count(desk, model=name, **part) - small for part in parts]
    assert small < 20
    assert [size // 1000 for size in sizes] == [1, 1, 2, 1]
    assert desk.upstream.asked == []


def test_a_count_knows_pictures_and_papers_from_words(desk: Desk) -> None:
    big = {**IMAGE, "source": {**IMAGE["source"], "data": PIXEL * 1000}}
    assert 10 < count(desk, messages=[user([big])]) < 3000
    assert 10 < count(desk, messages=[user([PDF])]) < 3000


def test_a_count_takes_less_than_50_ms(desk: Desk) -> None:
    """One try that nothing else on the machine disturbed is enough to tell."""
    body = {"model": "m", "messages": [user(LONG)], "tools": [WEATHER] * 24}
    fastest = math.inf
    with httpx.Client(
        base_url=desk.url, headers={"x-api-key": desk.key}, trust_env=False
    ) as client:
        for _ in range(200):
            began = time.perf_counter()
            assert client.post(COUNT, json=body).status_code == 200
            fastest = min(fastest, time.perf_counter() - began)
            if fastest < 0.05:
                return
    pytest.fail(f"the fastest of 200 took {fastest:.3f} s")


def test_the_sdk_lists_and_finds_models(desk: Desk) -> None:
    with desk.sdk() as client:
        listed = client.models.list(limit=1)
        assert {each.id for each in listed} >= set(NAMES)
        found = client.models.retrieve("m")
        assert (found.id, found.type, found.display_name) == ("m", "model", "m")
        assert found.created_at.year > 2000
        with pytest.raises(Exception, match="not_found_error"):
            client.models.retrieve("nowhere")


@pytest.mark.parametrize("agent", ["claude-cli/2.1.330 (external, cli)", "claude-code/2.1.330"])
def test_the_list_of_claude_codes_picker(desk: Desk, agent: str) -> None:
    headers = {"x-api-key": desk.key, **VERSION, "user-agent": agent}
    url = f"{desk.url}/v1/models?limit=1000"
    answer = httpx.get(url, headers=headers, timeout=30, trust_env=False).json()
    assert (answer["has_more"], set(answer)) == (False, {"data", "has_more", "first_id", "last_id"})
    assert {each["display_name"] for each in answer["data"]} >= set(NAMES)
    # It shows no other names.
    assert all(each["id"].startswith("claude") for each in answer["data"])
    desk.upstream.says("hello")
    for each in answer["data"]:
        assert desk.message(model=each["id"])["content"] == [text("hello")]


def test_openais_list_stays_openais(desk: Desk) -> None:
    headers = {"authorization": f"Bearer {desk.key}"}
    for path in ("/v1/models", "/v1/models/m"):
        answer = httpx.get(f"{desk.url}{path}", headers=headers, timeout=30, trust_env=False).json()
        assert answer["object"] in ("list", "model")


def test_a_connection_is_warmed_without_a_key(desk: Desk) -> None:
    response = httpx.head(f"{desk.url}/", timeout=30, trust_env=False)
    assert (response.status_code, response.content) == (200, b"")
