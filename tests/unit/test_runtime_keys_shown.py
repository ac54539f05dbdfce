"""Which keys an attempt shows, and how seldom that is written down."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.runtime import key_memory
from gateway.runtime.key_ledger import KeyLedger
from gateway.runtime.key_memory import KeyMemory
from gateway.runtime.keys_shown import keys_of, keys_shown
from gateway.runtime.rotated_key import KeyId

VALUE = "sk-shown-0123456789"
ONE, TWO = KeyId("far", "ONE"), KeyId("far", "TWO")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", VALUE)
    monkeypatch.setenv("OTHER", "sk-other-0123456789")


@pytest.mark.parametrize("deployment", ["m@far", "m@far#2", "a@b@far"])
def test_a_provider_with_one_key(deployment: str) -> None:
    info = {"id": deployment}
    assert keys_shown(VALUE, info) == (ONE,)
    assert keys_of({"litellm_params": {"api_key": VALUE}, "model_info": info}) == (ONE,)


def test_two_variables_with_one_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWO", VALUE)
    assert keys_shown(VALUE, {"id": "m@far"}) == (ONE, TWO)
    said = {"provider": "far", "model": "m", "rotation": "balanced", "variable": "TWO"}
    assert keys_shown(VALUE, {"id": "m@far", "gateway": {"key": said}}) == (TWO,)


@pytest.mark.parametrize(
    ("api_key", "model_info"),
    [
        (None, {"id": "m@far"}),
        ("none", {"id": "m@far"}),
        ("a-login-token-of-no-variable", {"id": "m@far"}),
        (VALUE, None),
        (VALUE, {}),
        (VALUE, {"id": "no provider"[:0]}),
    ],
)
def test_no_key(api_key: object, model_info: object) -> None:
    assert keys_shown(api_key, model_info) == ()


def test_it_is_known_at_once_and_written_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr(key_memory.time, "time", lambda: now)
    ledger = KeyLedger(tmp_path)
    memory, other = KeyMemory(ledger), KeyMemory(KeyLedger(tmp_path))
    written: list[float] = []
    show = ledger.show

    async def counted(provider: str, variable: str, at: float) -> None:
        written.append(at)
        await show(provider, variable, at)

    monkeypatch.setattr(ledger, "show", counted)

    async def use() -> None:
        nonlocal now
        begin = now
        for now in (begin, begin + 1, begin + 59):  # noqa: B007 - the clock reads it
            memory.show([ONE])
        await asyncio.gather(*memory._writing)
        assert await memory.last_shown() == {ONE: begin + 59}
        assert await other.last_shown() == {ONE: begin}
        now = begin + 60
        memory.show([ONE])
        await asyncio.gather(*memory._writing)
        assert written == [begin, begin + 60]
        assert await other.last_shown() == {ONE: begin + 60}

    asyncio.run(use())
    for each in (ledger, other.ledger):
        each.close()


@pytest.mark.parametrize("value", [VALUE, "sk-another-0123456789"])
def test_it_outlives_a_restart_with_the_same_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """Also where nobody looked at what is known: no key of the project is shared."""
    values = {ONE: VALUE}
    monkeypatch.setattr(key_memory, "_values", lambda: values)
    first, second = (KeyMemory(KeyLedger(tmp_path)) for _ in range(2))

    async def use() -> None:
        first.show([ONE])
        await asyncio.gather(*first._writing)
        first.ledger.close()

    async def use_again() -> None:
        values[ONE] = value
        await second.look()
        assert set(await second.last_shown()) == ({ONE} if value == VALUE else set())
        second.ledger.close()

    asyncio.run(use())
    asyncio.run(use_again())
