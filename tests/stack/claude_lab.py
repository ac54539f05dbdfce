"""A rendered stack with scripted upstreams comes out, and the real Claude Code client to put to it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.claude_code import Client, installed
from stack.projects import Project, Stack, model, provider, running
from stack.scenes import Body, Scenes, played

from gateway.stand_in import Reply, StandIn

MODELS = ("local", "cloud", "small", "wide", "finder")
"""Each with an upstream of its own; `cloud` stands behind `local`."""
FRAIL = ("closed", "dark")
"""Models whose upstream dies in a test, each in its own way; `cloud` stands behind them."""

CLAUDE_CODE = {
    "tiers": {"haiku": "small", "sonnet": "local", "opus": "cloud"},
    "routes": {"background": "small", "web_search": "finder", "long_context": "wide"},
}


class Stage:
    """The scenes that every upstream plays at the moment."""

    def __init__(self) -> None:
        self._script = played({})

    def plays(self, scenes: Scenes) -> None:
        self._script = played(scenes)

    def __call__(self, body: Body) -> Reply | None:
        return self._script(dict(body))


@dataclass(frozen=True, slots=True)
class Lab:
    """`upstreams` by the name of the model that they serve."""

    stack: Stack
    stage: Stage
    upstreams: dict[str, StandIn]
    program: Path

    def plays(self, scenes: Scenes) -> None:
        """From now on the upstreams say this, and have heard nothing yet."""
        self.stage.plays(scenes)
        for upstream in self.upstreams.values():
            upstream.clear()

    def heard(self, name: str) -> list[Body]:
        """The bodies that the upstream of a model was sent."""
        return [each.body for each in self.upstreams[name].requests if each.method == "POST"]

    def client(self, home: Path) -> Client:
        return Client(home, self.stack.proxy.url, self.program)


@contextlib.contextmanager
def lab(root: Path, *, engine: str = "process") -> Iterator[Lab]:
    """One boot, about 10 s."""
    program = installed()
    stage = Stage()
    with contextlib.ExitStack() as stack:
        upstreams = {
            name: stack.enter_context(StandIn(name, script=stage)) for name in (*MODELS, *FRAIL)
        }
        runs = stack.enter_context(running(root, project(upstreams), engine=engine))
        yield Lab(runs, stage, upstreams, program)


def project(upstreams: Mapping[str, StandIn]) -> Project:
    """A model on each upstream; `cloud` stands behind the local ones."""
    return Project(
        providers={name: provider(upstream.base_url) for name, upstream in upstreams.items()},
        models={
            "local": model("local", "local-chat", "cloud", context_window=200_000),
            **{name: model(name, f"{name}-chat") for name in MODELS[1:]},
            **{name: model(name, f"{name}-chat", "cloud") for name in FRAIL},
        },
        settings={"claude_code": CLAUDE_CODE},
    )
