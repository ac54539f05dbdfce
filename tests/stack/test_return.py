"""A host is switched off and on again: who answers meanwhile, and how soon it answers again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from stack.asking import Proxy
from stack.hosts import Host
from stack.projects import Project, StartStack, model, provider

from gateway.stand_in import Behaviour, StandIn

CONNECT, PROBE_EVERY, COOLDOWN = 1.0, 5.0, 10.0
SLACK = 1.0


@dataclass(frozen=True, slots=True)
class Home:
    """A host of its own with one model, which has the cloud behind it."""

    host: Host
    upstream: StandIn
    proxy: Proxy
    model: str

    def ask(self, kind: str = "chat") -> str:
        """Who answers: `local` or `cloud`."""
        reply = self.proxy.ask(kind, self.model)
        assert reply.is_answer, reply
        return reply.text.split()[0]

    def returns_within(self, seconds: float, *, with_traffic: bool) -> float | None:
        """Seconds until it answers again, None where it does not in time."""
        began = time.monotonic()
        if not with_traffic:
            time.sleep(seconds)
            return seconds if self.ask() == "local" else None
        while (passed := time.monotonic() - began) <= seconds:
            if self.ask() == "local":
                return passed
            time.sleep(0.1)
        return None


PREFIXES = ("openai", "hosted_vllm")
NAMES = [f"{name}-{prefix}" for prefix in PREFIXES for name in ("a", "b", "c", "d", "e", "f")]


@pytest.fixture(scope="module")
def homes(start_stack: StartStack) -> Iterator[dict[str, Home]]:
    with ExitStack() as stack:
        cloud = stack.enter_context(StandIn("cloud"))
        upstreams = {name: stack.enter_context(StandIn("local")) for name in NAMES}
        hosts = {name: stack.enter_context(Host(each.port)) for name, each in upstreams.items()}
        providers = {
            name: provider(host.base_url, prefix=name.partition("-")[2])
            for name, host in hosts.items()
        }
        project = Project(
            providers={"far": provider(cloud.base_url), **providers},
            models={
                "cloud": model("far", "m"),
                **{name: model(name, "m", "cloud") for name in NAMES},
            },
        )
        proxy = start_stack(project).proxy
        yield {name: Home(hosts[name], upstreams[name], proxy, name) for name in NAMES}


def goes_and_returns(
    home: Home, *, refuses: bool, with_traffic: bool, used_before: bool = True
) -> None:
    if used_before:
        assert home.ask() == "local"
        time.sleep(1.2)
    home.host.off(refuses=refuses)
    for kind in ("chat-stream", "messages"):
        assert home.ask(kind) == "cloud"
    until = time.monotonic() + PROBE_EVERY + 1.5
    while time.monotonic() < until:
        if with_traffic:
            assert home.ask() == "cloud"
        time.sleep(0.2)
    home.host.on()
    assert home.returns_within(PROBE_EVERY + SLACK, with_traffic=with_traffic) is not None


def goes_while_it_cools_down(home: Home) -> None:
    """It answered with an error, is switched off while it is left alone, and comes back."""
    home.upstream.behave(Behaviour(status=500, times=1))
    assert home.ask() == "cloud"
    time.sleep(2)
    home.host.off()
    time.sleep(COOLDOWN)
    assert home.ask() == "cloud"
    home.host.on()
    longest = max(COOLDOWN, PROBE_EVERY) + SLACK
    assert home.returns_within(longest, with_traffic=True) is not None


def goes_and_returns_while_it_cools_down(home: Home) -> None:
    """The same, but it is back before anybody has noticed."""
    home.upstream.behave(Behaviour(status=500, times=1))
    assert home.ask() == "cloud"
    home.host.off()
    time.sleep(3)
    home.host.on()
    assert home.returns_within(COOLDOWN + SLACK, with_traffic=True) is not None


def together(jobs: list[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(job) for job in jobs]:
            future.result()


def test_traffic_returns_with_the_host(homes: dict[str, Home]) -> None:
    """Within `probe_every` and a second, whether anybody asks meanwhile or not."""

    def jobs(prefix: str) -> list[Callable[[], None]]:
        a, b, c, d, e, f = (homes[f"{name}-{prefix}"] for name in "abcdef")
        return [
            lambda: goes_and_returns(a, refuses=False, with_traffic=True),
            lambda: goes_and_returns(b, refuses=False, with_traffic=False),
            lambda: goes_and_returns(c, refuses=True, with_traffic=True),
            lambda: goes_and_returns(d, refuses=True, with_traffic=False),
            lambda: goes_while_it_cools_down(e),
            lambda: goes_and_returns_while_it_cools_down(f),
        ]

    together([job for prefix in PREFIXES for job in jobs(prefix)])


def goes_silent(home: Home, idle: float) -> None:
    """The gateway still has a connection to it, over which nothing would ever come back."""
    waits = []
    for _ in range(5):
        home.host.on()
        assert home.returns_within(PROBE_EVERY + SLACK, with_traffic=True) is not None
        usual = home.proxy.usual("chat", home.model)
        time.sleep(idle)
        home.host.off()
        began = time.monotonic()
        assert home.ask() == "cloud"
        waits.append(time.monotonic() - began - usual)
        if waits[-1] <= CONNECT + 0.2:
            break
    home.host.on()
    assert home.returns_within(PROBE_EVERY + SLACK, with_traffic=True) is not None
    assert min(waits) <= CONNECT + 0.2


def test_a_host_that_goes_silent_behind_an_open_connection(homes: dict[str, Home]) -> None:
    """As fast as one that was never heard of, whether it was in use just now or a while ago."""
    together(
        [
            lambda: goes_silent(homes["a-openai"], 0.0),
            lambda: goes_silent(homes["b-openai"], 2.0),
            lambda: goes_silent(homes["a-hosted_vllm"], 0.0),
            lambda: goes_silent(homes["b-hosted_vllm"], 2.0),
        ]
    )
