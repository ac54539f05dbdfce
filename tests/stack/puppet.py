"""What to say goes in, an OpenAI-compatible upstream that says just that comes out."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool; `arguments` is JSON text, as models write it: not always JSON."""

    name: str
    arguments: str
    id: str = "call_1"


@dataclass(frozen=True, slots=True)
class Says:
    """One answer of a model, sent whole or streamed, as it was asked for. Durations in seconds."""

    text: str | None = None
    reasoning: str = ""
    tools: Sequence[ToolCall] = ()
    finish: str | None = None
    """`stop`, or `tool_calls` where there are tools, unless said."""
    usage: Mapping[str, Any] | None = field(
        default_factory=lambda: {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    )
    more: Mapping[str, Any] = field(default_factory=dict)
    """More keys of the choice."""
    message: Mapping[str, Any] = field(default_factory=dict)
    """More keys of the message, or of the first delta."""
    after: float = 0.0
    """The silence before the head."""
    gap: float = 0.0
    """The silence before each piece but the first."""
    breaks_after: int | None = None
    """Pieces after which the connection is cut."""
    error_after: int | None = None
    """Pieces after which an error is sent in the stream."""


@dataclass(frozen=True, slots=True)
class Fails:
    """An error, in OpenAI's shape unless `body` says otherwise."""

    status: int
    message: str = "the upstream's own words"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None


@dataclass(slots=True)
class Asked:
    """A request as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: Any
    left: threading.Event = field(default_factory=threading.Event)
    """Set as soon as the client is seen to have gone before the end."""


class Puppet:
    """Says one thing until told another; safe to use across threads."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.asked: list[Asked] = []
        self._next: Says | Fails = Says("hello")

    def says(self, text: str | None = None, **more: Any) -> None:
        self._next, self.asked = Says(text, **more), []

    def fails(self, status: int, **more: Any) -> None:
        self._next, self.asked = Fails(status, **more), []

    @property
    def body(self) -> Any:
        """The body of the last request."""
        return self.asked[-1].body

    def answer(self) -> Says | Fails:
        return self._next


@contextmanager
def puppet() -> Iterator[Puppet]:
    """Serves on a free port of this machine."""
    held: list[Puppet] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            held[0].asked.append(Asked(self.path, dict(self.headers), None))
            self.send_error(404)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.path, headers, body)
            held[0].asked.append(asked)
            try:
                _answer(self, held[0].answer(), asked)
            except ConnectionError:
                asked.left.set()
            if asked.left.is_set():
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        held.append(Puppet(f"http://127.0.0.1:{server.server_port}/v1"))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield held[0]
        server.shutdown()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, said: Says | Fails, asked: Asked) -> None:
    if isinstance(said, Fails):
        error = {"message": said.message, "type": "upstream", "param": None, "code": None}
        _send(handler, said.status, said.body or {"error": error}, said.headers)
        return
    if _leaves_within(handler, said.after, asked):
        return
    if not asked.body.get("stream"):
        _send(handler, 200, _whole(said))
        return
    handler.send_response(200)
    handler.send_header("content-type", "text/event-stream")
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    for count, chunk in enumerate(_chunks(said)):
        if count == said.breaks_after:
            # What is cut at once may overtake what was sent.
            time.sleep(0.05)
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        if count == said.error_after:
            wrong = {"error": {"message": "the upstream's own words", "code": 500}}
            _piece(handler, f"data: {json.dumps(wrong)}\n\n")
            break
        if count and _leaves_within(handler, said.gap, asked):
            return
        _piece(handler, f"data: {json.dumps(chunk)}\n\n")
    _piece(handler, "data: [DONE]\n\n")
    handler.wfile.write(b"0\r\n\r\n")


def _send(
    handler: BaseHTTPRequestHandler, status: int, body: Json, headers: Mapping[str, str] = {}
) -> None:
    data = json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {"content-type": "application/json", **headers}.items():
        handler.send_header(name, value)
    handler.send_header("content-length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def _piece(handler: BaseHTTPRequestHandler, text: str) -> None:
    data = text.encode()
    handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    handler.wfile.flush()


def _leaves_within(handler: BaseHTTPRequestHandler, seconds: float, asked: Asked) -> bool:
    """Wait, unless the client goes: then its side of the connection can be read, and is empty."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        readable, _, _ = select.select([handler.connection], [], [], left)
        if readable:
            asked.left.set()
            return True
    return False


def _whole(said: Says) -> Json:
    message: Json = {"role": "assistant", "content": said.text, **said.message}
    if said.reasoning:
        message["reasoning_content"] = said.reasoning
    if said.tools:
        message["tool_calls"] = [_call(each) for each in said.tools]
    choice = {"index": 0, "message": message, "finish_reason": _finish(said), **said.more}
    usage = {} if said.usage is None else {"usage": said.usage}
    return {**_head("chat.completion"), "choices": [choice], **usage}


def _chunks(said: Says) -> Iterator[Json]:
    head = _head("chat.completion.chunk")
    for delta in _deltas(said):
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    last = {"index": 0, "delta": {}, "finish_reason": _finish(said), **said.more}
    yield {**head, "choices": [last]}
    if said.usage is not None:
        yield {**head, "choices": [], "usage": said.usage}


def _deltas(said: Says) -> Iterator[Json]:
    yield {"role": "assistant", "content": "", **said.message}
    for piece in _pieces(said.reasoning):
        yield {"reasoning_content": piece}
    for piece in _pieces(said.text or ""):
        yield {"content": piece}
    for index, each in enumerate(said.tools):
        yield {"tool_calls": [{"index": index, **_call(ToolCall(each.name, "", each.id))}]}
        for piece in _pieces(each.arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _pieces(text: str, size: int = 5) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _call(each: ToolCall) -> Json:
    function = {"name": each.name, "arguments": each.arguments}
    return {"id": each.id, "type": "function", "function": function}


def _finish(said: Says) -> str:
    return said.finish or ("tool_calls" if said.tools else "stop")


def _head(kind: str) -> Json:
    return {"id": "chatcmpl-puppet", "object": kind, "created": 1, "model": "puppet"}
