"""Who comes in, and how the others hear of it."""

from __future__ import annotations

import asyncio
import hmac
import json
from typing import Any

import pytest

from gateway.runtime import app_keys, refusals
from gateway.runtime.app_keys import (
    caller_of,
    holder_of,
    holders_of,
    presented_keys,
    told_to_litellm,
)
from gateway.runtime.apps import Apps
from gateway.runtime.door import Door
from gateway.runtime.refusals import Refusal, body_of, drain

# pydantic's remarks on LiteLLM's types.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

KEY = "sk-master-0123456789"


@pytest.mark.parametrize(
    ("headers", "keys"),
    [
        ({}, []),
        ({"authorization": "Bearer abc"}, ["abc"]),
        ({"authorization": "bearer  abc "}, ["abc"]),
        ({"authorization": "abc"}, ["abc"]),
        ({"x-api-key": "abc"}, ["abc"]),
        ({"authorization": "Bearer "}, []),
        ({"authorization": "Bearer a", "x-api-key": "b"}, ["a", "b"]),
    ],
)
def test_presented_keys(headers: dict[str, str], keys: list[str]) -> None:
    assert presented_keys(headers) == keys


@pytest.mark.parametrize(
    "keys", [[], [""], ["wrong"], [KEY[:-1]], [KEY + "x"], [KEY.upper()], ["\udcff"]]
)
def test_a_wrong_key_belongs_to_nobody(keys: list[str]) -> None:
    assert caller_of(keys, KEY) is None


HOLDERS = (
    *holders_of((), {}, KEY),
    *(holders_of((), {}, f"sk-{name}-0123456789")[0]._replace(name=name) for name in "abc"),
)


