"""The gateway's own lines in the proxy's log: few, and what an owner asks after an outage."""

from __future__ import annotations

import json
import logging

log = logging.getLogger("gateway")


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
