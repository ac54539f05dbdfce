"""The bytes of a Messages stream go in, the message that they tell, or what is wrong with them, comes out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_DELTAS = {
    "text": {"text_delta": "text", "citations_delta": "citation"},
    "thinking": {"thinking_delta": "thinking", "signature_delta": "signature"},
    "redacted_thinking": {},
    "tool_use": {"input_json_delta": "partial_json"},
}
_STARTS: dict[str, Json] = {
    "text": {"text": ""},
    "thinking": {"thinking": ""},
    "redacted_thinking": {},
    "tool_use": {"input": {}},
}
_STOPS = {"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"}


class WrongStream(AssertionError):
    """What no Messages stream may look like."""


@dataclass(slots=True)
class Told:
    """What a stream tells. `input` of a tool is the text that came, not parsed."""

    blocks: list[Json] = field(default_factory=list)
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: Json = field(default_factory=dict)
    pings: int = 0
    error: Json | None = None
    """The error that ended it, where one did."""

    @property
    def text(self) -> str:
        return "".join(each["text"] for each in self.blocks if each["type"] == "text")

    @property
    def kinds(self) -> list[str]:
        return [each["type"] for each in self.blocks]


def told_by(stream: bytes | str) -> Told:
    """Read a stream from its first byte to its last; raises `WrongStream`."""
    text = stream.decode() if isinstance(stream, bytes) else stream
    if text and not text.endswith("\n\n"):
        raise WrongStream(f"it ends within an event: {text[-200:]!r}")
    reader = _Reader()
    for event in events_of(text):
        reader.take(event)
    return reader.end()


def events_of(text: str) -> Iterable[Json]:
    """The data of each event, whose name has to be its type. Comments are nobody's business."""
    for part in text.split("\n\n"):
        lines = [line for line in part.split("\n") if line and not line.startswith(":")]
        if not lines:
            continue
        if len(lines) != 2 or not lines[0].startswith("event: "):
            raise WrongStream(f"no event: {part!r}")
        if not lines[1].startswith("data: "):
            raise WrongStream(f"no data: {part!r}")
        data = json.loads(lines[1].removeprefix("data: "))
        if data.get("type") != lines[0].removeprefix("event: "):
            raise WrongStream(f"the event's name is not its type: {part!r}")
        yield data


class _Reader:
    """Anthropic's grammar: start, blocks one after the other, delta, stop; pings anywhere."""

    def __init__(self) -> None:
        self._told = Told()
        self._open: Json | None = None
        self._state = "nothing"

    def take(self, event: Json) -> None:
        kind = event["type"]
        if self._state == "over":
            raise WrongStream(f"{kind} after the end")
        if kind == "ping":
            self._told.pings += 1
        elif kind == "error":
            self._error(event)
        else:
            step = getattr(self, f"_{kind}", None)
            if step is None:
                raise WrongStream(f"no such event: {kind}")
            step(event)

    def end(self) -> Told:
        if self._state != "over":
            raise WrongStream(f"it ends after {self._state}")
        return self._told

    def _error(self, event: Json) -> None:
        error = event["error"]
        if not isinstance(error.get("type"), str) or not isinstance(error.get("message"), str):
            raise WrongStream(f"an error without a type and a message: {event}")
        self._told.error, self._state = error, "over"

    def _message_start(self, event: Json) -> None:
        self._expect(self._state == "nothing", "a second message_start")
        message = event["message"]
        wanted = {"type": "message", "role": "assistant", "content": [], "stop_reason": None}
        for name, value in wanted.items():
            self._expect(message.get(name, "missing") == value, f"message_start: {name}")
        self._expect(isinstance(message.get("id"), str), "message_start: id")
        self._expect(isinstance(message.get("model"), str), "message_start: model")
        self._told.usage = dict(message["usage"])
        self._expect("input_tokens" in self._told.usage, "message_start: usage")
        self._state = "message_start"

    def _content_block_start(self, event: Json) -> None:
        self._expect(self._state in ("message_start", "blocks"), "a block out of place")
        self._expect(self._open is None, "a block within a block")
        self._expect(event["index"] == len(self._told.blocks), f"index {event['index']}")
        block = event["content_block"]
        kind = block["type"]
        self._expect(kind in _STARTS, f"a block of type {kind}")
        for name, value in _STARTS[kind].items():
            self._expect(block.get(name) == value, f"a {kind} block that starts with {block}")
        if kind == "tool_use":
            self._expect(bool(block.get("id")) and bool(block.get("name")), "a call of nothing")
            block = {**block, "input": ""}
        self._open = {"signature": "", **block} if kind == "thinking" else dict(block)
        self._told.blocks.append(self._open)
        self._state = "blocks"

    def _content_block_delta(self, event: Json) -> None:
        block = self._the_open_one(event)
        delta = event["delta"]
        known = _DELTAS[block["type"]]
        self._expect(delta["type"] in known, f"{delta['type']} in a {block['type']} block")
        name = known[delta["type"]]
        piece = delta[name]
        target = "input" if name == "partial_json" else name
        block[target] = f"{block.get(target, '')}{piece}"

    def _content_block_stop(self, event: Json) -> None:
        self._the_open_one(event)
        self._open = None

    def _message_delta(self, event: Json) -> None:
        self._expect(self._state in ("message_start", "blocks"), "message_delta out of place")
        self._expect(self._open is None, "message_delta within a block")
        delta = event["delta"]
        self._expect(delta.get("stop_reason") in _STOPS, f"stop_reason {delta}")
        self._told.stop_reason = delta["stop_reason"]
        self._told.stop_sequence = delta.get("stop_sequence")
        self._expect("output_tokens" in event["usage"], "message_delta: usage")
        self._told.usage.update(event["usage"])
        self._state = "message_delta"

    def _message_stop(self, event: Json) -> None:
        self._expect(self._state == "message_delta", "message_stop without message_delta")
        self._expect(set(event) == {"type"}, f"message_stop says more: {event}")
        self._state = "over"

    def _the_open_one(self, event: Json) -> Json:
        if self._open is None or event["index"] != len(self._told.blocks) - 1:
            raise WrongStream(f"no open block {event['index']}")
        return self._open

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise WrongStream(otherwise)
