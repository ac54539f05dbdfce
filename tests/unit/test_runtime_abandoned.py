"""ASGI apps that answer soon, late or never, and clients that stay or leave."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from gateway.runtime.abandoned import Message, Receive, Scope, Send, run_while_wanted

BODY = {"type": "http.request", "body": b"{}", "more_body": False}
START = {"type": "http.response.start", "status": 200, "headers": []}


class Client:
    """Sends a body, then leaves after so many seconds."""

    def __init__(self, leaves_after: float) -> None:
        self._leaves_after = leaves_after
        self._has_sent = False
        self.got: list[Message] = []

    async def receive(self) -> Message:
        if not self._has_sent:
            self._has_sent = True
            return dict(BODY)
        await asyncio.sleep(self._leaves_after)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.got.append(message)


class App:
    """Reads the body, thinks, answers, and says how it ended."""

    def __init__(self, thinks: float, *, begins_first: bool = False) -> None:
        self._thinks, self._begins_first = thinks, begins_first
        self.end = "never began"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.end = "cancelled"
        await receive()
        if self._begins_first:
            await send(dict(START))
        await asyncio.sleep(self._thinks)
        if not self._begins_first:
            await send(dict(START))
        self.end = "finished"


def run(app: Any, client: Client, path: str = "/v1/chat/completions") -> None:
    asyncio.run(run_while_wanted(app, {"type": "http", "path": path}, client.receive, client.send))


def test_an_answer_reaches_a_client_that_waits() -> None:
    app, client = App(0.05), Client(5)
    run(app, client)
    assert (app.end, client.got) == ("finished", [START])


def test_a_request_nobody_waits_for_is_ended() -> None:
    app, client = App(5), Client(0.05)
    run(app, client)
    assert (app.end, client.got) == ("cancelled", [])


def test_an_answer_that_has_begun_is_litellms_own_business() -> None:
    app = App(0.2, begins_first=True)
    run(app, Client(0.05))
    assert app.end == "finished"


def test_other_paths_are_left_alone() -> None:
    app = App(0.2)
    run(app, Client(0.05), path="/model/new")
    assert app.end == "finished"


def test_an_apps_error_is_passed_on() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run(broken, Client(5))


def test_the_error_of_an_ended_request_is_heard_of() -> None:
    """asyncio would log "exception was never retrieved"."""

    async def stumble(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await asyncio.sleep(5)
        finally:
            raise ValueError("while leaving")

    async def test() -> None:
        complaints: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
        client = Client(0.05)
        scope = {"type": "http", "path": "/v1/chat/completions"}
        await run_while_wanted(stumble, scope, client.receive, client.send)
        await asyncio.sleep(0)
        gc.collect()
        assert complaints == []

    asyncio.run(test())
