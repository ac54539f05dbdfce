"""A request whose client leaves before an answer begins is ended: no model works for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

# LiteLLM ends a stream whose client leaves, but waits for every other answer to the end.
_PATHS = ("/chat/completions", "/completions", "/messages", "/embeddings", "/responses", "/rerank")

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


async def run_while_wanted(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Run an ASGI app on one request; cancelled where the client leaves before it has answered."""
    if not scope["path"].endswith(_PATHS):
        await app(scope, receive, send)
        return
    is_whole, has_begun = asyncio.Event(), asyncio.Event()

    async def receiving() -> Message:
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            is_whole.set()
        return message

    async def sending(message: Message) -> None:
        has_begun.set()
        await send(message)

    async def client_leaves() -> None:
        await is_whole.wait()
        while (await receive())["type"] != "http.disconnect":
            pass

    async def run() -> None:
        await app(scope, receiving, sending)

    answering = asyncio.ensure_future(run())
    leaving = asyncio.ensure_future(client_leaves())
    for task in (answering, leaving):
        task.add_done_callback(_let_go)
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done() and not has_begun.is_set():
            answering.cancel()
            await asyncio.wait({answering})
            return
        await answering
    finally:
        answering.cancel()
        leaving.cancel()


def _let_go(task: asyncio.Future[None]) -> None:
    # Nobody may be there to hear of it, and asyncio logs what nobody heard of.
    if not task.cancelled():
        task.exception()
