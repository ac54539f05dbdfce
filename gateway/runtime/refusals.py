"""A status and a sentence in, the answer in the caller's own protocol out, before LiteLLM is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from .abandoned import Receive, Send

_ANTHROPIC = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
}
_OPENAI = {
    400: ("invalid_request_error", "invalid_request"),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "permission_denied"),
    404: ("invalid_request_error", "not_found"),
    413: ("invalid_request_error", "request_too_large"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    503: ("server_error", "unavailable"),
}
_DRAIN_AT_MOST = 4 * 1024 * 1024
_DRAIN_WITHIN = 2.0
_OVER_BUDGET = ("insufficient_quota", "insufficient_quota")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not served. `retry_after` in seconds; `is_budget`: until more is granted."""

    status: int
    message: str
    retry_after: int | None = None
    is_budget: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def is_anthropic(path: str, headers: Mapping[str, str]) -> bool:
    """Whether the caller reads Anthropic's errors; names of `headers` are in lower case."""
    return path.startswith(("/v1/messages", "/anthropic")) or "anthropic-version" in headers


def body_of(refusal: Refusal, path: str, headers: Mapping[str, str]) -> dict[str, object]:
    """As Anthropic's or as OpenAI's API words it."""
    message = refusal.message
    if is_anthropic(path, headers):
        return {
            "type": "error",
            "error": {"type": _ANTHROPIC[refusal.status], "message": message},
        }
    kind, code = _OVER_BUDGET if refusal.is_budget else _OPENAI[refusal.status]
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


async def refuse(send: Send, refusal: Refusal, path: str, headers: Mapping[str, str]) -> None:
    """The whole answer. A client that tries again by itself is told whether that helps."""
    body = json.dumps(body_of(refusal, path, headers)).encode()
    more = dict(refusal.headers)
    if refusal.status == 401:
        more["www-authenticate"] = "Bearer"
    if refusal.retry_after is not None:
        more["retry-after"] = str(refusal.retry_after)
    # Claude Code takes a 401 for a token that is being renewed, and asks ten times in minutes.
    if refusal.status in (401, 403, 404, 413) or refusal.is_budget:
        more["x-should-retry"] = "false"
    sent = [(name.encode(), value.encode("latin-1", "replace")) for name, value in more.items()]
    start = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *sent,
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": start})
    await send({"type": "http.response.body", "body": body})


async def drain(receive: Receive) -> None:
    """Read what the client is still sending: cut off, it would see a reset instead of the answer."""
    left = _DRAIN_AT_MOST
    try:
        async with asyncio.timeout(_DRAIN_WITHIN):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return
