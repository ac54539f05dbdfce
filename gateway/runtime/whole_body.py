"""A request whose body has to be read before it is passed on in: the body, and the request with another one, out."""

from __future__ import annotations

from collections.abc import Collection

from .abandoned import Message, Receive, Scope

MOST = 100_000_000
"""Bytes of one body: what is read here is held in memory, several times over while LiteLLM reads it too."""
TOO_LARGE = f"the body is larger than {MOST // 1_000_000} MB"
_LENGTHS = (b"content-length", b"transfer-encoding")


class TooLargeError(Exception):
    """The body is larger than is read; what is left of it is still to come."""


async def whole(scope: Scope, receive: Receive, most: int = MOST) -> bytes | None:
    """All of it; None where the client left. Raises TooLargeError, unread where its header says so."""
    said = next((v for k, v in scope["headers"] if k.lower() == b"content-length"), b"")
    if said.isdigit() and int(said) > most:
        raise TooLargeError
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise TooLargeError
        if not message.get("more_body"):
            return b"".join(parts)


def sized(scope: Scope, raw: bytes, without: Collection[bytes] = ()) -> Scope:
    """The same for `raw`; `without` are headers that go, in lower case."""
    kept = [(k, v) for k, v in scope["headers"] if k.lower() not in (*_LENGTHS, *without)]
    return {**scope, "headers": [*kept, (b"content-length", str(len(raw)).encode())]}


def replayed(raw: bytes, receive: Receive) -> Receive:
    """`raw` first, then what else the client has to say."""
    waiting: list[Message] = [{"type": "http.request", "body": raw, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
