"""A method and a path in, what an app asks of the gateway by it out; what is none of these is the owner's.

Standard library only. LiteLLM 1.106.2 serves each of these paths; everything else of its hundreds, from
`/key/generate` to `/health`, is for the master key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from .closed_paths import is_closed


class Kind(StrEnum):
    ROUTED = "routed"  # chat and messages: a route may choose another model, the hook looks again
    COUNTED = "counted"  # messages/count_tokens: routed, and nothing is generated
    PLAIN = "plain"  # the name in the request is the model
    FORM = "form"  # the same, in a multipart form
    LISTED = "listed"  # a list of models
    ONE = "one"  # one entry of it


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`named` is the model that the path itself names; `answers`: whether text is generated."""

    kind: Kind
    named: str | None = None
    answers: bool = True


_CALLS = {
    "/chat/completions": Endpoint(Kind.ROUTED),
    "/messages": Endpoint(Kind.ROUTED),
    "/messages/count_tokens": Endpoint(Kind.COUNTED, answers=False),
    "/completions": Endpoint(Kind.PLAIN),
    "/responses": Endpoint(Kind.PLAIN),
    "/embeddings": Endpoint(Kind.PLAIN, answers=False),
    "/moderations": Endpoint(Kind.PLAIN, answers=False),
    "/rerank": Endpoint(Kind.PLAIN, answers=False),
    "/audio/speech": Endpoint(Kind.PLAIN, answers=False),
    "/images/generations": Endpoint(Kind.PLAIN, answers=False),
    "/audio/transcriptions": Endpoint(Kind.FORM, answers=False),
    "/audio/translations": Endpoint(Kind.FORM, answers=False),
    "/images/edits": Endpoint(Kind.FORM, answers=False),
    "/images/variations": Endpoint(Kind.FORM, answers=False),
}
_COUNTS = ("/utils/token_counter",)
_LISTS = ("/v1/models", "/models", "/model/info", "/v1/model/info")
_ONE = re.compile(r"/(?:v1/)?models/(.+)")
_CALL = re.compile(
    r"(?:/v1|/v2|/openai/v1|/openai/deployments/(?P<deployment>.+?)|/engines/(?P<engine>.+?))?"
    rf"(?P<call>{'|'.join(map(re.escape, _CALLS))})"
)


def endpoint_of(method: str, path: str) -> Endpoint | None:
    """None for what only the master key may ask, and for what is closed to everybody."""
    if is_closed(path, method):
        return None
    if method in ("GET", "HEAD"):
        return _read(path)
    if method != "POST":
        return None
    if path in _COUNTS:
        return Endpoint(Kind.PLAIN, answers=False)
    match = _CALL.fullmatch(path)
    if match is None:
        return None
    call = _CALLS[match["call"]]
    return Endpoint(call.kind, match["deployment"] or match["engine"], call.answers)


def _read(path: str) -> Endpoint | None:
    if path in _LISTS:
        return Endpoint(Kind.LISTED)
    one = _ONE.fullmatch(path)
    return Endpoint(Kind.ONE, one[1]) if one else None
