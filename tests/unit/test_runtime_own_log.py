"""Whose stack is left out of the log, and whose is not."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from gateway.runtime.own_log import leave_stacks_out


class AnswerError(Exception):
    def __init__(self, status: object) -> None:
        super().__init__("said")
        self.status_code = status


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    found = logging.getLogger("LiteLLM Proxy")
    level, filters, handlers = found.level, list(found.filters), list(found.handlers)
    leave_stacks_out()
    found.setLevel(logging.ERROR)
    yield found
    found.setLevel(level)
    found.filters, found.handlers = filters, handlers


@pytest.mark.parametrize(
    ("error", "level", "is_kept"),
    [
        (AnswerError(401), logging.ERROR, False),
        (AnswerError("429"), logging.ERROR, False),
        (AnswerError(503), logging.ERROR, False),
        (AnswerError(500), logging.ERROR, True),
        (AnswerError("broken"), logging.ERROR, True),
        (TypeError("a bug"), logging.ERROR, True),
        (AnswerError(401), logging.DEBUG, True),
    ],
    ids=str,
)
def test_a_stack_is_of_a_bug(
    logger: logging.Logger,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    level: int,
    *,
    is_kept: bool,
) -> None:
    logger.setLevel(level)
    logger.addHandler(caplog.handler)
    logger.error("it failed", exc_info=error)
    (record,) = [each for each in caplog.records if each.getMessage() == "it failed"][:1]
    assert bool(record.exc_info) is is_kept
