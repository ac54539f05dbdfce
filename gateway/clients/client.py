"""The types that all clients share: where the gateway is, which model is meant, and a client itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.clients.files.client_file import ClientFile, SettingsFile

NONE: Mapping[str, str | None] = MappingProxyType({})


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
    `hides_key`: the key is written nowhere, whatever that costs. `app` is whose key it is, empty where it
    is the master key.
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
    hides_key: bool = False
    app: str = ""

    @property
    def openai_url(self) -> str:
        """What OpenAI's clients call the base URL."""
        return f"{self.url}/v1"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that may be asked for, sorted."""
        return tuple(model.name for model in self.models)


@dataclass(frozen=True, slots=True)
class Client:
    """One program, or one library. Knows no project, no engine and no terminal.

    `name` is the one on the command line (`claude`), `title` the one for people (`Claude Code`);
    `program` is the command that `gateway run` starts, None where there is nothing to start, and
    `kept_in` where its settings lie, None where it has none.
    A client says what it knows of the methods below; the others stay as they are here.
    """

    name: str
    title: str
    program: str | None = None
    kept_in: SettingsFile | None = None

    def environment(self, to: Connection) -> dict[str, str | None]:  # noqa: ARG002 - see above
        """Variables to set; None is a variable that must not be set."""
        return {}

    def argv(
        self,
        to: Connection,  # noqa: ARG002 - see above
        args: Sequence[str],
        variables: Mapping[str, str | None] = NONE,  # noqa: ARG002
    ) -> list[str]:
        """The whole command line, the program first. Never holds a key.

        `variables` are those of the environment: for a client whose files would beat them.
        """
        return [self.program or self.name, *args]

    def file(self, to: Connection) -> ClientFile | None:  # noqa: ARG002 - see above
        """What its settings must say; None where it has none."""
        return None

    def text(self, to: Connection) -> str | None:  # noqa: ARG002 - see above
        """A program to begin with, or what to click, where no file can say it. Never holds a key."""
        return None
