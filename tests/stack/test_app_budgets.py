"""Budgets of apps on a real LiteLLM: what counts, how they end, and what a kill leaves of them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from stack.projects import MASTER_KEY, Stack, forked_gateway, running
from stack.test_apps import ask, error_of, project_at

from gateway.stand_in import Behaviour, StandIn

KEY = "sk-small-0123456789abcdef0123456789"
OTHER = "sk-blog-0123456789abcdef0123456789"


@pytest.fixture(scope="module")
def upstream() -> Iterator[StandIn]:
    with StandIn("home") as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def stack(upstream: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    apps = {
        "small": {
            "key": "SMALL_KEY",
            "models": ["one"],
            "budget": {"tokens": 200, "per": "month"},
        },
        "blog": {"key": "BLOG_KEY", "budget": {"tokens": 100_000, "per": "day"}},
    }
    with running(tmp_path_factory.mktemp("budgets"), project_at(upstream.base_url, **apps)) as s:
        yield s


def spent(root: Path, app: str) -> tuple[float, float]:
    """What was charged, and what is held."""
    path = root / ".gateway" / "state" / "budgets.sqlite"
    with sqlite3.connect(path) as connection:
        found = [
            connection.execute(
                f"SELECT coalesce(sum(amount), 0) FROM {table} WHERE app = ?", (app,)
            ).fetchone()[0]
            for table in ("spent", "holds")
        ]
    connection.close()
    return found[0], found[1]


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["chat", "messages", "responses", "completions"])
def test_each_answer_is_charged_what_it_says(stack: Stack, kind: str, *, stream: bool) -> None:
    before, _ = spent(stack.root, "blog") if _has_file(stack) else (0.0, 0.0)
    answer = ask(stack, kind, OTHER, "one", stream=stream)
    assert answer.status_code == 200, answer.text
    wait_for(lambda: spent(stack.root, "blog")[1] == 0)
    charged = spent(stack.root, "blog")[0] - before
    is_guessed = kind == "completions" and stream  # LiteLLM's record of it has no usage
    assert 0 < charged < (2000 if is_guessed else 200)
    if not stream:
        usage = answer.json()["usage"]
        told = usage.get("total_tokens") or usage["input_tokens"] + usage["output_tokens"]
        assert charged == told


def _has_file(stack: Stack) -> bool:
    return (stack.root / ".gateway" / "state" / "budgets.sqlite").exists()


def test_what_nobody_answers_costs_nothing(stack: Stack, upstream: StandIn) -> None:
    ask(stack, "chat", OTHER, "three")
    wait_for(lambda: spent(stack.root, "blog")[1] == 0)
    before = spent(stack.root, "blog")
    upstream.behave(Behaviour(status=400))
    assert ask(stack, "chat", OTHER, "three").status_code == 400
    upstream.heal()
    wait_for(lambda: spent(stack.root, "blog")[1] == 0)
    assert spent(stack.root, "blog") == before


def test_a_budget_holds_under_load_and_across_a_kill(stack: Stack, upstream: StandIn) -> None:
    """One after the other to the end, killed in the middle and at the end, and fifty at once."""
    assert ask(stack, "chat", KEY, "one").status_code == 200
    wait_for(lambda: spent(stack.root, "small")[1] == 0)
    first = spent(stack.root, "small")[0]
    assert 0 < first < 200
    upstream.behave(Behaviour(delay=30))
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(ask_or_none, stack)
        wait_for(lambda: spent(stack.root, "small")[1] > 0)
        held = spent(stack.root, "small")[1]
        kill(stack)
        pending.result()
    upstream.heal()
    restart(stack)
    # What was being answered when it was killed is charged as what it may have cost.
    assert ask(stack, "chat", OTHER, "one").status_code == 200
    wait_for(lambda: spent(stack.root, "small") == (first + held, 0))
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: ask(stack, "chat", KEY, "one"), range(50)))
    wait_for(lambda: spent(stack.root, "small")[1] == 0)
    while spent(stack.root, "small")[0] < 200:
        assert ask(stack, "chat", KEY, "one").status_code == 200
        wait_for(lambda: spent(stack.root, "small")[1] == 0)
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {200, 429}
    used = spent(stack.root, "small")[0]
    assert used < 200 + 60  # one answer more than there is room for
    kill(stack)
    restart(stack)
    for kind in ("chat", "messages", "embeddings", "responses"):
        over = ask(stack, kind, KEY, "one")
        assert over.status_code == 429, over.text
        assert int(over.headers["retry-after"]) > 0
        assert "is used up; it begins anew at 20" in error_of(over)["message"]
    log = stack.log_file.read_text("utf-8")
    assert 1 <= log.count("the budget of the app small (200 tokens a ") <= 2, "once a process"
    assert ask(stack, "count_tokens", KEY, "one").status_code == 200
    assert ask(stack, "chat", MASTER_KEY, "one").status_code == 200
    assert spent(stack.root, "small")[0] == used


def ask_or_none(stack: Stack) -> None:
    try:
        ask(stack, "chat", KEY, "one")
    except Exception:
        return


def record_of(stack: Stack) -> dict[str, Any]:
    """Of the process that runs."""
    record: dict[str, Any] = json.loads((stack.root / ".gateway" / "proxy.json").read_text())
    return record


def kill(stack: Stack) -> None:
    os.kill(record_of(stack)["pid"], signal.SIGKILL)


def restart(stack: Stack) -> None:
    up = forked_gateway(stack.root, "up", "--engine", "process")
    assert up.returncode == 0, up.stderr
