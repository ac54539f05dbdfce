"""What the owner's log says of apps that ask too much."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from gateway.runtime.app_notices import Notices

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


def test_each_is_said_once_until_its_time_is_over(caplog: pytest.LogCaptureFixture) -> None:
    now = [START]
    notices = Notices(lambda: now[0])
    logging.getLogger("gateway").propagate = True
    with caplog.at_level("WARNING", "gateway"):
        for _ in range(3):
            notices.tell_budget("shop", "200 tokens a day", MIDNIGHT)
            notices.tell_limit("shop", "rpm: 60", 20)
        notices.tell_limit("blog", "rpm: 60", 20)
        now[0] += timedelta(seconds=59)
        notices.tell_limit("shop", "rpm: 60", 20)
        now[0] += timedelta(seconds=1)
        notices.tell_limit("shop", "rpm: 60", 20)
        now[0] = MIDNIGHT
        notices.tell_budget("shop", "200 tokens a day", MIDNIGHT + timedelta(days=1))
    assert [record.getMessage().removeprefix("gateway: ") for record in caplog.records] == [
        "the budget of the app shop (200 tokens a day) is used up until 2026-11-22T00:00:00Z",
        "the app shop is at its limit (rpm: 60) until 2026-11-21T12:00:20Z",
        "the app blog is at its limit (rpm: 60) until 2026-11-21T12:00:20Z",
        "the app shop is at its limit (rpm: 60) until 2026-11-21T12:01:20Z",
        "the budget of the app shop (200 tokens a day) is used up until 2026-11-23T00:00:00Z",
    ]
