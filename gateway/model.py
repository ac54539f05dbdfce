"""The frozen types that flow through the pipeline, from a file's text to the change of a rendered file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

Path = tuple[str | int, ...]
"""A place inside a YAML document: `("timeouts", "connect")`, `("fallbacks", 0)`."""


def path_text(path: Path) -> str:
    """`timeouts.connect`, `fallbacks[0]`, for people."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


class Span(NamedTuple):
    """Where something stands in a text: 1-based, columns in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(1, 1, 1, 1)


class NodeSpans(NamedTuple):
    """The spans of one node: its key's (None in a list and at the root) and its value's."""

    key: Span | None
    value: Span


Spans = Mapping[Path, NodeSpans]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the project: its POSIX path relative to the project, and its text."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """One YAML file, read: a model's fragment, or `gateway.yaml`.

    `data` holds plain dict, list, str, int, float, bool and None; `spans` has an entry for every
    path in it. `name` is the model's name (for `gateway.yaml`: empty).
    """

    name: str
    source: SourceFile
    data: Mapping[str, Any]
    spans: Spans

    @property
    def path(self) -> str:
        return self.source.path

    def key_span(self, path: Path) -> Span:
        """The span of the key at `path`; of the nearest parent's where the path does not exist."""
        node = self._nearest(path)
        return node.key or node.value

    def value_span(self, path: Path) -> Span:
        """The span of the value at `path`; of the nearest parent's where the path does not exist."""
        return self._nearest(path).value

    def _nearest(self, path: Path) -> NodeSpans:
        while path and path not in self.spans:
            path = path[:-1]
        return self.spans.get(path, NodeSpans(None, START))


Settings = Fragment
"""`gateway.yaml`, read and checked: the same shape as a fragment, another schema."""


@dataclass(frozen=True, slots=True)
class EnvRef:
    """A value that exists only in the environment: rendered as a reference, never as text.

    `os.environ/NAME` in LiteLLM's configuration; in Compose `${NAME:?…}` where `required`, else
    `${NAME:-missing-NAME}`: an unset key arrives as a value that cannot be a key; `${NAME:-}` where it
    `may_be_empty`. Of a new `.env` the gateway makes the value itself where it `is_ours`.
    """

    name: str
    required: bool = False
    may_be_empty: bool = False
    is_ours: bool = False


class ComposeText(str):
    """Text for Compose whose `${…}` is meant: the one kind of string whose `$` is not doubled."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class OAuth:
    """How a provider's token is got: endpoints that are None are named by the `issuer`.

    `flow` is `browser` or `device`; `redirect_uri` leads to this machine; `params` go along when a
    login begins; `header` is None where the token goes where LiteLLM puts a key.
    """

    issuer: str | None
    authorization_endpoint: str | None
    token_endpoint: str | None
    device_authorization_endpoint: str | None
    revocation_endpoint: str | None
    client_id: str
    client_secret: EnvRef | None
    scopes: tuple[str, ...]
    flow: str
    redirect_uri: str
    params: Mapping[str, str]
    header: str | None


@dataclass(frozen=True, slots=True)
class ProviderKey:
    """A key of a provider: its variable, and how it shares requests with the provider's other keys.

    Of several `priority` numbers the lowest is used first; `weight` compares keys of one priority.
    """

    variable: EnvRef
    priority: int = 1
    weight: int = 1
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Provider:
    """Where models are served: a LiteLLM provider prefix, an address and its keys in order.

    `rotation` is `balanced` or `sequential`. `quota_groups`: patterns of upstream models by the name of the
    quota that they share; the provider's day begins `quota_reset` seconds after midnight (UTC).
    """

    name: str
    litellm: str
    api_base: str | EnvRef | None
    keys: tuple[ProviderKey, ...]
    rotation: str
    headers: Mapping[str, str | EnvRef]
    limits: Mapping[str, int]
    litellm_params: Mapping[str, Any]
    oauth: OAuth | None = None
    quota_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quota_reset: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def api_keys(self) -> tuple[EnvRef, ...]:
        """The keys' variables."""
        return tuple(key.variable for key in self.keys)

    @property
    def written_address(self) -> str | None:
        """As gateway.yaml says it."""
        if isinstance(self.api_base, EnvRef):
            return f"os.environ/{self.api_base.name}"
        return self.api_base

    @property
    def address(self) -> str:
        """Where it is, for people: as gateway.yaml says it, else whose own address it is."""
        return self.written_address or f"{self.litellm}'s own address"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `first_token`, `between_chunks` are None where `total` alone bounds thinking and pauses."""

    connect: float
    first_token: float | None
    total: float
    between_chunks: float | None = None

    @property
    def silent(self) -> float:
        """The longest that an upstream which accepts and then says nothing can hold a request."""
        return self.connect + (self.total if self.first_token is None else self.first_token)


@dataclass(frozen=True, slots=True)
class Upstream:
    """One (provider, upstream model id, key) that can answer for a model: a LiteLLM deployment.

    `output_tokens`: `min` and `max` of what a request may ask for.
    """

    id: str
    model: str
    provider: Provider
    upstream_model: str
    key: ProviderKey | None
    timeouts: Timeouts
    weight: int | None
    order: int | None
    limits: Mapping[str, int]
    litellm: Mapping[str, Any]
    output_tokens: Mapping[str, int] = field(default_factory=dict)

    @property
    def api_key(self) -> EnvRef | None:
        """The variable that holds the key."""
        return self.key.variable if self.key else None


@dataclass(frozen=True, slots=True)
class Model:
    """What a client asks for by name: a resolved `fragment`. `timeouts` are the longest of its upstreams'."""

    name: str
    fragment: Fragment
    description: str
    mode: str
    aliases: tuple[str, ...]
    upstreams: tuple[Upstream, ...]
    fallbacks: tuple[str, ...]
    context_window_fallbacks: tuple[str, ...]
    content_policy_fallbacks: tuple[str, ...]
    timeouts: Timeouts
    failover_within: float | None
    context_window: int | None
    max_output_tokens: int | None
    capabilities: tuple[str, ...] | None
    limits: Mapping[str, int]
    price: Mapping[str, float]
    headers: Mapping[str, Any]
    params: Mapping[str, Any]
    litellm: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chain:
    """A model and its fallbacks in the order in which they are tried.

    `unreachable` and `silent` are the most seconds until the last member is asked: when every
    member before it does not accept a connection, and when each accepts and says nothing.
    """

    members: tuple[str, ...]
    unreachable: float
    silent: float


