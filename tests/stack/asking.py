"""A gateway's address, a key and a kind of request go in, who answered and how soon comes out."""

from __future__ import annotations

import contextlib
import json
import ssl
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

KINDS = ("chat", "chat-stream", "messages", "messages-stream", "embeddings")
CHAT_KINDS = KINDS[:-1]
PLAIN_HTTP = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For httpx, which else reads a machine's certificates at each request: 20 ms, and nobody here uses TLS."""
_PATHS = {
    "chat": "/v1/chat/completions",
    "chat-stream": "/v1/chat/completions",
    "messages": "/v1/messages",
    "messages-stream": "/v1/messages",
    "embeddings": "/v1/embeddings",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Seconds are counted from the request; `status` 0 where nothing came.

    `first` is the time to the first content: of a stream its first text, else the whole answer.
    """

    status: int
    text: str
    first: float | None
    total: float
    headers: Mapping[str, str] = field(repr=False)
    error: str | None = None
    """What the answer says went wrong, also in the middle of a stream."""

    @property
    def is_answer(self) -> bool:
        return self.status == 200 and self.error is None and bool(self.text)

    @property
    def model(self) -> str | None:
        """The model that answered, as the gateway says it."""
        return self.headers.get("x-gateway-model")

    @property
    def upstream(self) -> str | None:
        return self.headers.get("x-gateway-upstream")

    def comes_from(self, name: str) -> bool:
        """Whether the stand-in of this name answered. It says so; of vectors the header tells."""
        if self.text.startswith("embedding"):
            return self.is_answer and (self.model or "").startswith(name)
        return self.is_answer and self.text.startswith(f"{name} says: ")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running gateway (or a plain LiteLLM). Safe to use from several threads."""

    url: str
    key: str = field(repr=False)

    def body(self, kind: str, model: str, text: str = "hi") -> dict[str, Any]:
        if kind == "embeddings":
            return {"model": model, "input": text}
        body: dict[str, Any] = {
            "model": model,
            "max_tokens": 64,
            "messages": [{"role": "user", "content": text}],
        }
        return {**body, "stream": True} if kind.endswith("-stream") else body

    def headers(self, kind: str, key: str | None = None) -> dict[str, str]:
        """As the kind's own clients send the key; `key` "" sends none."""
        shown = self.key if key is None else key
        if not kind.startswith("messages"):
            return {"authorization": f"Bearer {shown}"} if shown else {}
        version = {"anthropic-version": "2023-06-01"}
        return {**version, "x-api-key": shown} if shown else version

    @contextlib.contextmanager
    def stream(
        self,
        kind: str,
        model: str,
        *,
        text: str = "hi",
        timeout: float = 60,
        key: str | None = None,
    ) -> Iterator[httpx.Response]:
        """The open response; leaving the block closes the connection, read to the end or not."""
        request = self.body(kind, model, text)
        with (
            httpx.Client(
                base_url=self.url, timeout=timeout, trust_env=False, verify=PLAIN_HTTP
            ) as client,
            client.stream("POST", _PATHS[kind], json=request, headers=self.headers(kind, key)) as r,
        ):
            yield r

    def ask(self, kind: str, model: str, **options: Any) -> Reply:
        """Never raises for what the gateway does; options as for `stream`, whose timeout also ends
        a stream in which nothing comes but signs of life.
        """
        began = time.perf_counter()
        until = began + options.get("timeout", 60)
        try:
            with self.stream(kind, model, **options) as response:
                return _read(response, kind, began, until)
        except httpx.TransportError as error:
            return Reply(0, "", None, time.perf_counter() - began, {}, type(error).__name__)

    def usual(self, kind: str, model: str) -> float:
        """Seconds to the first content of an answer that nothing delays, as busy as this machine is now."""
        replies = [self.ask(kind, model) for _ in range(5)]
        assert all(reply.is_answer for reply in replies), replies
        return statistics.median(reply.first or reply.total for reply in replies)

    def get(self, path: str, *, key: str | None = None) -> httpx.Response:
        headers = self.headers("chat", key)
        return httpx.get(
            f"{self.url}{path}", headers=headers, timeout=30, trust_env=False, verify=PLAIN_HTTP
        )

    def models(self) -> list[str]:
        """The names that `/v1/models` lists."""
        response = self.get("/v1/models")
        response.raise_for_status()
        return [each["id"] for each in response.json()["data"]]


def _read(response: httpx.Response, kind: str, began: float, until: float) -> Reply:
    text, first, error = "", None, None
    if response.status_code == 200 and kind.endswith("-stream"):
        for line in response.iter_lines():
            if time.perf_counter() > until:
                raise httpx.ReadTimeout("nothing but signs of life")
            if not line.startswith("data: ") or line == "data: [DONE]":
                continue
            piece, wrong = _piece(json.loads(line[6:]))
            error = error or wrong
            if piece and first is None:
                first = time.perf_counter() - began
            text += piece
    else:
        response.read()
        first = time.perf_counter() - began
        text, error = _whole(response)
    total = time.perf_counter() - began
    return Reply(response.status_code, text, first, total, dict(response.headers), error)


def _piece(event: Mapping[str, Any]) -> tuple[str, str | None]:
    """The text in one event of a stream, and the error that it carries."""
    if event.get("error"):
        return "", str(event["error"])
    if event.get("type") == "content_block_delta":
        return event["delta"].get("text", ""), None
    choices = event.get("choices") or [{}]
    return choices[0].get("delta", {}).get("content") or "", None


def _whole(response: httpx.Response) -> tuple[str, str | None]:
    """The text of an answer that is not streamed, and the error that it carries."""
    try:
        data = response.json()
    except ValueError:
        return "", response.text[:500]
    if data.get("error") or response.status_code != 200:
        return "", json.dumps(data)[:500]
    if "choices" in data:
        return data["choices"][0]["message"]["content"] or "", None
    if "content" in data:
        return "".join(block.get("text", "") for block in data["content"]), None
    if data.get("data"):
        return f"embedding {data['data'][0]['embedding']}", None
    return "", json.dumps(data)[:500]
