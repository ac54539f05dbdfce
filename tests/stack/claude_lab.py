"""A rendered stack with scripted upstreams comes out, and the real Claude Code client to put to it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.claude_code import Client, Outcome, installed
from stack.projects import Project, Stack, model, provider, running
from stack.scenes import Body, Scenes, calls, played, says_results

from gateway.stand_in import Reply, StandIn

MODELS = ("local", "cloud", "small", "wide", "finder", "locked")
"""Each with an upstream of its own; `cloud` stands behind `local`, and `locked` takes no key of ours."""
FRAIL = ("closed", "dark", "torn")
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


def in_two_turns(claude: Lab, client: Client, name: str, between: Callable[[], object]) -> Outcome:
    """A session on a model that uses a tool; `between` is called while the tool runs."""
    work = client.prepared({"note.txt": "the note\n"})
    tool = f"cd {work}; touch running; until [ -e done ]; do sleep 0.05; done; cat note.txt"
    claude.plays({"wait and read": [calls(("Bash", {"command": tool})), says_results("It says: ")]})

    def act() -> None:
        until = time.monotonic() + 60
        while not (work / "running").exists() and time.monotonic() < until:
            time.sleep(0.05)
        between()
        (work / "done").touch()

    actor = threading.Thread(target=act)
    actor.start()
    outcome = client.run(
        *("-p", "wait and read", "--model", name, "--dangerously-skip-permissions"),
        environ={"IS_SANDBOX": "1"},  # root may not skip them elsewhere
    )
    actor.join()
    return outcome


@contextlib.contextmanager
def lab(root: Path, *, engine: str = "process") -> Iterator[Lab]:
    """One boot, about 10 s."""
    program = installed()
    stage = Stage()
    anywhere = engine == "docker"  # a container reaches its upstreams from outside
    host = "0.0.0.0" if anywhere else "127.0.0.1"
    with contextlib.ExitStack() as stack:
        upstreams = {
            name: stack.enter_context(
                StandIn(name, host=host, script=stage, api_keys=[] if name == "locked" else None)
            )
            for name in (*MODELS, *FRAIL)
        }
        seen_from = "host.docker.internal" if anywhere else host
        runs = stack.enter_context(running(root, project(upstreams, seen_from), engine=engine))
        yield Lab(runs, stage, upstreams, program)


def project(upstreams: Mapping[str, StandIn], host: str = "127.0.0.1") -> Project:
    """A model on each upstream, at this address; `cloud` stands behind the local ones."""
    return Project(
        providers={
            name: provider(f"http://{host}:{upstream.port}/v1")
            for name, upstream in upstreams.items()
        },
        models={
            "local": model("local", "local-chat", "cloud", context_window=200_000),
            **{name: model(name, f"{name}-chat") for name in MODELS[1:]},
            **{name: model(name, f"{name}-chat", "cloud") for name in FRAIL},
        },
        settings={"claude_code": CLAUDE_CODE},
    )
