"""A running stack whose `.env` holds odd values: the proxy gets them to the byte, nobody else sees them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from docker_rule import require_engine
from engine.commands import begin, soon
from engine.conftest import ENGINES, base_url
from engine.echo import echo
from engine.inspecting import inspect, proxy_environment
from engine.left_overs import left_overs
from stack.asking import Proxy
from stack.projects import Project, gateway, model, provider
from watched_command_lines import watched_command_lines

from gateway.stand_in import Behaviour, StandIn

NAMES = ("LITELLM_MASTER_KEY", "FAR_API_KEY", "ECHO_API_KEY", "BROKEN_API_KEY", "CANARY_HEADER")


@dataclass
class Guarded:
    """A stack whose values are random; `outputs` is everything that any command printed."""

    root: Path
    engine: str
    proxy: Proxy
    values: dict[str, str]
    canaries: tuple[str, ...]
    outputs: list[str] = field(default_factory=list)

    def run(self, *argv: str) -> int:
        ran = gateway(self.root, *argv)
        self.outputs += [ran.stdout, ran.stderr, " ".join(argv)]
        return ran.returncode


def _env_file(canaries: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Lines as people write them, and what Compose reads."""
    master, far, echoed, broken, header, unused = canaries
    text = (
        "# a comment\n\n"
        f"LITELLM_MASTER_KEY='sk-{master}$x\"#q'\n"
        f"FAR_API_KEY='far $${far}\\n\"x # y'   # why\n"
        f"ECHO_API_KEY= it's{echoed}\"#z   # a comment \n"
        f'export BROKEN_API_KEY = "b r {broken} #"\n'
        f"CANARY_HEADER=first\nCANARY_HEADER={header}\n"
        f'UNUSED="{unused}$HOME\nLITELLM_MASTER_KEY=not-this-one"\n'
    )
    values = {
        "LITELLM_MASTER_KEY": f'sk-{master}$x"#q',
        "FAR_API_KEY": f'far $${far}\\n"x # y',
        "ECHO_API_KEY": f"it's{echoed}\"#z",
        "BROKEN_API_KEY": f"b r {broken} #",
        "CANARY_HEADER": header,
    }
    return text, values


@pytest.fixture(scope="module", params=ENGINES)
def guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, upstream: StandIn
) -> Iterator[Guarded]:
    """Listens everywhere in docker, on IPv6 as a process. Begun with `restart`, ended with `down`."""
    engine = request.param
    if engine == "docker":
        require_engine()
    root = tmp_path_factory.mktemp("guarded")
    canaries = tuple(f"canary{secrets.token_hex(12)}" for _ in range(6))
    text, values = _env_file(canaries)
    with echo() as echo_port, watched_command_lines() as lines:
        bind, host = ("0.0.0.0", "127.0.0.1") if engine == "docker" else ("::1", "[::1]")
        port = _project(base_url(upstream, engine), echo_port, bind).write(root)
        (root / ".env").write_text(text)
        proxy = Proxy(f"http://{host}:{port}", values["LITELLM_MASTER_KEY"])
        stack = Guarded(root, engine, proxy, values, canaries)
        code = stack.run("restart", "--engine", engine)
        try:
            assert code == 0, stack.outputs
            yield stack
        finally:
            code = stack.run("down")
    assert code == 0
    assert left_overs(root) == []
    assert _found(stack, "\n".join(lines)) == []
    assert _found(stack, "\n".join(stack.outputs)) == []


def _project(url: str, echo_port: int, bind: str) -> Project:
    echoing = url.rpartition(":")[0] + f":{echo_port}"
    header = {"headers": {"X-Canary": "os.environ/CANARY_HEADER"}}
    return Project(
        providers={
            "far": provider(url, "FAR_API_KEY") | header,
            "echo": provider(f"{echoing}/v1", "ECHO_API_KEY") | header,
            "broken": provider(f"{echoing}/broken", "BROKEN_API_KEY") | header,
        },
        models={
            "cloud": model("far", "cloud-chat"),
            "resets": model("far", "cloud-resets"),
            "echo": model("echo", "m"),
            "broken": model("broken", "m"),
            "saved": model("broken", "m", "echo", "cloud"),
        },
        settings={"server": {"bind": bind}},
    )


def _found(stack: Guarded, text: str) -> list[str]:
    """The lines in which a canary sings."""
    return [line for line in text.splitlines() if any(c in line for c in stack.canaries)]


