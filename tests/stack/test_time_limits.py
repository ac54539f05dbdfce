"""`timeouts` on answers that stream, stall or break; and clients that leave."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from stack.asking import CHAT_KINDS, KINDS, Proxy, Reply
from stack.faults import OTHER_PREFIX
from stack.projects import Project, StartStack, gateway, model, provider

from gateway.stand_in import Behaviour, StandIn

TOTAL = 4.0
STREAMS = ("chat-stream", "messages-stream")


@dataclass(frozen=True, slots=True)
class Limits:
    root: Path
    proxy: Proxy
    local: StandIn

    def ask_together(self, name: str, kinds: tuple[str, ...]) -> list[Reply]:
        with ThreadPoolExecutor(len(kinds)) as pool:
            names = [f"{name}-embedding" if kind == "embeddings" else name for kind in kinds]
            return list(pool.map(self.proxy.ask, kinds, names))

    def client_left(self, name: str) -> bool:
        """Whether the upstream saw its client leave, within five seconds."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            if any(r.model == name and r.client_left_early for r in self.local.requests):
                return True
            time.sleep(0.05)
        return False


@pytest.fixture(scope="module")
def project() -> Iterator[tuple[Project, StandIn]]:
    with StandIn("local") as local, StandIn("cloud") as cloud:
        quick, short = {"first_token": "2s"}, {"total": f"{TOTAL:g}s"}
        models = {
            "quick": model("home", "quick", "cloud", timeouts=quick),
            "short": model("home", "short", "cloud", timeouts=short),
            "long-stream": model("home", "long-stream", "cloud", timeouts=short),
            "short-embedding": model(
                "home", "short-e", "cloud-embedding", timeouts=short, mode="embedding"
            ),
            "other-quick": model("other", "short", "cloud", timeouts=quick),
            "other-short": model("other", "short", "cloud", timeouts=short),
            "breaking": model("home", "breaking", "cloud"),
            "left-stream": model("home", "left-stream", "cloud"),
            "left-plain": model("home", "left-plain", "cloud"),
            "draining": model("home", "draining", "cloud"),
            "cloud": model("far", "cloud"),
            "cloud-embedding": model("far", "cloud-e", mode="embedding"),
        }
        local.behave(Behaviour(delay=1, token_gap=3), model="quick")
        for name in ("short", "short-e"):
            local.behave(Behaviour(hang=True), model=name)
        local.behave(Behaviour(token_gap=1.5), model="long-stream")
        local.behave(Behaviour(reset_midway=3), model="breaking")
        local.behave(Behaviour(token_gap=1), model="left-stream")
        local.behave(Behaviour(delay=30), model="left-plain")
        local.behave(Behaviour(token_gap=1), model="draining")
        providers = {
            "home": provider(local.base_url),
            "other": provider(local.base_url, prefix=OTHER_PREFIX),
            "far": provider(cloud.base_url),
        }
        yield Project(providers, models), local


@pytest.fixture(scope="module")
def limits(start_stack: StartStack, project: tuple[Project, StandIn]) -> Limits:
    stack = start_stack(project[0])
    return Limits(stack.root, stack.proxy, project[1])


def test_after_the_first_token_gaps_may_be_longer(limits: Limits) -> None:
    for reply in limits.ask_together("quick", STREAMS):
        assert reply.comes_from("local"), reply
        assert reply.total > 9


def test_total_bounds_an_upstream_that_says_nothing(limits: Limits) -> None:
    for reply in limits.ask_together("short", KINDS):
        assert reply.comes_from("cloud"), reply
        assert TOTAL - 0.2 <= reply.total <= TOTAL + 1.5


@pytest.mark.parametrize(("name", "limit"), [("other-quick", 2.0), ("other-short", TOTAL)])
def test_the_limits_hold_for_another_provider_prefix(
    limits: Limits, name: str, limit: float
) -> None:
    for reply in limits.ask_together(name, CHAT_KINDS):
        assert reply.comes_from("cloud"), reply
        assert limit - 0.2 <= reply.total <= limit + 1.5


def test_total_ends_a_stream_that_goes_on(limits: Limits) -> None:
    """With an error: what was sent cannot be taken back, so nobody else may go on."""
    for reply in limits.ask_together("long-stream", STREAMS):
        assert reply.error is not None, reply
        assert reply.total <= TOTAL + 1.5
        assert "cloud" not in reply.text


@pytest.mark.parametrize("kind", STREAMS)
def test_an_answer_that_breaks_after_its_first_text_is_an_error(limits: Limits, kind: str) -> None:
    reply = limits.proxy.ask(kind, "breaking")
    assert reply.text.startswith("local")
    assert "cloud" not in reply.text
    assert reply.error is not None, reply


@pytest.mark.parametrize("kind", STREAMS)
def test_a_client_that_leaves_a_stream_ends_the_upstreams_work(limits: Limits, kind: str) -> None:
    limits.local.clear()
    with limits.proxy.stream(kind, "left-stream") as response:
        assert "local" in "".join(piece for piece, _ in zip(response.iter_lines(), range(9)))  # noqa: B905
    assert limits.client_left("left-stream")


@pytest.mark.parametrize("kind", ["chat", "messages"])
def test_a_client_that_gives_up_waiting_ends_the_upstreams_work(limits: Limits, kind: str) -> None:
    limits.local.clear()
    assert limits.proxy.ask(kind, "left-plain", timeout=1.5).error == httpx.ReadTimeout.__name__
    assert limits.client_left("left-plain")


def test_running_answers_finish_when_the_gateway_stops(limits: Limits) -> None:
    """The last test of this module: nothing runs afterwards."""
    with ThreadPoolExecutor(len(STREAMS)) as pool:
        asked = [pool.submit(limits.proxy.ask, kind, "draining") for kind in STREAMS]
        time.sleep(1.5)
        down = gateway(limits.root, "down", "--engine", "process")
        assert down.returncode == 0, down.stderr
        for future in asked:
            assert future.result().comes_from("local"), future.result()
    assert limits.proxy.ask("chat", "cloud").status == 0
