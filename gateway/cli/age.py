"""Seconds in, how long that is for people out: `58m`, `3h 5m`, `12d`."""

from __future__ import annotations


def in_words(seconds: float) -> str:
    """Rounded down; less than a minute in seconds."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes < 60:
        return f"{minutes}m"
    return f"{hours}h {minutes % 60}m" if hours < 48 else f"{days}d"