def test_the_proxy_gets_what_compose_reads(guarded: Guarded) -> None:
    got = proxy_environment(guarded.root, guarded.engine)
    assert {name: got.get(name) for name in NAMES} == guarded.values
    assert "UNUSED" not in got
    if guarded.engine == "docker":
        argv = ["docker", "compose", "--env-file", ".env", "--file", "compose/compose.yaml"]
        done = subprocess.run(
            [*argv, "config", "--format", "json"], cwd=guarded.root, capture_output=True, check=True
        )
        said = json.loads(done.stdout)["services"]["gateway"]["environment"]
        # `config` prints what a Compose file would have to say: each `$` doubled.
        assert {name: said[name].replace("$$", "$") for name in NAMES} == guarded.values
    assert guarded.proxy.models()
    assert guarded.proxy.ask("chat", "cloud").comes_from("cloud")


def test_the_upstream_gets_its_own_key_only(guarded: Guarded, upstream: StandIn) -> None:
    upstream.clear()
    assert guarded.proxy.ask("chat-stream", "cloud").is_answer
    (request,) = [each for each in upstream.requests if each.method == "POST"]
    assert request.headers["authorization"] == f"Bearer {guarded.values['FAR_API_KEY']}"
    assert request.headers["x-canary"] == guarded.values["CANARY_HEADER"]


def test_no_value_is_seen_anywhere(guarded: Guarded, upstream: StandIn) -> None:
    for argv in (
        ["validate"],
        ["validate", "--format", "json"],
        ["render"],
        ["render", "--stdout"],
        ["render", "-n"],
        ["up"],
        ["status"],
        ["status", "--format", "json"],
        ["models"],
        ["models", "--format", "json"],
        ["keys", "list"],
        ["keys", "list", "--format", "json"],
        ["keys", "check", "FAR_API_KEY"],
        ["keys", "check", "FAR_API_KEY", "--format", "json"],
        ["keys", "rotate", "master", "-n"],
        ["explain", "cloud"],
        ["explain", "GW103"],
    ):
        assert guarded.run(*argv) == 0, guarded.outputs[-3:]
    upstream.behave(Behaviour(reset=True), model="cloud-resets")
    answers = list(_failing_requests(guarded))
    upstream.heal()
    assert guarded.run("logs", "--tail", "10000") == 0

    assert _found(guarded, "\n".join(guarded.outputs)) == []
    for file in guarded.root.rglob("*"):
        if file.is_file() and file.name != ".env":
            assert _found(guarded, file.read_text("utf-8", "replace")) == [], file
    if guarded.engine == "docker":
        argv = ["docker", "logs", inspect(guarded.root)["Id"]]
        log = subprocess.run(
            argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
        ).stdout
        assert _found(guarded, log) == []
    for answer in answers:
        assert _found(guarded, answer) == []


def _failing_requests(guarded: Guarded) -> Iterator[str]:
    """What goes wrong in many ways; yields what the clients saw."""
    proxy = guarded.proxy
    for name in ("echo", "broken", "resets", "saved"):
        for kind in ("chat", "chat-stream", "messages", "messages-stream"):
            reply = proxy.ask(kind, name)
            assert name == "saved" or not reply.is_answer, (name, kind, reply)
            yield f"{name} {kind} {reply.text} {reply.error} {dict(reply.headers)}"
    for kind in ("chat", "messages"):
        wrong = proxy.ask(kind, "cloud", key=f"wrong-{guarded.canaries[1]}")
        assert wrong.status == 401
        yield f"{wrong.text} {wrong.error} {dict(wrong.headers)}"
    for headers in (
        {"x-my-key": guarded.values["LITELLM_MASTER_KEY"]},
        {"authorization": guarded.values["LITELLM_MASTER_KEY"] + "x"},
        {"authorization": f"Basic {guarded.canaries[0]}"},
        {"cookie": f"token={guarded.canaries[0]}"},
    ):
        for path in ("/v1/models", "/no/such/path"):
            answer = httpx.get(proxy.url + path, headers=headers, trust_env=False)
            assert answer.status_code == 401
            yield answer.text
    good = proxy.headers("chat")
    for body in (b'{"model": "cloud"', b'{"model": "none", "messages": []}', b"[]"):
        answer = httpx.post(
            f"{proxy.url}/v1/chat/completions", content=body, headers=good, trust_env=False
        )
        assert answer.status_code >= 400
        yield answer.text


def test_following_the_logs_until_interrupted(guarded: Guarded) -> None:
    root, engine = guarded.root, guarded.engine
    process = begin(root, "logs", "--follow", "--engine", engine)
    try:
        assert soon(_is_following(process.pid, root, engine))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, err) == (130, "")
    guarded.outputs.append(out)
    assert guarded.run("status") == 0  # only the reading ended


def _is_following(pid: int, root: Path, engine: str) -> Callable[[], bool]:
    log = str(root / ".gateway" / "proxy.log")

    def is_following() -> bool:
        if engine == "docker":
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            lines = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
            return any(b"--follow" in line for line in lines)
        links = Path(f"/proc/{pid}/fd").iterdir()
        return any(os.path.realpath(link) == log for link in links)

    return is_following
