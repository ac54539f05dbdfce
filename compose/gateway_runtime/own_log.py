"""The proxy's log: the gateway's own lines, few, and LiteLLM's without what nobody reads."""

from __future__ import annotations

import json
import logging

log = logging.getLogger("gateway")
_LITELLMS = ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router")
_SAID_BY_UPSTREAMS = (502, 503, 504)


class _OneJsonLine(logging.Formatter):
    """The shape of LiteLLM's own lines with `json_logs`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "message": record.getMessage(),
            "level": record.levelname,
            "timestamp": self.formatTime(record),
        }
        return json.dumps(line, ensure_ascii=False)


def speak() -> None:
    """LiteLLM's level and handlers are for its lines: at ERROR it says nothing of a fallback."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneJsonLine())
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False


def leave_stacks_out() -> None:
    """LiteLLM puts five kilobytes of its stack behind each refusal; with its debug log they stay."""
    for name in _LITELLMS:
        logging.getLogger(name).addFilter(_without_stack)


def _without_stack(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if error is not None and _is_said(error) and not _is_debugged(record.name):
        record.exc_info = None
    return True


def _is_said(error: BaseException) -> bool:
    """Whether it is an answer, to a caller's mistake or of an upstream, and nobody's bug."""
    status = getattr(error, "status_code", None) or getattr(error, "code", None)
    try:
        number = int(status or 0)
    except (TypeError, ValueError):
        return False
    return 400 <= number < 500 or number in _SAID_BY_UPSTREAMS


def _is_debugged(logger: str) -> bool:
    return logging.getLogger(logger).isEnabledFor(logging.DEBUG)
