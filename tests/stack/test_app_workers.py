"""Apps where two workers answer: fifty at once get over no limit, and a kill loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from stack.in_flight import most_at_once, read_until_it_breaks, slow_from_now_on
from stack.projects import MASTER_KEY, Stack, running
from stack.test_app_budgets import record_of, restart, spent, wait_for
from stack.test_apps import ask, project_at

from gateway.stand_in import Behaviour, Reply, StandIn

FIFTY = 50
PROMPT, ANSWER = 15, 10  # less than what such a request holds
USAGE = {"prompt_tokens": PROMPT, "completion_tokens": ANSWER, "total_tokens": PROMPT + ANSWER}
APPS = {
    "often": {"key": "SHOP_KEY", "limits": {"rpm": 10}},
    "much": {"key": "BLOG_KEY", "limits": {"tpm": 400}},
    "wide": {"key": "FEW_KEY", "limits": {"max_parallel_requests": 4}},
    "small": {"key": "SMALL_KEY", "budget": {"tokens": 1000, "per": "month"}},
    "long": {"key": "SLOW_KEY", "budget": {"tokens": 100_000, "per": "month"}},
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[StandIn]:
    with StandIn("home", script=lambda _: Reply("word " * 40, usage=USAGE)) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def stack(upstream: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    project = project_at(upstream.base_url, **APPS)
    project = type(project)(
        project.providers,
        project.models,
        {**project.settings, "server": {"workers": 2}},
        project.values,
    )
    with running(tmp_path_factory.mktemp("workers"), project) as stack:
        yield stack


def key(stack: Stack, app: str) -> str:
    lines = (stack.root / ".env").read_text().splitlines()
    return next(x.partition("=")[2] for x in lines if x.startswith(f"{APPS[app]['key']}="))


def at_once(stack: Stack, app: str, count: int = FIFTY) -> list[httpx.Response]:
    value = key(stack, app)
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: ask(stack, "chat", value, "one"), range(count)))


def served(answers: list[httpx.Response]) -> int:
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 429}, statuses
    for answer in answers:
        assert answer.status_code == 200 or int(answer.headers["retry-after"]) > 0
    return statuses.count(200)


def workers_of(stack: Stack) -> list[int]:
    parent = record_of(stack)["pid"]
    found = subprocess.run(
        ["pgrep", "-P", str(parent)], capture_output=True, text=True, check=True
    ).stdout.split()
    return [int(pid) for pid in found]


def test_there_are_two(stack: Stack) -> None:
    assert len(workers_of(stack)) >= 2


def test_requests_in_a_minute(stack: Stack) -> None:
    """Each worker has half: all that reaches one gets five, and never more than ten in all."""
    assert 5 <= served(at_once(stack, "often")) <= 10


def test_tokens_in_a_minute(stack: Stack) -> None:
    """200 tokens a worker: with 16 asked for and 10 of prompt each, some 26 are estimated at first."""
    count = served(at_once(stack, "much"))
    while more := served(at_once(stack, "much", 10)):  # one worker may have got few of the fifty
        count += more
        assert count <= 16
    assert 2 <= count <= 16


def test_at_once(stack: Stack, upstream: StandIn) -> None:
    begin = slow_from_now_on(upstream)
    try:
        count = served(at_once(stack, "wide"))
    finally:
        upstream.heal()
    assert 2 <= most_at_once(upstream, begin) <= 4
    assert len(upstream.requests) - begin == count < FIFTY


def test_a_budget_is_of_all_workers_to_the_token(stack: Stack) -> None:
    """What was charged is what was answered; and no more were let in than there was room for."""
    first = served(at_once(stack, "small"))
    wait_for(lambda: spent(stack.root, "small")[1] == 0)
    assert spent(stack.root, "small")[0] == first * (PROMPT + ANSWER)
    count = first
    while spent(stack.root, "small")[0] < 1000:
        count += served(at_once(stack, "small", 1))
        wait_for(lambda: spent(stack.root, "small")[1] == 0)
    assert spent(stack.root, "small")[0] == count * (PROMPT + ANSWER) < 1000 + 40
    assert served(at_once(stack, "small", 10)) == 0


def test_killed_in_the_middle_of_answers(stack: Stack, upstream: StandIn) -> None:
    """Some answered, some streaming, some waiting: each answered one is charged, each other one held."""
    value = key(stack, "long")
    for _ in range(4):
        assert ask(stack, "chat", value, "one").status_code == 200
    wait_for(lambda: spent(stack.root, "long")[1] == 0)
    before = spent(stack.root, "long")[0]
    assert before == 4 * (PROMPT + ANSWER)
    upstream.behave(Behaviour(token_gap=1.0))
    begun = threading.Barrier(7)
    with ThreadPoolExecutor(6) as pool:
        for _ in range(6):
            pool.submit(read_until_it_breaks, stack, value, begun)
        begun.wait(30)  # each has had its first words
        held = spent(stack.root, "long")[1]
        assert held > 0
        kill_all(stack)
    upstream.heal()
    restart(stack)
    assert ask(stack, "chat", key(stack, "small"), "one").status_code == 429  # opens the file
    wait_for(lambda: spent(stack.root, "long") == (before + held, 0))


def kill_all(stack: Stack) -> None:
    """As the machine's end would: the parent and each worker."""
    workers = workers_of(stack)
    for pid in (record_of(stack)["pid"], *workers):
        os.kill(pid, signal.SIGKILL)


def test_a_parent_that_is_killed_alone_leaves_nothing_in_the_way(stack: Stack) -> None:
    """Its workers outlive it, on its port."""
    workers = workers_of(stack)
    os.kill(record_of(stack)["pid"], signal.SIGKILL)
    assert all(Path(f"/proc/{pid}/exe").exists() for pid in workers)
    restart(stack)
    assert not any(Path(f"/proc/{pid}/exe").exists() for pid in workers)
    assert ask(stack, "chat", MASTER_KEY, "one").status_code == 200
