"""A moment in, the day or month of a budget that it belongs to, and when the next one begins, out."""

from __future__ import annotations

from datetime import datetime, timedelta


def period_of(per: str, now: datetime) -> str:
    """`2026-11-21` or `2026-11`; `per` is `day` or `month`, `now` in UTC."""
    return now.strftime("%Y-%m-%d" if per == "day" else "%Y-%m")


def next_period(per: str, now: datetime) -> datetime:
    """When the next day or month begins."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1) if per == "day" else _next_month(today)


def _next_month(today: datetime) -> datetime:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
