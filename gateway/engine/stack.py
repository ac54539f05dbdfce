"""The types that both engines share: a rendered stack, what is known of its running, and an engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gateway.env_file import environment_of
from gateway.model import EnvRef, Server


@dataclass(frozen=True, slots=True)
class Stack:
    """A rendered project. `values` are the variables that are set; `names` what clients can ask for.

    `config_hash` is of what was rendered for the proxy; `image` is the one that Compose will take;
    `has_state`: something of it is kept on this machine across restarts.
    """

    root: Path
    server: Server
    names: frozenset[str]
    variables: tuple[EnvRef, ...]
    config_hash: str
    image: str
    values: Mapping[str, str] = field(repr=False)
    has_state: bool = False

    @property
    def url(self) -> str:
        """Where clients on this machine reach it."""
        return url_of(self.server.bind, self.server.port)

    def environment(self) -> dict[str, str]:
        """What the proxy gets for each variable; an unset one arrives as what cannot be a key."""
        return environment_of(self.variables, self.values)

    def missing(self) -> tuple[str, ...]:
        """The variables that no value is known for, sorted."""
        return tuple(v.name for v in self.variables if v.name not in self.values)

    def hidden(self, text: str) -> str:
        """The text with every variable's value blanked: other programs quote what they were given."""
        for value in sorted(self.values.values(), key=len, reverse=True):
            text = text.replace(value, "***")
        return text


@dataclass(frozen=True, slots=True)
class State:
    """What runs. `differences`: in what it is not the stack that was asked about, as sentences.

    `has_failed`: it ended by itself, or keeps ending. `url` is empty where nothing listens.
    `changed`: the variables that have another value now. `run` differs from start to start.
    """

    is_running: bool
    has_failed: bool = False
    url: str = ""
    what: str = ""
    differences: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    run: str = ""


class Engine(Protocol):
    """Runs the stack of one project. Every method raises GatewayError where it cannot do its job."""

    name: str

    def require(self) -> None:
        """Raises where the engine cannot run here."""

    def prepare(self, stack: Stack, own_url: str) -> None:
        """Raises where the stack could not start here; may fetch its image, and stops nothing.

        `own_url` is where the project's running stack listens: that port will be free. Else empty.
        """

    def start(self, stack: Stack) -> None:
        """Starts the prepared stack, or brings a running one to it; does not wait for it.

        Where it raises, nothing is left of what this start made.
        """

    def stop(self) -> None:
        """Stops it and removes what it made; fine where nothing runs. Needs no sound project."""

    def state(self, stack: Stack | None = None) -> State:
        """What runs, compared with `stack` where one is given."""

    def last_lines(self, count: int) -> str:
        """The proxy's own last lines, without colours."""

    def follow_logs(self, *, tail: int, follow: bool) -> int:
        """Prints the proxy's lines; returns the exit code. Raises where there are none."""


CONFIG_CHANGED = "the models' configuration changed since the start"
LAUNCH_CHANGED = "how the proxy is run (address, image, limits) changed since the start"


def values_changed(names: Iterable[str]) -> str:
    """Names, never values."""
    return f"the value of {', '.join(sorted(names))} (.env) changed since the start"


def url_of(bind: str, port: int) -> str:
    """The address for clients on this machine; one that listens everywhere is reached on loopback."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 - compared with
    host = everywhere.get(bind) or (f"[{bind}]" if ":" in bind else bind)
    return f"http://{host}:{port}"
