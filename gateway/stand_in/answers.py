"""A path and a request's parsed JSON go in, the answer of an OpenAI-compatible server comes out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .chat import Script, chat_body, chat_chunks, reply_to
from .embeddings import embedding_body
from .texts import pieces_of, text_of, usage_of

Json = dict[str, Any]

_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    404: "invalid_request_error",
    429: "rate_limit_error",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: the JSON body or, where `chunks` is not None, a stream of these."""

    status: int
    body: Json
    chunks: tuple[Json, ...] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """More than the usual ones; of an answer that is not streamed."""


def error_answer(status: int, message: str, code: str | None = None) -> Answer:
    """An error in OpenAI's shape."""
    kind = _ERROR_TYPES.get(status, "server_error" if status >= 500 else "api_error")
    return Answer(
        status, {"error": {"message": message, "type": kind, "param": None, "code": code}}
    )


@dataclass(frozen=True, slots=True)
class Upstream:
    """Who answers: what it calls itself, what it lists, and what it was told to say to chats."""

    name: str
    models: Sequence[str]
    script: Script | None = None


def answer(upstream: Upstream, method: str, path: str, body: Any) -> Answer:
    """`/v1/messages` and `/v1/responses` are unknown paths, as on most compatible servers."""
    if (method, path) == ("GET", "/v1/models"):
        return _models(upstream.models)
    make = {
        "/v1/chat/completions": _chat,
        "/v1/completions": _completion,
        "/v1/embeddings": _embeddings,
    }.get(path)
    if make is None or method != "POST":
        return error_answer(404, f"unknown request: {method} {path}", "unknown_url")
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        return error_answer(400, "the body must be a JSON object with a `model`")
    try:
        return make(upstream, body)
    except ValueError as error:
        return error_answer(400, str(error))


def _models(models: Sequence[str]) -> Answer:
    data = [
        {"id": model, "object": "model", "created": 0, "owned_by": "stand-in"} for model in models
    ]
    return Answer(200, {"object": "list", "data": data})


def _chat(upstream: Upstream, body: Json) -> Answer:
    messages = body.get("messages")
    if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages):
        raise ValueError("`messages` must be a list of objects")
    scripted = upstream.script(body) if upstream.script else None
    reply = scripted or reply_to(upstream.name, messages, body.get("tools"))
    prompt = " ".join(text_of(each.get("content")) for each in messages)
    usage = reply.usage or usage_of(prompt, reply.all_text)
    chunks = tuple(chat_chunks(body, reply, usage)) if body.get("stream") else None
    return Answer(200, chat_body(body, reply, usage), chunks)


def _completion(upstream: Upstream, body: Json) -> Answer:
    prompt = text_of(body.get("prompt", ""))
    text = f"{upstream.name} says: {prompt}"
    usage = usage_of(prompt, text)
    head = {
        "id": "cmpl-stand-in",
        "object": "text_completion",
        "created": int(time.time()),
        "model": body["model"],
    }
    whole = {**head, "choices": [_completion_choice(text, "stop")], "usage": usage}
    if not body.get("stream"):
        return Answer(200, whole)
    chunks = [{**head, "choices": [_completion_choice(each, None)]} for each in pieces_of(text)]
    chunks.append({**head, "choices": [_completion_choice("", "stop")]})
    if (body.get("stream_options") or {}).get("include_usage"):
        chunks.append({**head, "choices": [], "usage": usage})
    return Answer(200, whole, tuple(chunks))


def _completion_choice(text: str, finish_reason: str | None) -> Json:
    return {"index": 0, "text": text, "logprobs": None, "finish_reason": finish_reason}


def _embeddings(_: Upstream, body: Json) -> Answer:
    return Answer(200, embedding_body(body))
