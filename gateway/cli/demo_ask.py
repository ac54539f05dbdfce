"""A gateway's address and a question in, the answer with who gave it and how long it took out."""

from __future__ import annotations

import http.client
import importlib.util
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.model import GatewayError

_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`seconds` is until the first text; `answered_by` the model that gave it, None where not said."""

    text: str
    seconds: float
    answered_by: str | None


def require_sdk() -> None:
    """Raises GatewayError where the OpenAI SDK is not in this Python environment."""
    if importlib.util.find_spec("openai") is None:
        raise GatewayError("the OpenAI SDK is not installed", "run `pip install openai`")


def ask_openai(url: str, key: str, model: str, question: str) -> Answer:
    """A streamed chat completion through the OpenAI SDK. Raises GatewayError."""
    import openai  # noqa: PLC0415 - it takes half a second, and comes with the `proxy` extra

    client = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=_WAIT)
    client.models.list()  # the SDK's own first-time imports are no part of what is measured
    began = time.monotonic()
    first: float | None = None
    text = ""
    try:
        with client.chat.completions.with_streaming_response.create(
            model=model, messages=[{"role": "user", "content": question}], stream=True
        ) as response:
            answered_by = response.headers.get("x-litellm-model-group")
            for chunk in response.parse():
                piece = chunk.choices[0].delta.content if chunk.choices else None
                if piece:
                    first = first or time.monotonic() - began
                    text += piece
    except openai.OpenAIError as error:
        raise GatewayError(f"`{model}` did not answer ({type(error).__name__})") from None
    return Answer(text, first or time.monotonic() - began, answered_by)


def ask_messages(url: str, key: str, model: str, question: str) -> Answer:
    """A message of Anthropic's API, as Claude Code sends it. Raises GatewayError."""
    address = urlsplit(url)
    body = {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": question}]}
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_WAIT)
    began = time.monotonic()
    try:
        headers = {
            "x-api-key": key,
            "anthropic-version": "2023-06-01",
            "content-type": "application/json",
        }
        connection.request("POST", "/v1/messages", json.dumps(body), headers)
        response = connection.getresponse()
        data: dict[str, Any] = json.loads(response.read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise GatewayError(f"/v1/messages did not answer ({type(error).__name__})") from None
    finally:
        connection.close()
    if response.status != 200:
        raise GatewayError(f"/v1/messages answered {response.status}")
    text = "".join(block.get("text", "") for block in data["content"])
    return Answer(text, time.monotonic() - began, response.headers.get("x-litellm-model-group"))
