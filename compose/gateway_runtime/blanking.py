"""Text in, the same without the values of secret variables out: for logs and upstreams' errors.

Some upstreams repeat the key that they refuse, and LiteLLM logs and passes on their words.
"""

from __future__ import annotations

import json
import logging
import os
import re
from functools import cache

import httpx

_BLANK = "***"
_MOST_ADDED = 200
_added: dict[str, None] = {}  # of tokens that are no variables, the last ones
_SHORTEST = 8
_ERROR = re.compile(rb'"error"\s*:\s*[{"]')
# What the process has besides the variables of the blueprint, which are the only other ones.
_HARMLESS = (
    *("PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "HOSTNAME", "PYTHON"),
    *("LC_", "SSL_", "REQUESTS_", "GPG_", "LITELLM_L", "LITELLM_MODE", "LITELLM_W", "DEFAULT_"),
    *("NO_", "DISABLE_", "no_", "HTTP", "http"),
)


@cache
def _secrets() -> tuple[str, ...]:
    """The values, the longest first, each also as JSON writes it."""
    values = {
        value
        for name, value in os.environ.items()
        if len(value) >= _SHORTEST and not name.startswith(_HARMLESS)
    }
    values |= _added.keys()
    values |= {json.dumps(value)[1:-1] for value in values}
    return tuple(sorted(values, key=len, reverse=True))


def also_blank(value: str) -> None:
    """From now on this value counts as a secret, too."""
    if len(value) < _SHORTEST or value in _added:
        return
    _added[value] = None
    if len(_added) > _MOST_ADDED:
        del _added[next(iter(_added))]
    _secrets.cache_clear()


def blanked(text: str) -> str:
    """The text with each secret's value replaced."""
    for value in _secrets():
        text = text.replace(value, _BLANK)
    return text


def blanked_error(chunk: bytes) -> bytes:
    """A piece of a successful answer; where an error begins in it, without the secrets' values.

    Only there: a user may well have a model write a file with the key in it.
    """
    if _ERROR.search(chunk) is None:
        return chunk
    for value in _secrets():
        chunk = chunk.replace(value.encode("utf-8", "surrogateescape"), _BLANK.encode())
    return chunk


def blank_the_logs() -> None:
    """Every handler of this process, tracebacks included."""
    written = logging.Handler.format

    def format(self: logging.Handler, record: logging.LogRecord) -> str:
        return blanked(written(self, record))

    logging.Handler.format = format  # type: ignore[method-assign]


async def without_keys(response: httpx.Response, request: httpx.Request) -> httpx.Response:
    """An error answer whose words do not repeat what was sent to the upstream."""
    content = await response.aread()
    kept = [
        (name, value)
        for name, value in response.headers.multi_items()
        if name not in ("content-length", "content-encoding", "transfer-encoding")
    ]
    await response.aclose()
    return httpx.Response(
        response.status_code,
        headers=kept,
        content=blanked(content.decode("utf-8", "replace")).encode(),
        extensions=response.extensions,
        request=request,
    )
