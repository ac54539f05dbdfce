"""Bodies that are read before a request is passed on, to an end."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from gateway.runtime import whole_body
from gateway.runtime.app_door import AppDoor
from gateway.runtime.apps import App, Apps
from gateway.runtime.claude_counting import RoutedCounts
from gateway.runtime.whole_body import TooLargeError, replayed, sized, whole

# pydantic's remarks on LiteLLM's types.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

SHOP = App("shop", (), frozenset(("one",)), frozenset(("one",)), "one", {}, None, {}, None)


class Client:
    """Sends so many pieces of 1,000 bytes; `sent` counts those that somebody took."""

    def __init__(self, pieces: int) -> None:
        self.left, self.sent = pieces, 0

    async def receive(self) -> Any:
        self.left -= 1
        self.sent += 1
        return {"type": "http.request", "body": b"x" * 1000, "more_body": self.left > 0}


def of(path: str = "/", *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "method": "POST", "path": path, "headers": list(headers)}


def test_a_body_is_read_to_its_end_or_to_the_bound() -> None:
    assert asyncio.run(whole(of(), Client(3).receive, 3000)) == b"x" * 3000
    client = Client(1_000_000)
    with pytest.raises(TooLargeError):
        asyncio.run(whole(of(), client.receive, 3000))
    assert client.sent == 4


def test_what_says_that_it_is_too_large_is_not_read() -> None:
    client = Client(1)
    with pytest.raises(TooLargeError):
        asyncio.run(whole(of("/", (b"Content-Length", b"3001")), client.receive, 3000))
    assert client.sent == 0


def test_a_client_that_left_sent_nothing() -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    assert asyncio.run(whole(of(), receive)) is None


def test_what_goes_on_is_another_body_and_then_the_client() -> None:
    headers = ((b"Transfer-Encoding", b"chunked"), (b"x-gone", b"1"), (b"a", b"b"))
    assert sized(of("/", *headers), b"four", (b"x-gone",))["headers"] == [
        (b"a", b"b"),
        (b"content-length", b"4"),
    ]
    client = Client(1)

    async def twice() -> list[Any]:
        receive = replayed(b"own", client.receive)
        return [(await receive())["body"], (await receive())["body"]]

    assert asyncio.run(twice()) == [b"own", b"x" * 1000]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/chat/completions", "invalid_request_error"),
        ("/v1/messages", "request_too_large"),
        ("/v1/messages/count_tokens", "request_too_large"),
    ],
)
def test_too_large_is_a_413_in_the_callers_protocol(path: str, kind: str) -> None:
    sent: list[Any] = []

    async def inner(*_: Any) -> None:
        raise AssertionError("it went on")

    async def send(message: Any) -> None:
        sent.append(message)

    large = of(path, (b"content-length", str(whole_body.MOST + 1).encode()))
    door = AppDoor(inner, Apps({"one": "one"}, (SHOP,)))
    asyncio.run(door.serve(SHOP, large, Client(3).receive, send, {}))
    if path.endswith("count_tokens"):
        asyncio.run(RoutedCounts(inner, None)(large, Client(3).receive, send))
    for start, body in zip(sent[::2], sent[1::2], strict=True):
        assert start["status"] == 413
        assert json.loads(body["body"])["error"]["type"] == kind
