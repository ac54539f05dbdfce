"""The `Retry-After` of the upstream that failed last goes in, the same header to the client comes out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextvars import ContextVar

from .abandoned import App, Message, Receive, Scope, Send

# One per request, shared by the tasks that LiteLLM makes of it.
_said: ContextVar[dict[str, str] | None] = ContextVar("gateway_retry_after", default=None)


def remember_retry_after(status: int, headers: Mapping[str, str]) -> None:
    """What an upstream says with an answer; an answer that is no error takes it back."""
    said = _said.get()
    if said is None:
        return
    said.clear()
    if status >= 400 and "retry-after" in headers:
        said["retry-after"] = headers["retry-after"]


def say_retry_after(seconds: float) -> None:
    """What the gateway knows better than the upstream that was asked last."""
    said = _said.get()
    if said is not None:
        said["retry-after"] = str(max(1, math.ceil(seconds)))


async def passing_on_retry_after(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Run an ASGI app on one request. LiteLLM 1.106.2 keeps the header to itself."""
    said: dict[str, str] = {}
    _said.set(said)

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400 and said:
            more = [(name.encode(), value.encode("latin-1")) for name, value in said.items()]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    await app(scope, receive, sending)
