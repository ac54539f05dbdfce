"""The first bytes of a successful answer in, why it cannot be an answer out."""

from __future__ import annotations

import json
import re

import httpx

_CHECKED_PATHS = ("/chat/completions", "/completions", "/embeddings", "/responses")
_EVENT_STREAM = re.compile(rb"\s*(data|event|id|retry)?:|\s*$")
_JSON = re.compile(rb"\s*[{\[]")


def what_is_wrong(
    request: httpx.Request, response: httpx.Response, first: bytes, *, is_stream: bool
) -> str | None:
    """Why a successful answer cannot be one: a login page, a captive portal, an empty body."""
    if response.status_code != 200 or not request.url.path.endswith(_CHECKED_PATHS):
        return None
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    is_whole = response.headers.get("content-length") == str(len(first))
    first = first.removeprefix(b"\xef\xbb\xbf")
    if not first.strip():
        # Blanks may keep a connection alive while a model thinks.
        return "answered with an empty body" if is_whole or not first else None
    kind = "an event stream" if is_stream else "JSON"
    expected = _EVENT_STREAM if is_stream else _JSON
    if not expected.match(first) or (is_stream and not _starts_with_json(first)):
        return f"did not answer with {kind}"
    if request.url.path.endswith("/embeddings") and is_whole and b'"data"' not in first:
        return "answered without embeddings"
    return None


def _starts_with_json(stream: bytes) -> bool:
    """Whether the first event's data is JSON; where it is not here in whole, nothing speaks against."""
    event, end, _ = stream.replace(b"\r\n", b"\n").partition(b"\n\n")
    data = b"".join(line[5:] for line in event.split(b"\n") if line.startswith(b"data:")).strip()
    if not end or not data or data == b"[DONE]":
        return True
    try:
        json.loads(data)
    except ValueError:
        return False
    return True
