"""Addresses of stand-ins go in, a project with a model for every fault and kind of request comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import httpx
from stack.asking import KINDS, PLAIN_HTTP
from stack.projects import Project, Stack, model, provider

from gateway.stand_in import Behaviour

FIRST_TOKEN = 3.0
HOLES_A_KIND = 5

# What the upstream called `local` does with a request for the model `<fault>-<kind>`.
BEHAVIOURS: Mapping[str, Behaviour] = {
    "429": Behaviour(status=429),
    "429-retry-after-30": Behaviour(status=429, retry_after=30),
    "500": Behaviour(status=500),
    "503": Behaviour(status=503),
    "401": Behaviour(status=401),
    "reset": Behaviour(reset=True),
    "drop": Behaviour(drop=True),
    "web-page": Behaviour(garbage="html"),
    "nonsense-stream": Behaviour(garbage="sse-nonsense"),
    "error-with-200": Behaviour(status=200),
    "hang": Behaviour(hang=True),
    "headers-then-hang": Behaviour(headers_then_hang=True),
}
# What is wrong with the address; each kind of request has one of its own.
ADDRESSES = ("refused", "black-hole", "unresolvable")
SILENT = ("hang", "headers-then-hang")
# Upstreams that are slow and well, with the default timeouts.
SLOW = {"slow-first-token": Behaviour(delay=90), "slow-tokens": Behaviour(token_gap=20)}
# The other kind of provider prefix: LiteLLM's own HTTP client, not the OpenAI SDK.
OTHER_PREFIX = "hosted_vllm"


@dataclass(frozen=True, slots=True)
class Addresses:
    """As the gateway reaches them; `refused` and `holes` have one (or more) for each kind."""

    local: str
    cloud: str
    refused: tuple[str, ...]
    holes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Faulty:
    """A running stack of `fault_project`, and where its stand-ins are steered."""

    stack: Stack
    local: str
    cloud: str

    def behave(self, behaviour: Behaviour, model: str | None = None) -> None:
        steer(self.local, behaviour, model)

    def requests(self, name: str = "local") -> list[dict[str, Any]]:
        """What an upstream was asked, in order of arrival."""
        url = self.local if name == "local" else self.cloud
        answer = httpx.get(f"{url}/_requests", trust_env=False, verify=PLAIN_HTTP)
        found: list[dict[str, Any]] = answer.json()
        return found


def steer(url: str, behaviour: Behaviour, model: str | None = None) -> None:
    """Tell a stand-in at an address how to behave."""
    body = {**asdict(behaviour), **({"model": model} if model else {})}
    told = httpx.post(f"{url}/_behaviour", json=body, trust_env=False, verify=PLAIN_HTTP)
    told.raise_for_status()


def steer_all(url: str) -> None:
    """Have the upstream called `local` behave as the models' names say."""
    for fault, behaviour in BEHAVIOURS.items():
        for kind in KINDS:
            steer(url, behaviour, f"{fault}-{kind}")
    for name, behaviour in SLOW.items():
        steer(url, behaviour, name)


def fault_project(at: Addresses) -> Project:
    """`local` and `cloud` as in `pair_project`; the cloud's stand behind every model that fails."""
    providers = {"home": provider(at.local), "far": provider(at.cloud)}
    models: dict[str, Any] = {
        "local": model("home", "local-chat", "cloud", aliases=["house"]),
        "local-embedding": model("home", "local-emb", "cloud-embedding", mode="embedding"),
        "cloud": model("far", "cloud-chat"),
        "cloud-embedding": model("far", "cloud-emb", mode="embedding"),
    }
    for name in SLOW:
        models[name] = model("home", name, "cloud")

    def add(name: str, kind: str, at: str | None = None, prefix: str = "openai") -> None:
        if at is not None:
            providers[name] = provider(at, prefix=prefix)
        end, more = ("-embedding", {"mode": "embedding"}) if kind == "embeddings" else ("", {})
        timeouts = {"first_token": f"{FIRST_TOKEN:g}s"} if prefix == "openai" else {}
        models[name] = model(name if at else "home", name, f"cloud{end}", **more, timeouts=timeouts)

    holes, refused = iter(at.holes), iter(at.refused)
    for kind in KINDS:
        for fault in BEHAVIOURS:
            add(f"{fault}-{kind}", kind)
        add(f"refused-{kind}", kind, next(refused))
        add(f"unresolvable-{kind}", kind, f"http://no-such-host-{kind}.invalid:8080/v1")
        for count in range(HOLES_A_KIND):
            add(f"black-hole-{count}-{kind}", kind, next(holes))
        add(f"other-refused-{kind}", kind, next(refused), OTHER_PREFIX)
        add(f"other-black-hole-{kind}", kind, next(holes), OTHER_PREFIX)
    return Project(providers, models, settings={"failover": {"probe_every": "5s"}})


HOLES = (HOLES_A_KIND + 1) * len(KINDS)
REFUSED = 2 * len(KINDS)
