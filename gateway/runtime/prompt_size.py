"""The first event of a Messages stream goes in, the same with about how long the prompt is comes out.

Anthropic's API says there what the prompt came to, and clients show it while the answer runs. Upstreams
of OpenAI's kind say it at the end, so LiteLLM 1.106.2 says 0 first (BerriAI/litellm#41406); the last
event corrects the estimate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from .claude_request import MESSAGES, facts_of
from .claude_tokens import estimated

# One per request, shared by the tasks that LiteLLM makes of it: the body, once it is read.
_asked: ContextVar[list[Mapping[str, Any]] | None] = ContextVar("gateway_prompt", default=None)
_EVENT = b"event: message_start\ndata: "


def listen_for_a_prompt() -> list[Mapping[str, Any]]:
    """Where `remember_prompt` puts the body of the request that begins."""
    asked: list[Mapping[str, Any]] = []
    _asked.set(asked)
    return asked


def remember_prompt(body: object) -> None:
    asked = _asked.get()
    if asked is not None and isinstance(body, Mapping):
        asked[:] = [body]


def with_prompt_size(piece: bytes, asked: list[Mapping[str, Any]]) -> bytes:
    """What a stream begins with; where it says a number itself, that one stays."""
    if not asked or not piece.startswith(_EVENT):
        return piece
    line, _, rest = piece.removeprefix(_EVENT).partition(b"\n")
    event = json.loads(line)
    usage = event["message"]["usage"]
    if usage.get("input_tokens") or usage.get("cache_read_input_tokens"):
        return piece
    facts = facts_of(asked[0], MESSAGES)
    usage["input_tokens"] = max(1, estimated(facts.texts, facts.images).about)
    data = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return _EVENT + data + b"\n" + rest
