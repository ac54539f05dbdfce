"""Seconds in, how long that is for people out: `58m`, `3h 5m`, `12d`; a moment in, when that was."""

from __future__ import annotations

from datetime import datetime, timedelta


def in_words(seconds: float) -> str:
    """Rounded down; less than a minute in seconds."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes < 60:
        return f"{minutes}m"
    return f"{hours}h {minutes % 60}m" if hours < 48 else f"{days}d"


def when_in_words(moment: datetime, now: datetime) -> str:
    """`just now`, `2 min ago`, `today 14:03`, `yesterday 14:03`, `2026-11-03`; in the time zone of `now`."""
    there = moment.astimezone(now.tzinfo)
    minutes = int((now - there).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    days = {now.date(): "today", now.date() - timedelta(days=1): "yesterday"}
    day = days.get(there.date())
    return f"{day} {there:%H:%M}" if day else f"{there:%Y-%m-%d}"
