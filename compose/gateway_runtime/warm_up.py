"""One request of each kind against an upstream in this process: LiteLLM imports on first use."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Iterator

import httpx
import litellm

_CHUNK = {"id": "warm", "object": "chat.completion.chunk", "created": 1, "model": "warm"}
_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
_CHAT = {
    "id": "warm",
    "object": "chat.completion",
    "created": 1,
    "model": "warm",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "warm"}}
    ],
    "usage": _USAGE,
}
_EMBEDDING = {
    "object": "list",
    "model": "warm",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.0]}],
    "usage": {"prompt_tokens": 1, "total_tokens": 1},
}
_ASK = {"messages": [{"role": "user", "content": "warm"}], "max_tokens": 8}
_TOOL = {"name": "warm", "description": "warm", "input_schema": {"type": "object"}}
_REQUESTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("/v1/chat/completions", _ASK),
    ("/v1/chat/completions", {**_ASK, "stream": True}),
    ("/v1/messages", {**_ASK, "tools": [_TOOL]}),
    ("/v1/messages", {**_ASK, "stream": True}),
    ("/v1/embeddings", {"input": "warm"}),
)


def _stream() -> bytes:
    deltas = ({"role": "assistant", "content": ""}, {"content": "warm"})
    events: list[dict[str, object]] = [
        {**_CHUNK, "choices": [{"index": 0, "delta": delta}]} for delta in deltas
    ]
    events.append({**_CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    events.append({**_CHUNK, "choices": [], "usage": _USAGE})
    return b"".join(b"data: %s\n\n" % json.dumps(e).encode() for e in events) + b"data: [DONE]\n\n"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        request = json.loads(await reader.readexactly(int(length or 0)) or b"{}")
        kind = b"application/json"
        if request.get("stream"):
            kind, body = b"text/event-stream", _stream()
        else:
            body = json.dumps(_EMBEDDING if "input" in request else _CHAT).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: %s\r\n"
            b"content-length: %d\r\n\r\n" % (kind, len(body)) + body
        )
        await writer.drain()
    writer.close()


def _deployment(name: str, api_base: str) -> dict[str, object]:
    return {
        "model_name": name,
        "litellm_params": {
            "model": "openai/gateway-warm-up",
            "api_base": api_base,
            "api_key": "none",
            "num_retries": 0,
            "use_chat_completions_api": True,
        },
        "model_info": {"id": f"gateway-{name}", "supports_reasoning": False},
    }


def _router(port: int) -> litellm.Router:
    """`warm` answers; `cold` refuses (nobody listens on port 1) and falls back to it."""
    return litellm.Router(
        model_list=[
            _deployment("warm", f"http://127.0.0.1:{port}/v1"),
            _deployment("cold", "http://127.0.0.1:1/v1"),
        ],
        fallbacks=[{"cold": ["warm"]}],
        num_retries=0,
        disable_cooldowns=True,
    )


@contextlib.contextmanager
def _in_place_of_the_config(router: litellm.Router) -> Iterator[None]:
    """The proxy answers with this router; before its configuration is loaded it has none."""
    from litellm.proxy import proxy_server  # noqa: PLC0415

    flag = "use_chat_completions_url_for_anthropic_messages"
    before = (proxy_server.llm_router, getattr(litellm, flag), litellm.drop_params)
    proxy_server.llm_router = router
    setattr(litellm, flag, True)
    litellm.drop_params = True
    try:
        yield
    finally:
        router.discard()
        proxy_server.llm_router, old_flag, litellm.drop_params = before
        setattr(litellm, flag, old_flag)


@contextlib.asynccontextmanager
async def _quiet() -> AsyncIterator[None]:
    names = [name for name in logging.root.manager.loggerDict if name.startswith("LiteLLM")]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
        await asyncio.sleep(0.05)  # what LiteLLM logs of a call, it logs after the answer
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


async def warm_up() -> list[int]:
    """The status of each warm-up request; nothing leaves this process."""
    from litellm.proxy.proxy_server import app  # noqa: PLC0415

    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    statuses = []
    async with server, _quiet():
        with _in_place_of_the_config(_router(port)):
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://warm") as client:
                for model in ("warm", "cold"):
                    for path, body in _REQUESTS:
                        answer = await client.post(path, json={**body, "model": model})
                        statuses.append(answer.status_code)
    return statuses