@dataclass(frozen=True, slots=True)
class Deployment:
    """One entry of LiteLLM's `model_list`, ready to be written."""

    model_name: str
    litellm_params: Mapping[str, Any]
    model_info: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """How the proxy is reached and run: memory as Compose writes it (`2g`), `has_database` with Postgres."""

    bind: str
    port: int
    image: str
    workers: int
    network: str
    project: str
    memory: str
    cpus: float | None
    pids: int
    stop_grace_period: float
    variables: tuple[str, ...]
    has_database: bool = False


@dataclass(frozen=True, slots=True)
class RouteRule:
    """A rule of the project's own: where every condition in `when` holds, `model` answers."""

    name: str
    model: str
    when: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClaudeCode:
    """Which models stand behind Claude Code's names and kinds of request, as names of models.

    `tiers` by family (haiku, sonnet, opus), `routes` by kind (background, think, long_context,
    web_search, subagent, image, default); `long_context_threshold` in tokens.
    """

    tiers: Mapping[str, str]
    routes: Mapping[str, str]
    long_context_threshold: int
    rules: tuple[RouteRule, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that an app may use: `unit` is `tokens`, `usd` or `requests`, `per` is `day` or `month` (UTC)."""

    unit: str
    amount: float
    per: str


@dataclass(frozen=True, slots=True)
class App:
    """A client of the gateway. `models` are those that it may ask for, by their own names, the
    blueprint's order; `keys` the variables of its key and of those that still hold for a while.

    `expires` is the last day (UTC) on which its keys hold, as `2026-12-31`. `globs`: its `models` as
    they are written, which the names of a pattern are held against.
    """

    name: str
    description: str
    keys: tuple[EnvRef, ...]
    models: tuple[str, ...]
    default_model: str
    limits: Mapping[str, int]
    budget: Budget | None
    expires: str | None
    globs: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Everything resolved; `models` by name, the default first, `shared_state` the URL of a Redis."""

    default_model: str
    providers: tuple[Provider, ...]
    models: tuple[Model, ...]
    chains: Mapping[str, Chain]
    deployments: tuple[Deployment, ...]
    router_settings: Mapping[str, Any]
    litellm_settings: Mapping[str, Any]
    general_settings: Mapping[str, Any]
    server: Server
    claude_code: ClaudeCode
    variables: tuple[EnvRef, ...]
    apps: tuple[App, ...] = ()
    shared_state: EnvRef | None = None

    def names(self) -> tuple[str, ...]:
        """Every name that a client can ask for: models and aliases, sorted; none for a pattern."""
        names = (n for model in self.models for n in (model.name, *model.aliases))
        return tuple(sorted(n for n in names if "*" not in n))

    def find(self, name: str) -> Model | None:
        """The model that a client gets for `name`: its own, an alias, or `default`."""
        default = self.models[0] if name == "default" else None
        return next((m for m in self.models if name in (m.name, *m.aliases)), default)


Rendered = Mapping[str, str]
"""Rendered files: POSIX path relative to the project -> text."""


class Verb(StrEnum):
    """What happens to one rendered file."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class FileChange:
    """One rendered file against the directory: `old` is None where there is none, `new` where it goes."""

    path: str
    verb: Verb
    old: str | None = field(repr=False)
    new: str | None = field(repr=False)


class GatewayError(Exception):
    """The job could not be done: a sentence, and where likely an instruction; never a secret. Exit code 2."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
