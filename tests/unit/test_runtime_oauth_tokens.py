"""A token goes to its own provider alone, is renewed whatever the clock says, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import litellm
import pytest
from authorization_server import CLIENT, AuthorizationServer

from gateway.runtime import oauth_doubts, oauth_store, oauth_tokens
from gateway.runtime.oauth_store import Login
from gateway.runtime.oauth_tokens import Declared, OAuthTokens

NAME, BASE = "acme", "https://api.acme.example/v1"


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as server:
        yield server


def logged_in(folder: Path, server: AuthorizationServer, **more: Any) -> OAuthTokens:
    """A login that holds for an hour where `more` says nothing else."""
    server._tokens()
    times = {"obtained_at": time.time() - 600, "expires_at": time.time() + 3600, **more}
    tokens = (f"canary-{kind}-{server._count}" for kind in ("access", "refresh"))
    oauth_store.write(folder, NAME, Login(f"{server.url}/token", CLIENT, *tokens, **times))
    declared = Declared(BASE, CLIENT, f"{server.url}/token", None, None)
    return OAuthTokens({NAME: declared}, folder)


def call_to(address: str | None) -> dict[str, Any]:
    return {"model": "m", "model_info": {"gateway": {"oauth": NAME}}, "api_base": address}


def put(tokens: OAuthTokens, call: dict[str, Any]) -> str:
    asyncio.run(tokens.put_into(call))
    key: str = call["api_key"]
    return key


@pytest.mark.parametrize(
    "address",
    [
        *("https://api.acme.example:8443/v1", "http://api.acme.example/v1", None, ""),
        *("https://api.acme.example.evil.example/v1", "https://acme.example/v1", "not-an-address"),
    ],
)
def test_a_token_goes_to_its_own_origin_alone(
    tmp_path: Path, server: AuthorizationServer, address: str | None
) -> None:
    tokens = logged_in(tmp_path, server)
    assert put(tokens, call_to("https://API.acme.example:443/other")).startswith("canary-access")
    call = call_to(address)
    with pytest.raises(litellm.AuthenticationError, match="not for this address"):
        asyncio.run(tokens.put_into(call))
    assert "api_key" not in call


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0])
def test_a_refused_token_is_renewed_also_where_the_clock_was_set_back(
    tmp_path: Path, server: AuthorizationServer, ahead: float
) -> None:
    """`ahead`: the login was made by a clock that was so far ahead of today's."""
    now = time.time()
    tokens = logged_in(tmp_path, server, obtained_at=now + ahead, expires_at=now + ahead + 7200)
    first = put(tokens, call_to(BASE))
    oauth_doubts.doubt_where_refused(401)  # outside of the call's context: nothing is known of it
    assert put(tokens, call_to(BASE)) == first

    async def refused() -> None:
        await tokens.put_into(call_to(BASE))
        oauth_doubts.doubt_where_refused(401)

    asyncio.run(refused())
    assert put(tokens, call_to(BASE)) != first


def test_a_fresh_token_is_not_renewed_for_a_401(
    tmp_path: Path, server: AuthorizationServer
) -> None:
    tokens = logged_in(tmp_path, server, obtained_at=time.time() - 5)
    first = put(tokens, call_to(BASE))

    async def refused() -> None:
        await tokens.put_into(call_to(BASE))
        oauth_doubts.doubt_where_refused(401)

    asyncio.run(refused())
    assert put(tokens, call_to(BASE)) == first


def test_nobody_waits_for_ever_for_a_lock(
    tmp_path: Path, server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth_tokens, "_PATIENCE", 0.3)
    tokens = logged_in(tmp_path, server, expires_at=time.time() - 1)

    async def ask() -> str:
        """While somebody else has the lock, who does not move; and once more when it is free."""
        call = call_to(BASE)
        late = pytest.raises(litellm.APIConnectionError, match="is not renewed in")
        with oauth_store.locked(tmp_path, NAME), late:
            await tokens.put_into(call)
        monkeypatch.setattr(oauth_tokens, "_PATIENCE", 20.0)
        await tokens.put_into(call)
        return str(call["api_key"])

    assert asyncio.run(ask()).startswith("canary-access")
