"""What a refusal is about, in the words of those who refuse."""

from __future__ import annotations

import pytest

from gateway.runtime.key_refusals import About, what_is_refused

OPENAIS_SIZE = (
    b'{"error": {"message": "Request too large for gpt-4o in organization org-x on tokens per min '
    b'(TPM): Limit 30000, Requested 40000.", "type": "tokens", "code": "rate_limit_exceeded"}}'
)
GROQS_SIZE = (
    b'{"error": {"message": "Request too large for model `m` in organization `o` service tier `on_demand` '
    b'on tokens per minute (TPM): Limit 6000, Requested 7241", "code": "rate_limit_exceeded"}}'
)
GOOGLES_KEY = (
    b'{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", '
    b'"status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}}'
)


@pytest.mark.parametrize(
    ("status", "body", "about"),
    [
        (401, b"", About.THE_KEY),
        (402, b"", About.THE_KEY),
        (403, b"", About.THE_KEY),
        (429, b"", About.ITS_QUOTA),
        (429, b"Rate limit reached on tokens per min (TPM)", About.ITS_QUOTA),
        (429, OPENAIS_SIZE, About.THE_SIZE),
        (413, GROQS_SIZE, About.THE_SIZE),
        (413, b"Request Entity Too Large", About.SOMETHING_ELSE),
        (400, GOOGLES_KEY, About.THE_KEY),
        (400, b"maximum context length", About.SOMETHING_ELSE),
        (500, GOOGLES_KEY, About.SOMETHING_ELSE),
        (404, b"", About.SOMETHING_ELSE),
    ],
)
def test_what_it_is_about(status: int, body: bytes, about: About) -> None:
    assert what_is_refused(status, body) is about
