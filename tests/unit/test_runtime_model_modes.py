"""What an error says of a model that was asked for something else."""

from __future__ import annotations

import pytest

from gateway.runtime.model_modes import is_asked_amiss


@pytest.mark.parametrize(
    ("mode", "path", "status", "amiss"),
    [
        ("chat", "/v1/moderations", 404, True),
        ("chat", "/v1/images/generations", 401, True),
        ("chat", "/openai/deployments/m/embeddings", 501, True),
        ("chat", "/v1/completions", 404, True),
        ("embedding", "/v1/chat/completions", 400, False),
        ("embedding", "/v1/chat/completions", 404, True),
        ("chat", "/v1/chat/completions", 404, False),
        ("completion", "/v1/completions", 404, False),
        ("responses", "/v1/responses", 401, False),
        ("embedding", "/v1/embeddings", 403, False),
        ("chat", "/v1/embeddings", 429, False),
        ("chat", "/v1/embeddings", 503, False),
        ("chat", "/v1beta/models/m:generateContent", 404, False),
        ("chat", "/v1/messages", 404, False),
        (None, "/v1/embeddings", 404, False),
    ],
)
def test_whose_fault_it_is(mode: str | None, path: str, status: int, *, amiss: bool) -> None:
    assert is_asked_amiss(mode, path, status) is amiss
