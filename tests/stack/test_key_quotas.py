"""Quotas of keys by the hour and the day, groups of models, and what is told of keys, on a real LiteLLM."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from stack.key_lab import KeyLab, asked, statuses
from stack.projects import (
    MASTER_KEY,
    Project,
    Stack,
    StartStack,
    forked_gateway,
    free_port,
    gateway,
    model,
)
from stack.test_app_budgets import wait_for

from gateway.stand_in import StandIn

KEYS = {f"KEY_{number}": f"key-{number}-of-the-quotas-0123" for number in (1, 2, 3)}
LONELY = "key-of-one-provider-alone-0123"
TWO = ["KEY_1", "KEY_2"]
# A provider's keys are remembered by the gateway: each test has a provider of its own.
PROVIDERS: dict[str, dict[str, Any]] = {
    "daily": {
        "rotation": "sequential",
        "api_keys": [
            {"env": "KEY_1", "limits": {"rpd": 5}},
            {"env": "KEY_2", "limits": {"rpd": 5}},
        ],
    },
    "tokens": {
        "rotation": "sequential",
        "api_keys": [{"env": "KEY_1", "limits": {"tpd": 40}}, "KEY_2"],
    },
    "grouped": {"rotation": "sequential", "api_keys": TWO, "quota_groups": {"pro": ["grouped-*"]}},
    "lonely": {"api_keys": ["KEY_1"], "limits": {"rph": 3}},
    "keyless": {"api_keys": []},
    "off": {"api_keys": ["KEY_1"], "limits": {"rpd": 100}},
    "kept": {"rotation": "sequential", "api_keys": TWO},
    "told": {"rotation": "sequential", "api_keys": ["KEY_1", "KEY_2", "KEY_3"]},
    "patient": {"rotation": "sequential", "api_keys": TWO},
    "single": {"api_keys": ["KEY_1"]},
    "spilling": {"api_keys": TWO},
    "large": {"rotation": "sequential", "api_keys": TWO},
    "long": {"rotation": "sequential", "api_keys": TWO},
    "googles": {"rotation": "sequential", "api_keys": TWO},
    "outdone": {"rotation": "sequential", "api_keys": TWO},
    "used": {"api_keys": ["LONELY_KEY"]},
    "unset": {"api_keys": ["UNSET_KEY"]},
    "counted": {"rotation": "sequential", "api_keys": TWO},
}
NAMES = {
    **{name: (name, name) for name in PROVIDERS if name not in ("grouped", "spilling", "outdone")},
    **{f"grouped-{number}": ("grouped", f"grouped-{number}") for number in (1, 2)},
    **{f"outdone-{number}": ("outdone", f"outdone-{number}") for number in (1, 2, 3, 4)},
    "apart": ("grouped", "apart"),
    "cloud": ("cloud", "cloud"),
}


@pytest.fixture(scope="module")
def running(start_stack: StartStack) -> Iterator[KeyLab]:
    with StandIn("local", api_keys=[*KEYS.values(), LONELY]) as upstream, StandIn("cloud") as cloud:
        providers: dict[str, dict[str, Any]] = {
            name: {"litellm": "openai", "api_base": upstream.base_url, **more}
            for name, more in PROVIDERS.items()
        }
        providers["keyless"]["api_base"] = cloud.base_url
        providers["cloud"] = {"litellm": "openai", "api_base": cloud.base_url, "api_keys": []}
        providers["off"]["api_base"] = f"http://127.0.0.1:{free_port()}/v1"
        models = {name: model(*where) for name, where in NAMES.items()}
        models["off"]["fallbacks"] = ["cloud"]
        models["keyless"]["limits"] = {"rpd": 2}
        models["lonely"]["fallbacks"] = ["cloud"]
        models["spilling"] = model("spilling", "spilling", "cloud")
        stack = start_stack(Project(providers, models, values={**KEYS, "LONELY_KEY": LONELY}))
        yield KeyLab(stack, upstream, KEYS)


@pytest.fixture
def lab(running: KeyLab) -> KeyLab:
    running.upstream.heal()
    running.upstream.clear()
    return running


def kill_and_start(stack: Stack) -> None:
    record = json.loads((stack.root / ".gateway" / "proxy.json").read_text())
    os.kill(record["pid"], signal.SIGKILL)
    up = forked_gateway(stack.root, "up", "--engine", "process")
    assert up.returncode == 0, up.stderr


def test_a_key_is_used_to_its_day_without_one_failing_attempt(lab: KeyLab) -> None:
    assert statuses(asked(lab.proxy, "daily", 8)) == {200: 8}
    assert lab.used() == {"KEY_1": 5, "KEY_2": 3}
    # Counts outlive the gateway.
    kill_and_start(lab.stack)
    replies = asked(lab.proxy, "daily", 4, at_once=4)
    assert statuses(replies) == {200: 2, 429: 2}
    assert lab.used() == {"KEY_1": 5, "KEY_2": 5}
    late = next(reply for reply in replies if reply.status == 429)
    assert 0 < int(late.headers["retry-after"]) <= 86400


def test_tokens_of_a_day(lab: KeyLab) -> None:
    for _ in range(8):
        assert lab.proxy.ask("chat", "tokens", text="a few words more than one").is_answer
        time.sleep(0.3)  # LiteLLM says what an answer took a moment later
    used = lab.used()
    assert 1 <= used["KEY_1"] < 8
    assert used["KEY_2"] == 8 - used["KEY_1"]
    assert lab.states("tokens")["KEY_1"]["used"][0]["today"]["tokens"] >= 40


def test_models_of_a_group_share_a_quota(lab: KeyLab) -> None:
    lab.limit("KEY_1", 0, headers={"retry-after": "300"})
    assert lab.proxy.ask("chat", "grouped-1").is_answer
    assert lab.proxy.ask("chat", "grouped-2").is_answer
    assert lab.used() == {"KEY_1": 1, "KEY_2": 2}
    lab.upstream.heal()
    assert lab.proxy.ask("chat", "apart").is_answer
    assert lab.used() == {"KEY_1": 2, "KEY_2": 2}
    told = lab.states("grouped")["KEY_1"]["left_alone"]
    assert [each["for"] for each in told] == ["the quota group pro"]


def test_a_quota_without_a_second_key_leads_to_the_fallback(lab: KeyLab) -> None:
    replies = asked(lab.proxy, "lonely", 5)
    assert statuses(replies) == {200: 5}
    assert lab.used() == {"KEY_1": 3}
    assert replies[4].comes_from("cloud")


def test_a_quota_without_a_key(lab: KeyLab) -> None:
    assert [reply.status for reply in asked(lab.proxy, "keyless", 3)] == [200, 200, 429]


def test_what_nobody_heard_is_not_counted(lab: KeyLab) -> None:
    assert all(reply.comes_from("cloud") for reply in asked(lab.proxy, "off", 10))
    time.sleep(0.5)
    assert lab.states("off")["KEY_1"]["used"][0]["today"]["requests"] <= 2


def test_what_the_upstream_stated_outlives_a_restart(lab: KeyLab) -> None:
    lab.limit("KEY_1", 0, headers={"retry-after": "7200"})
    lab.limit("KEY_2", 3, status=401, words="invalid key")
    assert statuses(asked(lab.proxy, "kept", 3)) == {200: 3}
    lab.proxy.ask("chat", "kept")
    time.sleep(0.5)
    kill_and_start(lab.stack)
    lab.upstream.heal()
    lab.upstream.clear()
    # The refused key is asked again, the exhausted one is not.
    assert statuses(asked(lab.proxy, "kept", 3)) == {200: 3}
    assert lab.used() == {"KEY_2": 3}


def test_what_is_known_is_told_and_holds_no_key(lab: KeyLab) -> None:
    lab.limit("KEY_1", 0, status=401, words="invalid key")
    lab.limit("KEY_2", 0, headers={"retry-after": "7200"})
    assert lab.proxy.ask("chat", "told").is_answer
    time.sleep(1.2)
    states = lab.states("told")
    assert states["KEY_1"]["locked"]["reason"] == "refused"
    assert 280 < states["KEY_1"]["locked"]["seconds"] <= 300
    assert states["KEY_2"]["left_alone"][0]["for"] == "told"
    assert states["KEY_3"]["used"][0]["today"]["requests"] == 1
    status = gateway(lab.stack.root, "status")
    assert "the key KEY_1 of told is refused: not used for 4m" in status.stdout
    assert "the key KEY_2 of told is exhausted for told: not used for 1h 59m" in status.stdout
    listed = gateway(lab.stack.root, "keys", "list")
    rows = [line.split() for line in listed.stdout.splitlines()]
    assert ["KEY_3", "told", "1", "request,"] in [row[:4] for row in rows]
    in_json = json.loads(gateway(lab.stack.root, "status", "--format", "json").stdout)["keys"]
    told = {each["variable"]: each for each in in_json if each["provider"] == "told"}
    assert told["KEY_1"]["left_alone"][0] == {
        "for": None, "reason": "refused",
        "until": states["KEY_1"]["locked"]["until"],
        "seconds": told["KEY_1"]["left_alone"][0]["seconds"],
    }  # fmt: skip
    listed_json = gateway(lab.stack.root, "keys", "list", "--format", "json")
    state = (lab.stack.root / ".gateway" / "state").iterdir()
    seen = [lab.proxy.get("/gateway/keys").content, *(file.read_bytes() for file in state)]
    seen += [each.stdout.encode() for each in (status, listed, listed_json)]
    for value in (*KEYS.values(), MASTER_KEY):
        assert not any(value.encode() in text for text in seen)


def test_when_a_key_was_used_last_is_told_of_every_provider(lab: KeyLab) -> None:
    before = int(time.time())
    assert lab.proxy.ask("chat", "used").is_answer
    assert lab.proxy.ask("chat", "counted").is_answer
    assert not lab.proxy.ask("chat", "unset").is_answer

    def last_uses() -> dict[tuple[str, str], float]:
        told = lab.proxy.get("/gateway/keys").json()["last_used"]
        moments = {(e["provider"], e["variable"]): datetime.fromisoformat(e["at"]) for e in told}
        return {whose: moment.timestamp() for whose, moment in moments.items()}

    found = last_uses()
    assert found["used", "LONELY_KEY"] >= before
    assert found["counted", "KEY_1"] >= before
    assert ("counted", "KEY_2") not in found
    assert ("unset", "UNSET_KEY") not in found
    text = gateway(lab.stack.root, "keys", "list").stdout
    rows = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert "last use" in rows["variable"]
    assert "just now" in rows["LONELY_KEY"]
    assert " - " in rows["UNSET_KEY"]
    listed = json.loads(gateway(lab.stack.root, "keys", "list", "--format", "json").stdout)
    by_name = {each["name"]: each["last_used"] for each in listed["variables"]}
    assert datetime.fromisoformat(by_name["LONELY_KEY"]).timestamp() == found["used", "LONELY_KEY"]
    assert by_name["UNSET_KEY"] is None
    kill_and_start(lab.stack)
    assert last_uses()["used", "LONELY_KEY"] == found["used", "LONELY_KEY"]
    state = (lab.stack.root / ".gateway" / "state").iterdir()
    seen = [text.encode(), *(file.read_bytes() for file in state)]
    assert not any(LONELY.encode() in each for each in seen)


def test_only_the_owner_is_told(lab: KeyLab) -> None:
    assert lab.proxy.get("/gateway/keys", key="").status_code == 401
    assert lab.proxy.get("/gateway/keys", key="sk-of-somebody-else-0123456789").status_code == 401


def test_a_short_wait_is_better_than_a_429(lab: KeyLab) -> None:
    lab.limit("KEY_1", 0, status=401, words="invalid key")
    lab.limit("KEY_2", 0, headers={"retry-after": "2"})
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(lab.proxy.ask, "chat", "patient") for _ in range(3)]
        wait_for(lambda: lab.used()["KEY_2"] > 0)
        lab.upstream.limit(KEYS["KEY_2"], None)
        replies = [each.result() for each in waiting]
    assert statuses(replies) == {200: 3}
    assert max(reply.total for reply in replies) > 1.5
    assert lab.used()["KEY_2"] <= 6


def test_the_only_key_of_all_is_waited_for_once(lab: KeyLab) -> None:
    lab.limit("KEY_1", 0, headers={"retry-after": "1"})
    reply = lab.proxy.ask("chat", "single")
    assert (reply.status, reply.headers["retry-after"]) == (429, "1")
    assert lab.used() == {"KEY_1": 2}


def test_nobody_waits_where_a_fallback_answers(lab: KeyLab) -> None:
    for name in TWO:
        lab.limit(name, 0, headers={"retry-after": "2"})
    for _ in range(2):
        reply = lab.proxy.ask("chat", "spilling")
        assert reply.comes_from("cloud")
        assert reply.total < 1.5


def test_a_request_larger_than_a_minute_exhausts_no_key(lab: KeyLab) -> None:
    words = "Request too large for gpt-5 on tokens per min (TPM): Limit 30000, Requested 40000."
    lab.limit("KEY_1", 0, words=words)
    assert lab.proxy.ask("chat", "large").is_answer
    lab.upstream.heal()
    assert lab.proxy.ask("chat", "large").is_answer
    assert lab.used() == {"KEY_1": 2, "KEY_2": 1}


@pytest.mark.parametrize(
    "words", ["this model's maximum context length is 100 tokens", "content_filter: flagged"]
)
def test_what_no_key_can_mend_fails_at_once(lab: KeyLab, words: str) -> None:
    for name in TWO:
        lab.limit(name, 0, status=400, words=words)
    assert lab.proxy.ask("chat", "long").status == 400
    assert lab.used() == {"KEY_1": 1}


def test_googles_word_for_a_key_that_is_none(lab: KeyLab) -> None:
    words = "API key not valid. Please pass a valid API key. (API_KEY_INVALID)"
    lab.limit("KEY_1", 0, status=400, words=words)
    assert statuses(asked(lab.proxy, "googles", 3)) == {200: 3}
    assert lab.used() == {"KEY_1": 1, "KEY_2": 3}


def test_a_key_that_others_outdo_is_locked(lab: KeyLab) -> None:
    lab.limit("KEY_1", 0, status=404, words="no such model for this account")
    for number in (1, 2, 3, 4):
        assert lab.proxy.ask("chat", f"outdone-{number}").is_answer
    assert lab.used() == {"KEY_1": 3, "KEY_2": 4}
    locked = lab.states("outdone")["KEY_1"]["locked"]
    assert locked["reason"] == "failing for 3 models that other keys serve"


def test_workers_count_together_and_tell_each_other(start_stack: StartStack) -> None:
    with StandIn("local", api_keys=KEYS.values()) as upstream:
        places = {name: PROVIDERS[name] for name in ("daily", "told")}
        providers = {
            name: {"litellm": "openai", "api_base": upstream.base_url, **more}
            for name, more in places.items()
        }
        models = {name: model(name, name) for name in places}
        stack = start_stack(Project(providers, models, {"server": {"workers": 2}}, KEYS))
        lab = KeyLab(stack, upstream, KEYS)
        assert statuses(asked(stack.proxy, "daily", 14, at_once=7)) == {200: 10, 429: 4}
        assert lab.used() == {"KEY_1": 5, "KEY_2": 5}
        upstream.clear()
        lab.limit("KEY_1", 0, headers={"retry-after": "600"})
        assert stack.proxy.ask("chat", "told").is_answer
        time.sleep(1.5)
        assert statuses(asked(stack.proxy, "told", 12, at_once=6)) == {200: 12}
        assert lab.used() == {"KEY_1": 1, "KEY_2": 13}
        told = {json.dumps(lab.states("told")["KEY_1"]["left_alone"][0]["for"]) for _ in range(8)}
        assert told == {'"told"'}
