"""What goes wrong, as Anthropic's API words it: status, type, `Retry-After`, in a stream and before it."""

from __future__ import annotations

import anthropic
import httpx
import pytest
from stack.messages import VERSION, Desk

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", TYPES)
def test_an_upstreams_error_keeps_its_status(desk: Desk, status: int, stream: bool) -> None:
    desk.upstream.fails(status, headers={"retry-after": "7"})
    response = desk.post(stream=stream)
    assert response.status_code == status
    body = response.json()
    assert body["type"] == "error"
    assert body["error"]["type"] == TYPES[status]
    assert "the upstream's own words" in body["error"]["message"]
    assert response.headers["retry-after"] == "7"
    assert body["request_id"] == response.headers["request-id"]


def test_an_answer_has_no_retry_after(desk: Desk) -> None:
    desk.upstream.fails(429, headers={"retry-after": "7"})
    desk.post()
    desk.upstream.says("hello")
    assert "retry-after" not in desk.post().headers


def test_a_422_is_a_bad_request(desk: Desk) -> None:
    desk.upstream.fails(422)
    assert desk.post().status_code == 400


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 100 tokens. However, you requested 200 tokens",
        "the request exceeds the available context size (4096 tokens), try increasing it",
    ],
)
def test_a_prompt_that_is_too_long_is_called_that(desk: Desk, words: str) -> None:
    desk.upstream.fails(400, message=words)
    error = desk.post(stream=True).json()["error"]
    assert error["type"] == "invalid_request_error"
    assert error["message"].startswith("prompt is too long: ")
    assert words in error["message"]


@pytest.mark.parametrize("fields", [{"messages": []}, {"messages": None}])
def test_a_request_without_messages(desk: Desk, fields: dict[str, object]) -> None:
    response = desk.post(**fields)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_a_body_that_is_no_json(desk: Desk) -> None:
    headers = {"x-api-key": desk.key, **VERSION}
    url = f"{desk.url}/v1/messages"
    response = httpx.post(url, content=b"{", headers=headers, timeout=30, trust_env=False)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("how", ["breaks_after", "error_after"])
@pytest.mark.parametrize("pieces", [2, 3])
def test_a_stream_that_ends_early_says_so(desk: Desk, how: str, pieces: int) -> None:
    desk.upstream.says("hello there friend", **{how: pieces})
    told = desk.told()
    assert told.text == "hello there"[: 5 * (pieces - 1)]
    assert told.stop_reason is None
    assert told.error is not None
    assert told.error["type"] == "api_error"


def test_the_sdk_raises_what_it_raises_for_anthropics_api(desk: Desk) -> None:
    asked = {"model": "m", "max_tokens": 8, "messages": [{"role": "user", "content": "hi"}]}
    kinds = {
        400: anthropic.BadRequestError,
        401: anthropic.AuthenticationError,
        403: anthropic.PermissionDeniedError,
        404: anthropic.NotFoundError,
        429: anthropic.RateLimitError,
        500: anthropic.InternalServerError,
        529: anthropic.InternalServerError,
    }
    with desk.sdk() as client:
        for status, kind in kinds.items():
            desk.upstream.fails(status)
            with pytest.raises(kind):
                client.messages.create(**asked)
        desk.upstream.says("hello there friend", breaks_after=3)
        with (
            pytest.raises(anthropic.APIStatusError) as caught,
            client.messages.stream(**asked) as s,
        ):
            s.until_done()
    assert caught.value.body is not None
