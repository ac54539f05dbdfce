"""How long, and when, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from gateway.cli.age import when_in_words

HERE = timezone(timedelta(hours=2))
NOW = datetime(2026, 11, 22, 14, 30, tzinfo=HERE)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-22T12:31:00Z", "just now"),  # another machine's clock
        ("2026-11-22T12:29:01Z", "just now"),
        ("2026-11-22T12:29:00Z", "1 min ago"),
        ("2026-11-22T11:30:01Z", "59 min ago"),
        ("2026-11-22T11:30:00Z", "today 13:30"),
        ("2026-11-21T22:00:00Z", "today 00:00"),
        ("2026-11-21T21:59:00Z", "yesterday 23:59"),
        ("2026-11-20T21:59:00Z", "2026-11-20"),
    ],
)
def test_when_in_words(moment: str, words: str) -> None:
    assert when_in_words(datetime.fromisoformat(moment), NOW) == words
    assert when_in_words(datetime.fromisoformat(moment).astimezone(UTC), NOW) == words