@pytest.mark.parametrize(
    ("keys", "whose"),
    [
        ([KEY, "sk-wrong"], "master"),
        (["sk-a-0123456789", "sk-wrong"], "a"),
        (["sk-wrong", "sk-c-0123456789"], "c"),
        (["sk-wrong", "sk-worse"], None),
        ([KEY, "sk-c-0123456789"], "c"),
    ],
)
def test_every_key_is_compared_with_every_holder(
    keys: list[str], whose: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No early way out: how long it takes does not tell whose key it is."""
    compared: list[tuple[bytes, bytes]] = []
    compare = hmac.compare_digest

    def counted(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return compare(one, other)

    monkeypatch.setattr(app_keys.hmac, "compare_digest", counted)
    assert holder_of(keys, HOLDERS) == whose
    assert len(compared) == len(set(compared)) == len(keys) * len(HOLDERS)
    assert {other for _, other in compared} == {holder.digest for holder in HOLDERS}


@pytest.mark.parametrize("master_key", [None, ""])
def test_without_a_master_key_nobody_comes_in(master_key: str | None) -> None:
    assert caller_of(["", "None", "x"], master_key) is None


def test_the_master_key_is_the_admin_and_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_keys, "_master_key", lambda: KEY)
    assert caller_of(["stale", KEY], KEY) == "master"
    caller = told_to_litellm("master")
    assert caller.user_role == "proxy_admin"
    assert KEY not in repr(caller)


def test_authenticate_raises_a_401_that_echoes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_keys, "_master_key", lambda: KEY)

    class Request:
        def __init__(self) -> None:
            self.headers = {"x-api-key": "sk-wrong-canary"}

    with pytest.raises(Exception, match="missing or wrong API key") as caught:
        asyncio.run(app_keys.authenticate(Request(), "sk-wrong-canary"))
    assert getattr(caught.value, "code", None) == "401"
    assert "canary" not in str(caught.value)


def test_a_bug_keeps_everybody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise RuntimeError(KEY)

    monkeypatch.setattr(app_keys, "_master_key", fail)
    assert app_keys.find_caller({"x-api-key": KEY}) is None


@pytest.mark.parametrize(
    ("path", "headers", "is_anthropic"),
    [
        ("/v1/messages", {}, True),
        ("/v1/messages/count_tokens", {}, True),
        ("/v1/models", {"anthropic-version": "2023-06-01"}, True),
        ("/v1/models", {}, False),
        ("/v1/chat/completions", {}, False),
    ],
)
def test_the_refusal_speaks_the_callers_protocol(
    path: str, headers: dict[str, str], *, is_anthropic: bool
) -> None:
    body: Any = body_of(Refusal(401, "no"), path, headers)
    assert (body.get("type") == "error") is is_anthropic
    assert body["error"]["type"] == (
        "authentication_error" if is_anthropic else "invalid_request_error"
    )


def ask(method: str, path: str, *headers: tuple[bytes, bytes]) -> tuple[int, bytes]:
    """The status and body that a door in front of an app that answers 200 gives."""
    sent: list[Any] = []

    async def app(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Any:
        return {"type": "http.request", "body": b"{broken", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    asyncio.run(Door(app)(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


def test_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_keys, "_master_key", lambda: KEY)
    key = KEY.encode()
    assert ask("POST", "/v1/messages", (b"X-Api-Key", key))[0] == 200
    assert ask("POST", "/v1/messages", (b"authorization", b"Bearer " + key))[0] == 200
    assert ask("GET", "/health/liveliness")[0] == 200
    assert ask("OPTIONS", "/v1/messages")[0] == 200
    assert ask("GET", "/health")[0] == 401
    assert ask("GET", "/ui/")[0] == 401
    status, body = ask("POST", "/v1/messages", (b"x-api-key", b"sk-canary"))
    assert status == 401
    assert json.loads(body)["error"]["type"] == "authentication_error"
    assert b"canary" not in body


def test_a_virtual_key_is_litellms_affair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_keys, "_master_key", lambda: KEY)
    virtual = (b"x-api-key", b"sk-virtual-0123456789")
    assert ask("POST", "/v1/messages", virtual)[0] == 401
    monkeypatch.setenv("GATEWAY_VIRTUAL_KEYS", "1")
    assert ask("POST", "/v1/messages", virtual)[0] == 200
    assert ask("POST", "/v1/messages")[0] == 401
    assert ask("POST", "/vertex_ai/anything", virtual)[0] == 404


def test_an_endless_body_is_not_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_DRAIN_AT_MOST", 1000)
    reads = 0

    async def receive() -> Any:
        nonlocal reads
        reads += 1
        return {"type": "http.request", "body": 100 * b"x", "more_body": True}

    asyncio.run(drain(receive))
    assert reads == 10


def test_an_apps_key_is_its_own_and_no_placeholder_is_a_key() -> None:
    apps = Apps.from_data(
        {
            "names": {},
            "workers": 1,
            "apps": {
                name: {
                    "keys": [f"{name}_KEY", f"{name}_OLD"],
                    "models": [],
                    "answering": [],
                    "default_model": "one",
                    "limits": {},
                    "budget": None,
                    "prices": {},
                    "expires": None,
                }
                for name in ("shop", "blog", "unset")
            },
        }
    )
    environ = {
        "shop_KEY": "s1",
        "shop_OLD": "s2",
        "blog_KEY": KEY,
        "unset_KEY": "missing-unset_KEY",
    }

    def who(*keys: str) -> str | None:
        return caller_of(keys, KEY, apps, environ)

    assert (who("s1"), who("s2"), who("stale", "s2")) == ("shop", "shop", "shop")
    assert who(KEY) == "blog"  # of two with one key the one who may do less
    assert [who(k) for k in ("missing-unset_KEY", "missing-shop_KEY", "", "s")] == [None] * 4
    told = told_to_litellm("shop")
    assert (told.key_alias, told.user_role) == ("shop", "internal_user")
    assert "s1" not in repr(told)


def test_an_app_comes_in_by_the_door_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A websocket, or a gateway without its start-up hook: LiteLLM would serve it every model."""
    monkeypatch.setattr(app_keys, "find_caller", lambda _: "shop")

    class Request:
        def __init__(self) -> None:
            self.headers: dict[str, str] = {}

    with pytest.raises(Exception, match="an app cannot use this") as caught:
        asyncio.run(app_keys.authenticate(Request(), ""))
    assert getattr(caught.value, "code", None) == "403"
