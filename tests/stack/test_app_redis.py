"""Two real gateways that count in one Redis: together, through a kill of either, and of the Redis."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
from absence import require_program
from redis_server import PASSWORD, RedisServer
from stack.in_flight import most_at_once, slow_from_now_on
from stack.projects import MASTER_KEY, Stack, running
from stack.test_app_budgets import kill, restart, wait_for
from stack.test_apps import ask, error_of, project_at

from gateway.stand_in import Behaviour, Reply, StandIn

PROMPT, ANSWER = 15, 10  # less than what such a request holds
USAGE = {"prompt_tokens": PROMPT, "completion_tokens": ANSWER, "total_tokens": PROMPT + ANSWER}
APPS = {
    "small": {"key": "SMALL_KEY", "budget": {"tokens": 1000, "per": "month"}},
    "few": {"key": "FEW_KEY", "budget": {"requests": 7, "per": "day"}},
    "often": {"key": "SLOW_KEY", "limits": {"rpm": 10}},
    "much": {"key": "SHOP_KEY_OLD", "limits": {"tpm": 400}},
    "wide": {"key": "SHOP_KEY", "limits": {"max_parallel_requests": 3}},
    "long": {"key": "BLOG_KEY", "budget": {"tokens": 100_000, "per": "month"}},
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[StandIn]:
    with StandIn("home", script=lambda _: Reply("a word or two", usage=USAGE)) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    require_program("redis-server")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def replicas(
    upstream: StandIn, redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Stack]]:
    """One project in two places."""
    project = project_at(upstream.base_url, **APPS)
    with ExitStack() as opened:
        yield [
            opened.enter_context(
                running(
                    tmp_path_factory.mktemp("replica"),
                    type(project)(
                        project.providers,
                        project.models,
                        {
                            **project.settings,
                            "server": {"project": "shared"},
                            "state": {"redis": "REDIS_URL"},
                        },
                        {**project.values, "REDIS_URL": redis.url},
                    ),
                )
            )
            for _ in range(2)
        ]


def key(stack: Stack, app: str) -> str:
    lines = (stack.root / ".env").read_text().splitlines()
    name = APPS[app]["key"]
    return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))


def at_once(replicas: list[Stack], app: str, count: int = 50) -> list[httpx.Response]:
    value = key(replicas[0], app)
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda n: ask(replicas[n % 2], "chat", value, "one"), range(count)))


def served(answers: list[httpx.Response]) -> int:
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 429}, statuses
    return statuses.count(200)


def kept(redis: RedisServer, app: str) -> tuple[float, int]:
    """What was charged, and how many hold something."""
    keys = [name for name in redis.types() if f"{{shared/{app}}}" in name]
    spent = [float(redis.ask("GET", name)) for name in keys if ":spent:" in name]
    held = [int(redis.ask("ZCARD", name)) for name in keys if ":holds:" in name]
    return sum(spent), sum(held)


def test_a_budget_is_one_to_the_token(replicas: list[Stack], redis: RedisServer) -> None:
    count = served(at_once(replicas, "small"))
    wait_for(lambda: kept(redis, "small")[1] == 0)
    assert kept(redis, "small")[0] == count * (PROMPT + ANSWER)
    while kept(redis, "small")[0] < 1000:
        count += served(at_once(replicas, "small", 2))
        wait_for(lambda: kept(redis, "small")[1] == 0)
    assert kept(redis, "small")[0] == count * (PROMPT + ANSWER) < 1000 + 40
    for replica in replicas:
        over = ask(replica, "messages", key(replica, "small"), "one")
        assert over.status_code == 429
        assert "is used up; it begins anew at 20" in error_of(over)["message"]
    assert not (replicas[0].root / ".gateway" / "state").exists()


def test_requests_are_counted_and_not_their_tokens(
    replicas: list[Stack], redis: RedisServer, upstream: StandIn
) -> None:
    upstream.behave(Behaviour(status=400))
    assert ask(replicas[0], "chat", key(replicas[0], "few"), "one").status_code == 400
    upstream.heal()
    wait_for(lambda: kept(redis, "few")[1] == 0)
    assert served(at_once(replicas, "few")) == 7
    wait_for(lambda: kept(redis, "few") == (7, 0))
    over = ask(replicas[1], "chat", key(replicas[1], "few"), "one")
    assert "(7 requests a day) is used up" in error_of(over)["message"]


def test_limits_are_of_all_together_and_whole(replicas: list[Stack], upstream: StandIn) -> None:
    assert served(at_once(replicas, "often")) == 10
    begin = slow_from_now_on(upstream)
    try:
        assert 3 <= served(at_once(replicas, "wide", 20)) < 20
    finally:
        upstream.heal()
    assert most_at_once(upstream, begin) == 3
    wait_for(lambda: served(at_once(replicas, "wide", 1)) == 1)


def test_tokens_of_a_minute_are_those_that_answers_told(replicas: list[Stack]) -> None:
    """A request is let in at 36 tokens, about, and took 25: sixteen of them use 400 up, and not eleven."""
    count = served(at_once(replicas, "much"))
    assert count <= 400 // (PROMPT + ANSWER)
    for _ in range(40):
        if count == 400 // (PROMPT + ANSWER):
            break
        time.sleep(0.5)  # LiteLLM's record of each answer comes behind it
        count += served(at_once(replicas, "much", 1))
    assert count == 400 // (PROMPT + ANSWER)
    assert served(at_once(replicas, "much")) == 0


def test_one_that_is_killed_leaves_what_it_held(
    replicas: list[Stack], redis: RedisServer, upstream: StandIn
) -> None:
    """Its hold counts at once, and is charged within a minute by whoever asks next."""
    first, second = replicas
    assert ask(first, "chat", key(first, "long"), "one").status_code == 200
    wait_for(lambda: kept(redis, "long") == (PROMPT + ANSWER, 0))
    upstream.behave(Behaviour(delay=200))
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(_until_it_breaks, first)
        wait_for(lambda: kept(redis, "long")[1] == 1)
        kill(first)
        pending.result()
    upstream.heal()
    (member,) = redis.ask(
        "ZRANGE", next(k for k in redis.types() if "{shared/long}:holds:" in k), "0", "-1"
    ).split()
    held = float(member.partition("|")[2])

    def is_charged() -> bool:
        assert ask(second, "chat", key(second, "long"), "one").status_code == 200
        wait_for(lambda: kept(redis, "long")[1] < 2)
        asked = (kept(redis, "long")[0] - held) / (PROMPT + ANSWER)
        return asked > 0 and asked == int(asked) and kept(redis, "long")[1] == 0

    wait_for(is_charged, 60)
    restart(first)
    assert ask(first, "chat", key(first, "long"), "one").status_code == 200


def _until_it_breaks(stack: Stack) -> None:
    with pytest.raises(httpx.HTTPError):
        ask(stack, "chat", key(stack, "long"), "one")


def test_without_the_redis_nothing_is_spent(replicas: list[Stack], redis: RedisServer) -> None:
    """A budget that nobody can count is refused; a limit is counted by each process alone."""
    wait_for(lambda: kept(redis, "long")[1] == 0)
    before = kept(redis, "long")
    redis.kill()
    try:
        for replica in replicas:
            refused = ask(replica, "messages", key(replica, "long"), "one")
            assert refused.status_code == 503, refused.text
            assert "cannot count budgets now" in error_of(refused)["message"]
            assert ask(replica, "chat", key(replica, "wide"), "one").status_code == 200
            assert ask(replica, "chat", MASTER_KEY, "one").status_code == 200
    finally:
        redis.start()
    assert kept(redis, "long") == before
    for replica in replicas:
        assert ask(replica, "chat", key(replica, "long"), "one").status_code == 200
        assert ask(replica, "chat", key(replica, "small"), "one").status_code == 429
        log = replica.log_file.read_text()
        assert "budgets cannot be counted: " in log
        assert PASSWORD not in log


def test_no_rendered_file_holds_its_password(replicas: list[Stack]) -> None:
    for replica in replicas:
        rendered = [f for f in (replica.root / "compose").rglob("*") if f.is_file()]
        assert rendered
        assert not [f for f in rendered if PASSWORD.encode() in f.read_bytes()]
