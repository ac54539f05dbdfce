"""How upstreams say when a key can be used again, each as it was seen on the wire or is documented."""

from __future__ import annotations

import pytest

from gateway.runtime.reset_times import seconds_until_reset

NOW = 1_763_700_000.0  # 2025-11-21T04:40:00Z


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "700", "retry-after": "1"}, 0.7),
        ({"retry-after": "Fri, 21 Nov 2025 04:41:00 GMT"}, 60.0),
        ({"retry-after": "Fri, 21 Nov 2025 04:39:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "inf"}, 0.0),
        ({"x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-reset": "143h4m52s"}, 515_092.0),
        ({"x-ratelimit-reset": "1763700045"}, 45.0),
        ({"x-ratelimit-reset": "1763700045000"}, 45.0),
        ({"ratelimit-reset": "12"}, 12.0),
        ({"anthropic-ratelimit-requests-reset": "2025-11-21T04:41:30Z"}, 90.0),
        (
            {
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-requests": "59",
                "x-ratelimit-reset-tokens": "6m",
                "x-ratelimit-remaining-tokens": "0",
            },
            360.0,
        ),
        ({"x-ratelimit-reset-requests": "20ms", "x-ratelimit-reset-tokens": "6m"}, 0.02),
        ({"content-type": "application/json", "x-ratelimit-limit-requests": "60"}, 0.0),
    ],
)
def test_headers(headers: dict[str, str], seconds: float) -> None:
    assert seconds_until_reset(headers, b"", NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ('{"error": {"details": [{"retryDelay": "34s"}]}}', 34.0),
        ('{"retryDelay": "34s", "quotaResetDelay": "143h4m52.5s"}', 515_092.5),
        ("Your quota will reset after 143h4m52s.", 515_092.0),
        ("Rate limit reached. Please try again in 1m30.5s.", 90.5),
        ("Please try again in 20ms.", 0.02),
        ("please retry after 7 seconds", 7.0),
        ('{"error": {"retry_after": 12}}', 12.0),
        ('{"error": {"message": "{\\"retryDelay\\": \\"9s\\"}"}}', 9.0),
        ("Request too large: limit 10000, requested 20000", 0.0),
        ("you exceeded your current quota", 0.0),
        ("", 0.0),
        ("try again in 9999999999h", 0.0),
    ],
)
def test_bodies(body: str, seconds: float) -> None:
    assert seconds_until_reset({}, body.encode(), NOW) == pytest.approx(seconds)


def test_headers_come_before_the_body() -> None:
    assert seconds_until_reset({"retry-after": "5"}, b"try again in 30s", NOW) == 5.0


@pytest.mark.parametrize(
    "stated",
    [
        {"retry-after": "Fri, 21 Nov 2025 04:41:00 GMT"},
        {"x-ratelimit-reset": "1763700060"},
        {"x-ratelimit-reset": "1763700060000"},
        {"anthropic-ratelimit-requests-reset": "2025-11-21T04:41:00Z"},
        {"retry-after": "60"},
    ],
)
@pytest.mark.parametrize("error", [-20 * 86400.0, 20 * 86400.0], ids=["behind", "ahead"])
def test_a_moment_is_one_of_the_upstreams_clock(stated: dict[str, str], error: float) -> None:
    headers = {"date": "Fri, 21 Nov 2025 04:40:00 GMT", **stated}
    assert seconds_until_reset(headers, b"", NOW + error) == 60.0


@pytest.mark.parametrize("date", ["", "today", "Fri, 99 Nov 2025 04:40:00 GMT", "1763700000"])
def test_a_date_that_is_not_readable_is_none(date: str) -> None:
    headers = {"date": date, "x-ratelimit-reset": "1763700060"}
    assert seconds_until_reset(headers, b"", NOW) == 60.0
