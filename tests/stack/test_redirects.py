"""An upstream that redirects: within its origin it is followed, to another one neither key nor prompt goes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from stack.projects import Project, Stack, StartStack, model, provider

from gateway.stand_in import StandIn

KEY, SECRET = "key-of-the-first-0123456789", "header-of-the-first-0123456789"
ANSWER = {
    "id": "a",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
PREFIXES = ("openai", "hosted_vllm", "anthropic", "azure", "gemini")


class _Redirecting(ThreadingHTTPServer):
    daemon_threads = True
    elsewhere = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Redirecting

    def do_POST(self) -> None:
        """Answers below `/moved`, redirects there from `/near`, and all else to the other origin."""
        self.rfile.read(int(self.headers.get("content-length") or 0))
        body, location = b"", f"{self.server.elsewhere}{self.path}"
        if self.path.startswith("/moved"):
            body = json.dumps(ANSWER).encode()
        elif self.path.startswith("/near"):
            location = self.path.replace("/near", "/moved", 1)
        self.send_response(200 if body else 307)
        self.send_header("content-length", str(len(body)))
        self.send_header(
            *(("content-type", "application/json") if body else ("location", location))
        )
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the tests' output."""


@dataclass(frozen=True, slots=True)
class Redirects:
    stack: Stack
    other: StandIn


@pytest.fixture(scope="module")
def redirects(start_stack: StartStack) -> Iterator[Redirects]:
    server = _Redirecting(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with StandIn("other") as other:
            server.elsewhere = other.url
            origin = f"http://127.0.0.1:{server.server_address[1]}"
            headers = {"headers": {"X-Secret": "os.environ/HEADER_SECRET"}}
            providers = {
                each: {**provider(f"{origin}/v1", "KEY", prefix=each), **headers}
                for each in PREFIXES
            }
            providers["near"] = provider(f"{origin}/near/v1", "KEY")
            project = Project(
                providers,
                {name: model(name, "m") for name in providers},
                values={"KEY": KEY, "HEADER_SECRET": SECRET},
            )
            yield Redirects(start_stack(project), other)
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("kind", ["chat", "chat-stream", "messages"])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_nothing_is_told_to_another_origin(redirects: Redirects, prefix: str, kind: str) -> None:
    reply = redirects.stack.proxy.ask(kind, prefix)
    assert reply.status >= 400, reply
    assert redirects.other.requests == []


def test_tokens_are_not_counted_there_either(redirects: Redirects) -> None:
    proxy = redirects.stack.proxy
    body = {"model": "anthropic", "messages": [{"role": "user", "content": "hi"}]}
    httpx.post(
        f"{proxy.url}/v1/messages/count_tokens",
        json=body,
        headers=proxy.headers("messages"),
        timeout=30,
        trust_env=False,
    )
    assert redirects.other.requests == []


def test_it_says_why(redirects: Redirects) -> None:
    log = redirects.stack.log_file.read_text()
    assert "leads to another address, where neither the key nor the prompt is sent" in log
    assert KEY not in log
    assert SECRET not in log


def test_within_an_origin_it_is_followed(redirects: Redirects) -> None:
    assert redirects.stack.proxy.ask("chat", "near").text == "hi"
