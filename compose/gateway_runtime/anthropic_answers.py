"""LiteLLM's answers to Anthropic's clients go in, such as Anthropic's own API gives come out."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

from .abandoned import App, Message, Receive, Scope, Send
from .prompt_size import listen_for_a_prompt, with_prompt_size
from .stop_sequences import Stop, listen_for_a_stop, tell_the_stop, with_the_stop

log = logging.getLogger("gateway")

Headers = list[tuple[bytes, bytes]]

_MESSAGES = ("/v1/messages", "/v1/messages/count_tokens")
_MODELS = "/v1/models"
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
# Claude Code, among others, knows a prompt that is too long by these words.
_TOO_LONG = "prompt is too long"
_AT_MOST = 32 * 1024 * 1024


async def in_anthropics_words(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Run an ASGI app on one request; what it answers to an Anthropic client is mended.

    Of a stream the first event is read, and the last where a stop sequence was met; what cannot be
    read passes as it is.
    """
    path = scope["path"]
    names = {name.lower() for name, _ in scope["headers"]}
    is_messages = path in _MESSAGES
    if not is_messages and not (path.startswith(_MODELS) and b"anthropic-version" in names):
        await app(scope, receive, send)
        return
    answer = _Answer(path, send)
    await app(scope, receive, answer.send)


class _Answer:
    """One response on its way; a JSON body is held until it is whole."""

    def __init__(self, path: str, send: Send) -> None:
        self._path, self._send = path, send
        self._start: Message | None = None
        self._body: list[bytes] = []
        self._asked, self._stop = listen_for_a_prompt(), listen_for_a_stop()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = _with_request_id(message["headers"])
            started = {**message, "headers": headers}
            if _header(headers, b"content-type").startswith(b"application/json"):
                self._start = started
            else:
                await self._send(started)
            return
        if self._start is None:
            await self._send(self._streamed(message))
            return
        self._body.append(message.get("body", b""))
        if not message.get("more_body"):
            await self._send_mended(self._start, b"".join(self._body))

    def _streamed(self, message: Message) -> Message:
        """The first event says the prompt's size, the last may say the stop; the others pass."""
        asked, body = self._asked, message.get("body")
        if not body or (not asked and self._stop.met is None):
            return message
        self._asked = []
        try:
            return {**message, "body": with_the_stop(with_prompt_size(body, asked), self._stop)}
        except Exception as error:  # it goes on as LiteLLM wrote it
            log.warning("gateway: an answer is not mended: %s", type(error).__name__)
            return message

    async def _send_mended(self, start: Message, body: bytes) -> None:
        headers = start["headers"]
        status = start["status"]
        if len(body) <= _AT_MOST:
            try:
                own = _header(headers, b"request-id").decode("latin-1")
                status, body = mended(self._path, status, body, own, self._stop)
            except Exception as error:  # it goes on as LiteLLM wrote it
                log.warning("gateway: an answer is not mended: %s", type(error).__name__)
        kept = [each for each in headers if each[0].lower() != b"content-length"]
        kept.append((b"content-length", str(len(body)).encode()))
        if status == 401:
            # A provider refused its key, and will again: Claude Code would ask ten times in minutes.
            kept.append((b"x-should-retry", b"false"))
        await self._send({**start, "status": status, "headers": kept})
        await self._send({"type": "http.response.body", "body": body})


def mended(
    path: str, status: int, body: bytes, request_id: str, stop: Stop | None = None
) -> tuple[int, bytes]:
    """The status and the body of an answer in JSON."""
    data = json.loads(body)
    if status >= 400:
        status, data = _error(status, data, request_id)
    elif path == "/v1/messages":
        _mend_message(data)
        tell_the_stop(data, stop or Stop())
    elif path.startswith(f"{_MODELS}/") and data.get("object") == "model":
        data = _model(data)
    else:
        return status, body
    return status, json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _mend_message(message: MutableMapping[str, Any]) -> None:
    content = message["content"]
    for block in content:
        if block.get("type") == "thinking" and block.get("signature") is None:
            block["signature"] = ""  # a text, says Anthropic's API, and strict clients insist
    said = [block for block in content if block.get("type") != "text" or block.get("text")]
    message["content"] = said or content


def _error(status: int, data: Mapping[str, Any], request_id: str) -> tuple[int, dict[str, Any]]:
    """The error in Anthropic's shape, with the status that Anthropic would give it."""
    given = data.get("error")
    message = given.get("message") if isinstance(given, Mapping) else data.get("detail") or given
    text = message if isinstance(message, str) else json.dumps(message)
    if status == 500 and text.startswith("Bad Request: "):
        status = 400
    elif "ContextWindowExceededError" in text and _TOO_LONG not in text.lower():
        text = f"{_TOO_LONG}: {text}"
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")
    error = {"type": "error", "error": {"type": kind, "message": text}}
    return status, {**error, "request_id": request_id} if request_id else error


def _model(data: Mapping[str, Any]) -> dict[str, Any]:
    name = data["id"]
    created = datetime.fromtimestamp(data["created"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"type": "model", "id": name, "display_name": name, "created_at": created}


def _with_request_id(headers: Headers) -> Headers:
    """The request's id under Anthropic's name; its SDKs show it."""
    own = _header(headers, b"x-litellm-call-id")
    has_one = bool(_header(headers, b"request-id")) or not own
    return headers if has_one else [*headers, (b"request-id", own)]


def _header(headers: Headers, name: bytes) -> bytes:
    return next((value for each, value in headers if each.lower() == name), b"")
