"""A list of models in LiteLLM's answer in, the app's own part of it out, whatever protocol it speaks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .abandoned import Message, Send

_PICKED = "claude-router-"
# Of what `/model/info` says: what a client has to know to ask well.
_TOLD = ("mode", "max_tokens", "max_input_tokens", "max_output_tokens", "supported_openai_params")
_TOLD_TOO = ("supports_", "input_cost_", "output_cost_", "cache_")


class OwnModels:
    """Takes one answer, and passes it on without the models that are not the app's.

    `tells_all`: the gateway's owner asks, for whom each entry stays as it is.
    """

    def __init__(
        self, send: Send, may_ask: Callable[[object], bool], *, tells_all: bool = False
    ) -> None:
        self._send, self._may_ask, self._tells_all = send, may_ask, tells_all
        self._start: Message | None = None
        self._body: list[bytes] = []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body.append(message.get("body", b""))
        if message.get("more_body") or self._start is None:
            return
        body = self._mended(b"".join(self._body), self._start["status"])
        headers = [(k, v) for k, v in self._start["headers"] if k.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def _mended(self, raw: bytes, status: int) -> bytes:
        if status != 200:
            return raw
        try:
            data = json.loads(raw)
            own = [each for each in data["data"] if self._may_ask(_name(each))]
            own = own if self._tells_all else [_told(each) for each in own]
        except (ValueError, TypeError, KeyError):
            return b'{"data": []}'  # nothing rather than everything
        # Anthropic's lists name their ends.
        ends = {"first_id": 0, "last_id": -1}
        data |= {key: own[at]["id"] if own else None for key, at in ends.items() if key in data}
        return json.dumps({**data, "data": own}).encode()


def _name(entry: Mapping[str, Any]) -> object:
    """For Claude Code's picker LiteLLM lists a model as `claude-router-` and its name in hexadecimal."""
    name = entry.get("model_name", entry.get("id"))
    if isinstance(name, str) and name.startswith(_PICKED):
        return bytes.fromhex(name.removeprefix(_PICKED)).decode()
    return name


def _told(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Where a model is served, with whose key, and who stands behind it, is no app's business."""
    told = {k: v for k, v in entry.items() if k not in ("litellm_params", "metadata")}
    info = told.get("model_info")
    if isinstance(info, Mapping):
        told["model_info"] = {
            k: v for k, v in info.items() if k in _TOLD or k.startswith(_TOLD_TOO)
        }
    return told
