"""`state:` of gateway.yaml in, the variable of the Redis that replicas count in out, with diagnostics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.diagnostics import Diagnostic, Severity
from gateway.model import EnvRef, Path, Settings

_AT: Path = ("state", "redis")


def resolve_shared_state(settings: Settings) -> EnvRef | None:
    """None where each machine counts for itself."""
    return next((EnvRef(name) for _, name in state_names_in(settings.data)), None)


def state_names_in(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every place of the section that names a variable."""
    name = data.get("state", {}).get("redis")
    if name is not None:
        yield _AT, name


def find_state_mistakes(settings: Settings) -> Iterator[Diagnostic]:
    """A Redis without an app that counts anything."""
    apps = settings.data.get("apps", {}).values()
    if _AT in settings.spans and not any({"limits", "budget"} & app.keys() for app in apps):
        yield Diagnostic(
            "GW278",
            "nothing is counted in this Redis: no app has `limits` or a `budget`",
            settings.path,
            settings.key_span(_AT),
            "give an app one of them, or remove it",
            Severity.WARNING,
        )
