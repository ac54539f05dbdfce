"""The types that both engines share: a rendered stack, what is known of its running, and an engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gateway.model import Blueprint


@dataclass(frozen=True, slots=True)
class Stack:
    """A rendered project. `values` are the variables that are set; `config_hash` is of what was rendered."""

    root: Path
    blueprint: Blueprint
    config_hash: str
    values: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """Where clients on this machine reach it."""
        bind = self.blueprint.server.bind
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(bind, f"[{bind}]" if ":" in bind else bind)  # noqa: S104
        return f"http://{host}:{self.blueprint.server.port}"

    def missing(self) -> tuple[str, ...]:
        """The variables that no value is known for, sorted."""
        return tuple(v.name for v in self.blueprint.variables if v.name not in self.values)


@dataclass(frozen=True, slots=True)
class State:
    """`has_failed`: it ended or keeps ending. `config_hash`: of what runs, None where unknown."""

    is_running: bool
    has_failed: bool = False
    config_hash: str | None = None
    has_same_values: bool = True
    what: str = ""


class Engine(Protocol):
    """Runs one stack. Every method raises GatewayError where the job cannot be done."""

    name: str

    def require(self) -> None:
        """Raises where the engine cannot run here."""

    def start(self) -> None:
        """Starts the stack, or brings a running one to what is rendered; does not wait for it."""

    def stop(self) -> None:
        """Stops it and removes what it made; fine where nothing runs."""

    def state(self) -> State: ...

    def last_lines(self, count: int) -> str:
        """The proxy's own last lines."""

    def follow_logs(self, *, tail: int, follow: bool) -> int:
        """Prints the proxy's lines; returns the exit code."""
