"""Apps in a container: limits and budgets under load, what the container may write, and a kill."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest
from docker_rule import require_engine
from rig import docker
from stack.in_flight import most_at_once, read_until_it_breaks, slow_from_now_on
from stack.projects import MASTER_KEY, Stack, running
from stack.test_apps import ask, project_at

from gateway.stand_in import Behaviour, Reply, StandIn

PROMPT, ANSWER = 15, 10  # less than what such a request holds
USAGE = {"prompt_tokens": PROMPT, "completion_tokens": ANSWER, "total_tokens": PROMPT + ANSWER}
APPS = {
    "often": {"key": "SLOW_KEY", "limits": {"rpm": 10}},
    "much": {"key": "BLOG_KEY", "limits": {"tpm": 400}},
    "wide": {"key": "FEW_KEY", "limits": {"max_parallel_requests": 4}},
    "small": {"key": "SMALL_KEY", "budget": {"tokens": 1000, "per": "month"}},
    "shop": {"key": ["SHOP_KEY", "SHOP_KEY_OLD"], "models": ["one"]},
}
# Every folder that the container's user could make a file in.
_WRITABLE = """
import os
found = []
for folder, below, _ in os.walk("/"):
    below[:] = [b for b in below if os.path.join(folder, b) not in ("/proc", "/sys", "/dev")]
    try:
        path = os.path.join(folder, "gateway-test-probe")
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.unlink(path)
        found.append(folder)
    except OSError:
        pass
print("\\n".join(found))
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[StandIn]:
    require_engine()
    script = lambda _: Reply("word " * 40, usage=USAGE)  # noqa: E731
    with StandIn("home", host="0.0.0.0", script=script) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def stack(upstream: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    project = project_at(f"http://host.docker.internal:{upstream.port}/v1", **APPS)
    settings = {**project.settings, "server": {"workers": 2}}
    root = tmp_path_factory.mktemp("project")
    with running(root, replace(project, settings=settings), engine="docker") as stack:
        yield stack


def container_of(stack: Stack) -> str:
    argv = ("compose", "-f", "compose/compose.yaml", "--env-file", ".env", "ps", "--all", "--quiet")
    return docker(*argv, "gateway", cwd=stack.root).stdout.strip()


def key(stack: Stack, app: str) -> str:
    named = APPS[app]["key"]
    name = named if isinstance(named, str) else named[0]
    lines = (stack.root / ".env").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))


def served(stack: Stack, app: str, count: int = 50) -> int:
    """Of so many at once; the others were told when to come back."""
    value = key(stack, app)
    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(lambda _: ask(stack, "chat", value, "one"), range(count)))
    for answer in answers:
        assert answer.status_code == 200 or int(answer.headers["retry-after"]) > 0, answer.text
    return [answer.status_code for answer in answers].count(200)


def spent(stack: Stack) -> tuple[float, float]:
    """By `small`: what was charged, and what is held. Asked in the container: whose locks are its own."""
    path = stack.root / ".gateway" / "state" / "budgets.sqlite"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        charged, held = (
            file.execute(f"SELECT coalesce(sum(amount), 0) FROM {table}").fetchone()[0]
            for table in ("spent", "holds")
        )
    return charged, held


def wait_until_settled(stack: Stack) -> None:
    waited = threading.Event()
    for _ in range(300):
        if spent(stack)[1] == 0:
            return
        waited.wait(0.1)
    raise AssertionError("something is held for ever")


def test_fifty_at_once_get_over_no_limit(stack: Stack, upstream: StandIn) -> None:
    assert 5 <= served(stack, "often") <= 10
    assert 2 <= served(stack, "much") <= 400 // PROMPT
    begin = slow_from_now_on(upstream)
    try:
        count = served(stack, "wide")
    finally:
        upstream.heal()
    assert 2 <= most_at_once(upstream, begin) <= 4
    assert len(upstream.requests) - begin == count < 50
    assert ask(stack, "chat", key(stack, "shop"), "three").status_code == 403


def test_a_budget_holds_to_the_token_and_across_a_kill(stack: Stack, upstream: StandIn) -> None:
    count = served(stack, "small", 20)
    wait_until_settled(stack)
    assert spent(stack)[0] == count * (PROMPT + ANSWER)
    before = spent(stack)[0]
    upstream.behave(Behaviour(token_gap=1.0))
    begun = threading.Barrier(4)
    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            pool.submit(read_until_it_breaks, stack, key(stack, "small"), begun, max_tokens=16)
        begun.wait(60)
        held = spent(stack)[1]
        assert held > 0
        container = container_of(stack)
        docker("kill", "-s", "KILL", container, cwd=stack.root)
    upstream.heal()
    docker("start", container, cwd=stack.root)
    _wait_until_it_answers(stack)
    assert ask(stack, "chat", key(stack, "small"), "one").status_code == 200
    wait_until_settled(stack)
    assert spent(stack)[0] == before + held + PROMPT + ANSWER
    while spent(stack)[0] < 1000:
        assert served(stack, "small", 1) == 1
        wait_until_settled(stack)
    assert served(stack, "small") == 0
    assert spent(stack)[0] < 1000 + 40


def _wait_until_it_answers(stack: Stack) -> None:
    waited = threading.Event()
    for _ in range(600):
        with contextlib.suppress(httpx.HTTPError):
            if stack.proxy.get("/health/readiness", key=MASTER_KEY).status_code == 200:
                return
        waited.wait(0.5)
    raise AssertionError("it does not answer")


def test_the_container_may_write_what_apps_used_and_nothing_else(stack: Stack) -> None:
    assert ask(stack, "chat", key(stack, "small"), "one").status_code in (200, 429)
    argv = ("exec", container_of(stack), "python3", "-c", _WRITABLE)
    found = docker(*argv, cwd=stack.root).stdout.split()
    assert {path for path in found if not path.startswith("/tmp")} == {"/gateway/state"}
    folder = stack.root / ".gateway"
    assert folder.stat().st_mode & 0o777 == 0o700
    file = (folder / "state" / "budgets.sqlite").stat()
    assert file.st_uid == 65534
    mounts = json.loads(
        docker(
            "inspect", "--format", "{{json .Mounts}}", container_of(stack), cwd=stack.root
        ).stdout
    )
    assert [mount["Destination"] for mount in mounts if mount["RW"]] == ["/gateway/state"]
