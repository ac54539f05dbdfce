"""Several keys of a provider that has no `api_base`: LiteLLM's own address, which a variable leads to a stand-in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from stack.projects import Project, Stack, StartStack, model

from gateway.stand_in import StandIn
from gateway.stand_in.quotas import Quota

KEYS = {f"KEY_{number}": f"key-{number}-without-address-0123" for number in (1, 2, 3)}
NAME_OF = {value: name for name, value in KEYS.items()}
# Of LiteLLM's own HTTP handler, and of the OpenAI SDK that it brings.
PREFIXES = {"openrouter": "OPENROUTER_API_BASE", "deepseek": "DEEPSEEK_API_BASE"}
REFUSALS = (401, 402, 403, 429)


@pytest.fixture(scope="module")
def running(start_stack: StartStack) -> Iterator[tuple[Stack, StandIn]]:
    with StandIn("local", api_keys=KEYS.values()) as upstream:
        places = [f"{prefix}-{status}" for prefix in PREFIXES for status in REFUSALS]
        providers: dict[str, dict[str, Any]] = {
            place: {
                "litellm": place.partition("-")[0],
                "rotation": "sequential",
                "api_keys": list(KEYS),
            }
            for place in places
        }
        models = {place: model(place, place) for place in places}
        settings = {"server": {"variables": list(PREFIXES.values())}}
        addresses = dict.fromkeys(PREFIXES.values(), upstream.base_url)
        stack = start_stack(Project(providers, models, settings, {**KEYS, **addresses}))
        yield stack, upstream


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_next_key_answers(running: tuple[Stack, StandIn], prefix: str, status: int) -> None:
    stack, upstream = running
    upstream.heal()
    upstream.clear()
    upstream.limit(KEYS["KEY_1"], Quota(2, status, words="no more"))
    replies = [stack.proxy.ask("chat", f"{prefix}-{status}") for _ in range(8)]
    assert all(reply.is_answer for reply in replies), replies
    shown = (r.headers["authorization"].removeprefix("Bearer ") for r in upstream.requests)
    assert Counter(NAME_OF[key] for key in shown) == {"KEY_1": 3, "KEY_2": 6}
