"""A gateway and its one upstream go in, requests of Anthropic's clients and what came of them come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import anthropic
import httpx
from stack.anthropic_events import Told, told_by
from stack.asking import PLAIN_HTTP
from stack.puppet import Puppet

VERSION = {"anthropic-version": "2023-06-01"}
WEATHER = {
    "name": "weather",
    "description": "How the weather is.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
PDF = {
    "type": "document",
    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one asks: the model is `m`, the upstream says what it is told to."""

    url: str
    key: str
    upstream: Puppet

    def post(self, path: str = "/v1/messages", /, **fields: Any) -> httpx.Response:
        """`headers` and `timeout` among the fields are the request's."""
        headers = {"x-api-key": self.key, **VERSION, **fields.pop("headers", {})}
        timeout = fields.pop("timeout", 60)
        asked = {"model": "m", "max_tokens": 256, "messages": [user("hi")], **fields}
        return httpx.post(
            f"{self.url}{path}",
            json=asked,
            headers=headers,
            timeout=timeout,
            trust_env=False,
            verify=PLAIN_HTTP,
        )

    def message(self, **fields: Any) -> dict[str, Any]:
        response = self.post(**fields)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def told(self, **fields: Any) -> Told:
        response = self.post(stream=True, **fields)
        assert response.status_code == 200, response.text
        return told_by(response.content)

    def sdk(self) -> anthropic.Anthropic:
        return anthropic.Anthropic(base_url=self.url, api_key=self.key, max_retries=0)


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def call(number: int = 1, name: str = "weather", **given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": given}


def result(content: Any, number: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": content, **more}
