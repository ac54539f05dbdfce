"""The upstream at home fails in every way, for every kind of request: the fallback's answer arrives.

Collected by the container tests again, with the same stack in real containers.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from stack.asking import KINDS, Reply
from stack.faults import ADDRESSES, BEHAVIOURS, FIRST_TOKEN, HOLES_A_KIND, SILENT, Faulty

CONNECT = 1.0
CLOUD = ("cloud", "cloud-embedding")
# Seconds for everything that is not the fault's own, beyond what answers take on a machine so busy.
SLACK = 1.5


def ask_together(faulty: Faulty, names: Mapping[str, str]) -> dict[str, Reply]:
    """One request of each kind, each to its model."""
    with ThreadPoolExecutor(len(KINDS)) as pool:
        asked = {kind: pool.submit(faulty.stack.proxy.ask, kind, names[kind]) for kind in KINDS}
        return {kind: future.result() for kind, future in asked.items()}


def ask_all(faulty: Faulty, fault: str) -> dict[str, Reply]:
    return ask_together(faulty, {kind: f"{fault}-{kind}" for kind in KINDS})


def slack(faulty: Faulty) -> float:
    """SLACK, and what the cloud's own answers take now: two cores may be busy with other tests."""
    names = {kind: CLOUD[kind == "embeddings"] for kind in KINDS}
    return SLACK + max(reply.total for reply in ask_together(faulty, names).values())


def complaints(replies: dict[str, Reply], within: float) -> list[str]:
    return [
        f"{kind}: {reply}"
        for kind, reply in replies.items()
        if not (reply.comes_from("cloud") and reply.model in CLOUD and reply.total <= within)
    ]


@pytest.mark.usefixtures("slow_replies")
@pytest.mark.parametrize("fault", [fault for fault in BEHAVIOURS if fault not in SILENT])
def test_an_upstream_that_answers_wrongly(faulty: Faulty, fault: str) -> None:
    assert complaints(ask_all(faulty, fault), slack(faulty)) == []
    assert complaints(ask_all(faulty, fault), slack(faulty)) == []


@pytest.mark.parametrize("fault", SILENT)
def test_an_upstream_that_accepts_and_says_nothing(faulty: Faulty, fault: str) -> None:
    first = ask_all(faulty, fault)
    assert complaints(first, FIRST_TOKEN + slack(faulty)) == []
    assert min(reply.total for reply in first.values()) >= FIRST_TOKEN - 0.1
    assert complaints(ask_all(faulty, fault), slack(faulty)) == []


@pytest.mark.parametrize("fault", ["refused", "unresolvable"])
def test_an_upstream_that_nobody_reaches(faulty: Faulty, fault: str) -> None:
    assert fault in ADDRESSES
    assert complaints(ask_all(faulty, fault), CONNECT + slack(faulty)) == []
    assert complaints(ask_all(faulty, fault), slack(faulty)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_host_that_is_off(faulty: Faulty, kind: str) -> None:
    """The first request waits for the connect budget, the next ones cost next to nothing."""
    proxy = faulty.stack.proxy
    end = "-embedding" if kind == "embeddings" else ""
    waits = []
    for count in range(HOLES_A_KIND):
        usual = proxy.usual(kind, f"cloud{end}")
        reply = proxy.ask(kind, f"black-hole-{count}-{kind}")
        assert reply.comes_from("cloud"), reply
        assert reply.model == f"cloud{end}"
        assert reply.upstream == f"cloud{end}@far"
        waits.append((reply.first or reply.total) - usual)
        if waits[-1] <= CONNECT + 0.2:
            break
    assert CONNECT - 0.1 <= min(waits) <= CONNECT + 0.2

    # In turn: what else this machine does falls upon both.
    differences = []
    for _ in range(15):
        pair = [proxy.ask(kind, model) for model in (f"black-hole-0-{kind}", f"cloud{end}")]
        assert all(reply.comes_from("cloud") for reply in pair)
        behind, alone = (reply.first or reply.total for reply in pair)
        differences.append(behind - alone)
    assert statistics.median(differences) <= 0.1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["other-refused", "other-black-hole"])
def test_another_providers_upstream_that_is_off(faulty: Faulty, fault: str, kind: str) -> None:
    for budget in (CONNECT, 0):
        reply = faulty.stack.proxy.ask(kind, f"{fault}-{kind}")
        assert reply.comes_from("cloud"), reply
        assert reply.total <= budget + slack(faulty)
