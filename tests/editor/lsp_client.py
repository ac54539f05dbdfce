"""A small language client over stdio: what the tests of both language servers speak through.

It frames with `Content-Length` itself, in bytes, so that a server's framing and its counting of
columns are really tested; every wait ends with an error that shows what came instead.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import Any

Message = dict[str, Any]
_SECONDS = 90.0


class LanguageClient:
    """One session with one server. Leaving the `with` ends the process, by force where it must."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            argv,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.root = cwd
        self.seen: list[Message] = []
        self.texts: dict[str, str] = {}
        self.errors = b""
        self._configuration = configuration or {}
        self._came: Queue[Message | None] = Queue()
        self._next_id = 0
        self._version = 1
        self._threads = [
            threading.Thread(target=target, daemon=True)
            for target in (self._read_messages, self._read_errors)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> LanguageClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=10)
        for thread in self._threads:
            thread.join(timeout=10)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None and not pipe.closed:
                with contextlib.suppress(BrokenPipeError):  # what the dead server did not read
                    pipe.close()

    # the session

    def initialize(
        self, root: Path | None, capabilities: Mapping[str, Any] | None = None
    ) -> Message:
        """The handshake; the server's capabilities."""
        folders = None if root is None else [{"uri": root.as_uri(), "name": root.name}]
        params = {
            "processId": os.getpid(),
            "rootUri": root.as_uri() if root else None,
            "workspaceFolders": folders,
            "capabilities": capabilities if capabilities is not None else CAPABILITIES,
        }
        result: Message = self.request("initialize", params)
        self.notify("initialized", {})
        return result

    def shut_down(self) -> int:
        """The farewell that the protocol asks for; the process's exit code."""
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.process.wait(timeout=_SECONDS)

    def open(self, path: Path, text: str | None = None) -> str:
        """Opens a file, with the text it has on the disk or another; its URI."""
        uri = path.as_uri()
        self.texts[uri] = path.read_text("utf-8") if text is None else text
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": self.texts[uri]}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def change(self, uri: str, text: str) -> None:
        """Replaces the whole text of an open file."""
        self.texts[uri] = text
        self._version += 1
        document = {"uri": uri, "version": self._version}
        self.notify(
            "textDocument/didChange",
            {"textDocument": document, "contentChanges": [{"text": text}]},
        )

    def close(self, uri: str) -> None:
        del self.texts[uri]
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def ask(self, what: str, uri: str, line: int, character: int) -> Any:
        """`textDocument/…` at a position, 0-based, in the units that were agreed on."""
        position = {"line": line, "character": character}
        return self.request(
            f"textDocument/{what}", {"textDocument": {"uri": uri}, "position": position}
        )

    def labels(self, uri: str, line: int, character: int) -> dict[str, Message]:
        """What is offered at a position, by its label."""
        answer = self.ask("completion", uri, line, character)
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return {item["label"]: item for item in items}

    def diagnostics(self, uri: str, accept: Callable[[list[Message]], bool]) -> list[Message]:
        """Waits for findings about a file that `accept` is content with."""

        def wanted(message: Message) -> bool:
            params = message.get("params") or {}
            return (
                message.get("method") == "textDocument/publishDiagnostics"
                and params["uri"] == uri
                and accept(params["diagnostics"])
            )

        found: list[Message] = self.wait_for(wanted)["params"]["diagnostics"]
        return found

    # the wire

    def request(self, method: str, params: Any) -> Any:
        """The result of a request. Raises ServerError where the server answers with an error."""
        self._next_id += 1
        wanted = self._next_id
        self._send({"id": wanted, "method": method, "params": params})
        answer = self.wait_for(lambda m: m.get("id") == wanted and "method" not in m)
        if "error" in answer:
            raise ServerError(f"{method}: {answer['error']}")
        return answer.get("result")

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def wait_for(self, accept: Callable[[Message], bool], seconds: float = _SECONDS) -> Message:
        """The next message that `accept` takes; requests of the server are answered on the way."""
        until = time.monotonic() + seconds
        came: list[Message] = []
        while (left := until - time.monotonic()) > 0:
            try:
                message = self._came.get(timeout=left)
            except Empty:
                break
            if message is None:
                raise ServerError(f"the server ended: {self.errors.decode()[-2000:]}")
            came.append(message)
            self.seen.append(message)
            if "method" in message and "id" in message:
                self._answer(message)
            if accept(message):
                return message
        raise ServerError(f"nothing of that kind in {seconds:g} s; what came: {came}")

    def _answer(self, asked: Message) -> None:
        result: Any = None
        if asked["method"] == "workspace/configuration":
            result = [self._configuration.get(i.get("section")) for i in asked["params"]["items"]]
        elif asked["method"] == "workspace/workspaceFolders":
            result = []
        self._send({"id": asked["id"], "result": result})

    def _send(self, message: Message) -> None:
        whole = {"jsonrpc": "2.0", **message}
        try:
            body = json.dumps(whole, ensure_ascii=False).encode()
        except UnicodeEncodeError:  # half a character, which only an escape can carry
            body = json.dumps(whole).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def _read_messages(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while True:
            length = None
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if length is None:
                self._came.put(None)
                return
            self._came.put(json.loads(stream.read(length)))

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors += line


class ServerError(AssertionError):
    """The server said no, said nothing in time, or ended."""


CAPABILITIES: Message = {
    "workspace": {
        "configuration": True,
        "workspaceFolders": True,
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "completion": {
            "completionItem": {
                "documentationFormat": ["markdown", "plaintext"],
                "snippetSupport": True,
            }
        },
    },
}
