"""The types that all clients share: where the gateway is, which model is meant, and a client itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ClientModel:
    """A model as a client needs to know it: what to ask for, and how much it takes. Sizes in tokens."""

    name: str
    mode: str = "chat"
    context_window: int | None = None
    max_output_tokens: int | None = None
    capabilities: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """What a client is told. `url` has no path; `model` is what the user chose.

    `small` answers side requests (titles, summaries); `tiers` say what stands behind Claude's families
    (haiku, sonnet, opus); `subagent` is None where subagents ask for the session's model. `models` is
    everything that may be asked for; `key_name` says whose key it is; `total` is in seconds, the
    longest that an answer may take to begin, whatever fails before it. `key_command` prints the key:
    a client that can run it keeps no key in its file; empty where the key itself is to be written.
    """

    url: str
    key: str = field(repr=False)
    key_name: str
    model: ClientModel
    small: ClientModel
    tiers: Mapping[str, ClientModel]
    subagent: ClientModel | None
    models: tuple[ClientModel, ...]
    total: float
    key_command: tuple[str, ...] = ()

    @property
    def openai_url(self) -> str:
        """What OpenAI's clients call the base URL."""
        return f"{self.url}/v1"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that may be asked for, sorted."""
        return tuple(model.name for model in self.models)


class Client(Protocol):
    """One program, or one library. Knows no project, no engine and no terminal."""

    @property
    def name(self) -> str:
        """On the command line: `claude`, `codex`, …"""

    @property
    def title(self) -> str:
        """For people: `Claude Code`."""

    @property
    def program(self) -> str | None:
        """The command that `gateway run` starts; None where there is nothing to start."""

    def environment(self, to: Connection) -> dict[str, str | None]:
        """Variables to set; None is a variable that must not be set."""

    def argv(self, to: Connection, args: Sequence[str]) -> list[str]:
        """The whole command line, the program first. Never holds a key."""
