"""Limits, budgets, endpoints and requests of apps, without a LiteLLM."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.runtime import app_budgets
from gateway.runtime.app_budgets import LEASE, Budgets, _mark
from gateway.runtime.app_endpoints import Endpoint, Kind, endpoint_of
from gateway.runtime.app_limits import Limiter, Over, Ticket
from gateway.runtime.app_request import UnreadableError, asked_in, names_in_form
from gateway.runtime.app_store import Hold, SpentUp, StoreDownError
from gateway.runtime.apps import App, Apps, Budget, SharedState, load_apps

DATA: dict[str, Any] = {
    "names": {"one": "one", "uno": "one", "two": "two", "default": "two"},
    "workers": 2,
    "apps": {
        "shop": {
            "keys": ["SHOP_KEY"],
            "models": ["one"],
            "answering": ["one", "two"],
            "default_model": "one",
            "limits": {"rpm": 7, "max_parallel_requests": 1},
            "budget": {"unit": "usd", "amount": 5, "per": "month"},
            "prices": {"input": 1.0, "output": 2.0},
            "expires": "2026-12-31",
        }
    },
}
APPS = Apps.from_data(DATA)
SHOP = APPS.apps[0]
CHAT = Endpoint(Kind.ROUTED)
PLAIN = Endpoint(Kind.PLAIN)


def test_what_was_rendered_is_read(tmp_path: Path) -> None:
    assert load_apps(tmp_path).apps == ()
    (tmp_path / "apps.json").write_text(json.dumps(DATA))
    assert load_apps(tmp_path) == APPS
    (tmp_path / "apps.json").write_text('{"names": {}}')
    with pytest.raises(KeyError):
        load_apps(tmp_path)


def test_workers_share_a_limit() -> None:
    assert SHOP.limits == {"rpm": 3, "max_parallel_requests": 1}


def test_those_that_count_together_have_all_of_it() -> None:
    shared = Apps.from_data({**DATA, "redis": {"variable": "REDIS_URL", "prefix": "team"}})
    assert shared.apps[0].limits == {"rpm": 7, "max_parallel_requests": 1}
    assert shared.redis == SharedState("REDIS_URL", "team")


@pytest.mark.parametrize(
    ("asked", "model"),
    [("one", "one"), ("uno", "one"), ("two", None), ("default", "one"), (None, None), ([], None)],
)
def test_what_an_app_gets_under_a_name(asked: object, model: str | None) -> None:
    assert APPS.model_for(SHOP, asked) == model


def test_the_last_day_counts() -> None:
    assert not SHOP.is_over(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert SHOP.is_over(datetime(2027, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("method", "path", "kind", "named"),
    [
        ("POST", "/v1/chat/completions", Kind.ROUTED, None),
        ("POST", "/chat/completions", Kind.ROUTED, None),
        ("POST", "/v1/messages/count_tokens", Kind.COUNTED, None),
        ("POST", "/openai/deployments/a/b/chat/completions", Kind.ROUTED, "a/b"),
        ("POST", "/engines/one/completions", Kind.PLAIN, "one"),
        ("POST", "/v2/rerank", Kind.PLAIN, None),
        ("POST", "/v1/audio/transcriptions", Kind.FORM, None),
        ("POST", "/utils/token_counter", Kind.PLAIN, None),
        ("GET", "/v1/models", Kind.LISTED, None),
        ("GET", "/v1/models/a/b", Kind.ONE, "a/b"),
        ("POST", "/v1/models", None, None),
        ("POST", "/v1/chat/completions/", None, None),
        ("POST", "/key/generate", None, None),
        ("GET", "/v1/chat/completions", None, None),
        ("GET", "/health", None, None),
    ],
)
def test_endpoints(method: str, path: str, kind: Kind | None, named: str | None) -> None:
    found = endpoint_of(method, path)
    assert (found and found.kind, found and found.named) == (kind, named)


def asked(body: Any, endpoint: Endpoint = PLAIN, *query: str) -> tuple[object, ...]:
    return asked_in(json.dumps(body).encode(), "application/json", endpoint, SHOP, query).names


def test_every_model_that_a_request_names() -> None:
    assert asked({"model": "one"}) == ("one",)
    assert asked({"model": "default"}) == ("one",)
    assert asked({"model": "x"}, CHAT) == ()  # routes may make another of it: the hook looks
    assert asked({"model": "x", "fallbacks": ["a", {"model": "b"}, 5]}, CHAT) == ("a", "b", 5)
    assert asked({"fallbacks": "a"}, CHAT) == ("a",)
    assert asked({"model": "x"}, Endpoint(Kind.ROUTED, "path"), "q", "r") == ("path", "q", "r")
    assert asked({"model": ["a"]}) == (["a"],)


def test_what_would_ask_another_router_is_taken_out() -> None:
    raw = json.dumps({"model": "one", "user_config": {}, "mock_response": "x", "n": 1}).encode()
    assert json.loads(asked_in(raw, "", PLAIN, SHOP, ()).raw) == {"model": "one", "n": 1}


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"5", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_request(raw: bytes) -> None:
    with pytest.raises(UnreadableError):
        asked_in(raw, "application/json", PLAIN, SHOP, ())


def test_a_form_where_json_belongs_is_none() -> None:
    with pytest.raises(UnreadableError):
        asked_in(b'{"model": "one"}', "application/x-www-Form-urlencoded", PLAIN, SHOP, ())


def test_the_names_in_a_form() -> None:
    form = Endpoint(Kind.FORM, "path", answers=False)
    assert names_in_form([("model", "a"), ("model", "b"), ("n", "1")], form, ("q",)) == (
        ("path", "q", "a", "b")
    )
    for field in ("fallbacks", "fallbacks[]", "user_config"):
        with pytest.raises(UnreadableError):
            names_in_form([("model", "one"), (field, "x")], form, ())


@pytest.mark.parametrize(
    ("body", "answer"),
    [({}, 1024), ({"max_tokens": 9}, 9), ({"max_tokens": 10**9}, 4096), ({"max_tokens": -5}, 0)],
)
def test_what_an_answer_may_take(body: dict[str, int], answer: int) -> None:
    assert asked_in(json.dumps(body).encode(), "", CHAT, SHOP, ()).answer == answer


def test_a_rate_is_of_any_minute() -> None:
    limiter = Limiter({"rpm": 2})
    first, second = limiter.admit(0, 100.0), limiter.admit(0, 130.0)
    assert isinstance(first, Ticket)
    assert isinstance(second, Ticket)
    limiter.end(first)
    assert limiter.admit(0, 159.5) == Over("rpm", 1)
    assert limiter.admit(0, 131.0) == Over("rpm", 29)
    assert isinstance(limiter.admit(0, 160.0), Ticket)
    assert limiter.admit(0, 161.0) == Over("rpm", 29)


def test_so_many_at_once() -> None:
    limiter = Limiter({"max_parallel_requests": 2})
    tickets = [limiter.admit(0, 0.0) for _ in range(3)]
    assert tickets[2] == Over("max_parallel_requests", 1)
    for _ in range(2):  # the end of one is counted once
        assert isinstance(tickets[0], Ticket)
        limiter.end(tickets[0])
    assert isinstance(limiter.admit(0, 0.0), Ticket)
    assert isinstance(limiter.admit(0, 0.0), Over)


def test_what_an_app_may_not_have_is_none_of_its_minute() -> None:
    limiter = Limiter({"rpm": 1, "tpm": 100, "max_parallel_requests": 1})
    for _ in range(3):
        ticket = limiter.admit(100, 0.0)
        assert isinstance(ticket, Ticket)
        ticket.counts = False
        limiter.end(ticket)
    assert isinstance(limiter.admit(1, 0.0), Ticket)
    assert isinstance(limiter.admit(1, 0.0), Over)


def test_tokens_are_held_until_an_answer_says_them() -> None:
    limiter = Limiter({"tpm": 100})
    first = limiter.admit(90, 0.0)
    assert isinstance(limiter.admit(90, 10.0), Ticket)  # 90 of 100 were used
    assert limiter.admit(1, 20.0) == Over("tpm", 40)
    assert isinstance(first, Ticket)
    first.tokens = 5
    assert isinstance(limiter.admit(5, 20.0), Ticket)
    assert limiter.admit(1, 20.0) == Over("tpm", 40)


@pytest.fixture
def now() -> list[datetime]:
    return [datetime(2026, 1, 31, 23, 59, 30, tzinfo=UTC)]


@pytest.fixture
def budgets(tmp_path: Path, now: list[datetime]) -> Iterator[Budgets]:
    opened = Budgets(tmp_path, lambda: now[0])
    yield opened
    opened.close()


DAILY, MONTHLY = Budget("tokens", 100, "day"), Budget("tokens", 100, "month")


def hold(budgets: Budgets, budget: Budget, amount: float, app: str = "shop") -> Hold | SpentUp:
    return asyncio.run(budgets.hold(app, budget, amount))


def held(budgets: Budgets, budget: Budget, amount: float, app: str = "shop") -> Hold:
    found = hold(budgets, budget, amount, app)
    assert isinstance(found, Hold)
    return found


@pytest.mark.parametrize(("budget", "resets"), [(DAILY, (2, 1)), (MONTHLY, (2, 1))])
def test_a_budget_is_used_up_and_begins_anew(
    budgets: Budgets, now: list[datetime], budget: Budget, resets: tuple[int, int]
) -> None:
    asyncio.run(budgets.charge(held(budgets, budget, 10), 100))
    over = hold(budgets, budget, 1)
    assert isinstance(over, SpentUp)
    assert (over.seconds, over.resets, over.is_held) == (
        30,
        datetime(2026, *resets, tzinfo=UTC),
        False,
    )
    assert isinstance(hold(budgets, budget, 1, "another"), Hold)
    now[0] = datetime(2026, *resets, tzinfo=UTC)
    assert isinstance(hold(budgets, budget, 1), Hold)


def test_what_is_held_counts_until_it_is_charged(budgets: Budgets) -> None:
    first = held(budgets, DAILY, 100)
    over = hold(budgets, DAILY, 1)
    assert isinstance(over, SpentUp)
    assert over.is_held
    assert over.seconds == 5
    asyncio.run(budgets.charge(first, 30))
    asyncio.run(budgets.charge(first, 30))  # once is enough
    assert isinstance(hold(budgets, DAILY, 70), Hold)
    assert isinstance(hold(budgets, DAILY, 1), SpentUp)


def test_a_request_is_charged_to_the_day_it_began_in(budgets: Budgets, now: list[datetime]) -> None:
    first = held(budgets, DAILY, 10)
    now[0] = datetime(2026, 2, 1, 0, 0, 5, tzinfo=UTC)
    asyncio.run(budgets.charge(first, 100))
    assert isinstance(hold(budgets, DAILY, 1), Hold)


def test_what_a_killed_gateway_held_is_charged(tmp_path: Path, now: list[datetime]) -> None:
    first = Budgets(tmp_path, lambda: now[0])
    held(first, DAILY, 60)
    beside = Budgets(tmp_path, lambda: now[0])  # another worker's start is no reason to charge
    held(beside, DAILY, 1)
    assert _rows(tmp_path, "holds") == [60.0, 1.0]
    first.close()
    beside.close()
    again = Budgets(tmp_path, lambda: now[0])
    held(again, DAILY, 1)
    assert _rows(tmp_path, "spent") == [61.0]
    assert _rows(tmp_path, "holds") == [1.0]
    again.close()


def test_what_a_killed_worker_held_is_charged_by_another(
    tmp_path: Path, now: list[datetime]
) -> None:
    killed, alive = Budgets(tmp_path, lambda: now[0]), Budgets(tmp_path, lambda: now[0])
    budget = Budget("tokens", 100, "month")
    now[0] = datetime(2026, 1, 5, tzinfo=UTC)
    late = held(killed, budget, 60)
    mine = held(alive, budget, 40)
    now[0] += timedelta(seconds=LEASE - 1)
    asyncio.run(alive._run(lambda file: _mark(file, [int(mine.id)], now[0].timestamp())))
    over = hold(alive, budget, 1)
    assert isinstance(over, SpentUp)
    assert over.is_held
    now[0] += timedelta(seconds=1)
    assert isinstance(hold(alive, budget, 1), SpentUp)
    assert (_rows(tmp_path, "spent"), _rows(tmp_path, "holds")) == ([60.0], [40.0])
    asyncio.run(killed.charge(late, 5))  # it was slow, not dead: once is enough
    assert _rows(tmp_path, "spent") == [60.0]
    asyncio.run(alive.charge(mine, 0))
    assert isinstance(hold(alive, budget, 1), Hold)
    killed.close()
    alive.close()


def test_a_hold_is_renewed_as_long_as_its_request_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_budgets, "LEASE", 1.5)
    monkeypatch.setattr(app_budgets, "_RENEW_EVERY", 0.05)
    mine, other = Budgets(tmp_path), Budgets(tmp_path)

    async def work() -> None:
        first = await mine.hold("shop", DAILY, 100)
        assert isinstance(first, Hold)
        await asyncio.sleep(2.0)
        over = await other.hold("shop", DAILY, 1)
        assert isinstance(over, SpentUp)
        assert over.is_held
        await mine.charge(first, 0)
        assert isinstance(await other.hold("shop", DAILY, 1), Hold)

    asyncio.run(work())
    mine.close()
    other.close()


def test_a_file_of_before_is_read_on(tmp_path: Path, now: list[datetime]) -> None:
    connection = sqlite3.connect(tmp_path / "budgets.sqlite")
    connection.execute(
        "CREATE TABLE holds (id INTEGER PRIMARY KEY, app TEXT, unit TEXT, period TEXT, amount REAL NOT NULL)"
    )
    connection.execute("INSERT INTO holds VALUES (1, 'shop', 'tokens', '2026-01-31', 60)")
    connection.commit()
    connection.close()
    opened = Budgets(tmp_path, lambda: now[0])
    held(opened, DAILY, 1)
    assert (_rows(tmp_path, "spent"), _rows(tmp_path, "holds")) == ([60.0], [1.0])
    opened.close()


def _rows(folder: Path, table: str) -> list[float]:
    connection = sqlite3.connect(folder / "budgets.sqlite")
    found = [
        row[0] for row in connection.execute(f"SELECT amount FROM {table} ORDER BY amount DESC")
    ]
    connection.close()
    return found


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    nowhere = Budgets(tmp_path / "gone")
    with pytest.raises(StoreDownError, match=r"^FileNotFoundError$"):
        hold(nowhere, DAILY, 1)
    nowhere.close()


def test_two_workers_share_one_budget(tmp_path: Path) -> None:
    workers = [Budgets(tmp_path), Budgets(tmp_path)]

    async def ask() -> list[Hold | SpentUp]:
        asking = [workers[i % 2].hold("shop", DAILY, 10) for i in range(50)]
        return await asyncio.gather(*asking)

    found = asyncio.run(ask())
    assert sum(isinstance(each, Hold) for each in found) == 10
    for worker in workers:
        worker.close()


def test_an_app_is_frozen() -> None:
    assert isinstance(SHOP, App)
    with pytest.raises(AttributeError):
        SHOP.name = "other"  # type: ignore[misc]
