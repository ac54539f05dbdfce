"""A duration as it is written (`500ms`, `1s`, `10m`) in, seconds out; and back."""

from __future__ import annotations

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """The seconds that a duration which the schema accepted stands for."""
    unit = "ms" if text.endswith("ms") else text[-1]
    return round(float(text.removesuffix(unit)) * _SECONDS[unit], 6)


def spelled(value: float) -> str:
    """Seconds as people write them: `1s`, `0.5s`, `10m`, `10m 1s`."""
    minutes, rest = divmod(value, 60)
    if minutes and rest:
        return f"{minutes:g}m {rest:g}s"
    return f"{minutes:g}m" if minutes else f"{rest:g}s"


def written(value: float) -> float | int:
    """Seconds for a rendered file: `600` rather than `600.0`."""
    return int(value) if value == int(value) else value
