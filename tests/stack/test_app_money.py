"""Budgets in dollars, rules that ask for an app, and keys that change, on a real LiteLLM."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from stack.projects import MASTER_KEY, Project, Stack, gateway, model, provider, running
from stack.test_app_budgets import restart, spent, wait_for
from stack.test_apps import ask, error_of

from gateway.stand_in import Reply, StandIn

RICH, POOR, CODER, SHOP, GONE = (
    f"sk-{name}-0123456789abcdef0123456789" for name in ("rich", "poor", "coder", "shop", "gone")
)
PRICE = {"input": 10, "output": 20, "cached_input": 1}
# As OpenAI counts: what was cached is part of the prompt.
USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "total_tokens": 1100,
    "prompt_tokens_details": {"cached_tokens": 800},
}
COST = (200 * 10 + 800 * 1 + 100 * 20) / 1_000_000
APPS = {
    "rich": {"key": "RICH_KEY", "budget": {"usd": 5, "per": "month"}},
    "poor": {"key": "POOR_KEY", "models": ["cached"], "budget": {"usd": 0.01, "per": "day"}},
    "coder": {"key": ["CODER_KEY", "CODER_KEY_OLD"]},
    "shop": {"key": "SHOP_KEY", "models": ["cached", "plain"]},
    "gone": {"key": "GONE_KEY"},
}
RULES = [
    {"name": "shop", "model": "plain", "when": {"app": "shop"}},
    {"name": "coder", "model": "free", "when": {"app": "coder", "model": "claude-opus-*"}},
]


@pytest.fixture(scope="module")
def upstream() -> Iterator[StandIn]:
    with StandIn("home", script=lambda _: Reply("a word", usage=USAGE)) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def stack(upstream: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    project = Project(
        providers={"home": provider(upstream.base_url)},
        models={
            "cached": model("home", "cached", price=PRICE),
            "plain": model("home", "plain", price={"input": 10, "output": 20}),
            "free": model("home", "free"),
        },
        settings={"apps": APPS, "claude_code": {"rules": RULES}},
        values={
            "RICH_KEY": RICH, "POOR_KEY": POOR, "CODER_KEY": CODER, "SHOP_KEY": SHOP,
        },
    )  # fmt: skip
    with running(tmp_path_factory.mktemp("money"), project) as stack:
        yield stack


def charged(stack: Stack, app: str) -> float:
    wait_for(lambda: spent(stack.root, app)[1] == 0)
    return spent(stack.root, app)[0]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["chat", "messages", "responses"])
def test_an_answer_costs_what_its_price_says(stack: Stack, kind: str, *, stream: bool) -> None:
    """To the cent of a cent, and what the provider had cached at the price for that."""
    ask(stack, "chat", RICH, "free")  # makes the file
    before = charged(stack, "rich")
    assert ask(stack, kind, RICH, "cached", stream=stream).status_code == 200
    assert charged(stack, "rich") - before == pytest.approx(COST, rel=1e-6)


def test_a_model_without_a_price_costs_nothing(stack: Stack) -> None:
    assert ask(stack, "chat", RICH, "free").status_code == 200
    before = charged(stack, "rich")
    assert ask(stack, "chat", RICH, "free", stream=True).status_code == 200
    assert charged(stack, "rich") == before


def test_a_budget_in_dollars_ends(stack: Stack) -> None:
    for _ in range(3):
        assert ask(stack, "messages", POOR, "cached", stream=True).status_code == 200
        used = charged(stack, "poor")
    assert used == pytest.approx(3 * COST, rel=1e-6)
    over = ask(stack, "messages", POOR, "cached", stream=True)
    assert over.status_code == 429
    assert "(0.01 usd a day) is used up; it begins anew at 20" in error_of(over)["message"]
    assert 0 < int(over.headers["retry-after"]) <= 24 * 3600
    assert ask(stack, "chat", POOR, "cached").json()["error"]["code"] == "insufficient_quota"


def test_rules_ask_for_an_app(stack: Stack) -> None:
    def answers(key: str, name: str) -> tuple[str | None, str | None]:
        got = ask(stack, "messages", key, name)
        assert got.status_code == 200, got.text
        return got.headers.get("x-gateway-model"), got.headers.get("x-gateway-route")

    assert answers(SHOP, "claude-opus-4-5")[0] == "plain"
    assert answers(CODER, "claude-opus-4-5")[0] == "free"
    assert answers(CODER, "claude-sonnet-4-5")[0] == "cached"
    assert answers(MASTER_KEY, "claude-opus-4-5")[0] == "cached"


def test_an_app_without_a_key_is_told_how_to_get_one(stack: Stack, tmp_path: Path) -> None:
    client = tmp_path / "claude"
    client.write_text("#!/bin/sh\necho it was started\n")
    client.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for argv, code in ((["env", "claude"], 2), (["run", "cached"], 125)):
        ran = gateway(stack.root, *argv, "--app", "gone", environ=environ)
        assert ran.returncode == code, ran
        assert "GONE_KEY, the key of the app `gone`, is not set" in ran.stderr
        assert "gateway keys rotate gone" in ran.stderr
        assert ran.stdout == ""


def test_a_key_is_changed_without_a_gap(stack: Stack) -> None:
    """Both hold after one rotation; after the next the first one has ended."""
    keys = [CODER]
    for _ in range(2):
        rotated = gateway(stack.root, "keys", "rotate", "coder")
        assert rotated.returncode == 0, rotated.stderr
        found = re.search(r"^CODER_KEY=(.+)$", (stack.root / ".env").read_text(), re.MULTILINE)
        assert found is not None
        keys.append(found[1].strip("'\""))
        # What runs knows nothing of it yet.
        assert ask(stack, "chat", keys[-1], "free").status_code == 401
        assert ask(stack, "chat", keys[-2], "free").status_code == 200
        restart(stack)
        assert ask(stack, "chat", keys[-1], "free").status_code == 200
        assert ask(stack, "chat", keys[-2], "free").status_code == 200
    assert ask(stack, "chat", keys[0], "free").status_code == 401
