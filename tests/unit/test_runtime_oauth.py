"""The kept logins and their renewal: one file, whole at every moment, and one renewal however many want it."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import socketserver
import stat
import threading
import time
from collections.abc import Iterator
from multiprocessing.pool import Pool
from pathlib import Path

import pytest
from authorization_server import CLIENT, AuthorizationServer

from gateway.runtime import oauth_doubts, oauth_grant, oauth_store
from gateway.runtime.oauth_renewal import (
    LoginNeededError,
    RenewalError,
    is_due,
    is_over,
    renew,
)
from gateway.runtime.oauth_store import Login

NAME = "acme"


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as server:
        yield server


def log_in(folder: Path, server: AuthorizationServer, *, left: float = -1.0) -> Login:
    """A login whose token has `left` seconds to go."""
    now = time.time()
    server._tokens()
    count = server._count
    login = Login(
        token_endpoint=f"{server.url}/token",
        client_id=CLIENT,
        access_token=f"canary-access-{count}",
        refresh_token=f"canary-refresh-{count}",
        obtained_at=now - 3600,
        expires_at=now + left,
    )
    oauth_store.write(folder, NAME, login)
    return login


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    login = Login("https://a.example/token", CLIENT, "access", None, 1.5, None, "https://r", True)
    oauth_store.write(tmp_path, NAME, login)
    assert oauth_store.read(tmp_path, NAME) == login
    assert stat.S_IMODE((tmp_path / "acme.json").stat().st_mode) == 0o600
    assert "access" not in repr(login)
    assert oauth_store.remove(tmp_path, NAME)
    assert not oauth_store.remove(tmp_path, NAME)
    assert oauth_store.read(tmp_path, NAME) is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"token_endpoint": 1}', "[" * 100_000, '{"access_token": "a"}', "\x00"],
)
def test_a_file_that_says_something_else_is_no_login(tmp_path: Path, text: str) -> None:
    (tmp_path / "acme.json").write_text(text)
    assert oauth_store.read(tmp_path, NAME) is None


def test_a_token_is_renewed_a_little_before_its_end() -> None:
    login = Login("https://a.example/token", CLIENT, "a", "r", 1000.0, 4600.0)
    assert not is_due(login, 4479)
    assert is_due(login, 4481)
    assert not is_over(login, 4599)
    assert is_over(login, 4600)
    short = dataclasses.replace(login, expires_at=1040.0)
    assert not is_due(short, 1029)
    assert is_due(short, 1031)
    endless = dataclasses.replace(login, expires_at=None)
    assert not is_due(endless, 1e12)


def test_a_renewal_keeps_what_the_server_does_not_replace(
    tmp_path: Path, server: AuthorizationServer
) -> None:
    server.rotates = False
    old = log_in(tmp_path, server)
    new = renew(tmp_path, NAME, None, old.access_token)
    assert new.access_token != old.access_token
    assert new.refresh_token == old.refresh_token
    assert oauth_store.read(tmp_path, NAME) == new


def renewed_elsewhere(folder: Path, used: str) -> str:
    return renew(folder, NAME, None, used).access_token


def test_processes_that_renew_at_once_make_one_renewal(
    tmp_path: Path, server: AuthorizationServer
) -> None:
    server.token_delay = 0.3
    old = log_in(tmp_path, server)
    context = multiprocessing.get_context("spawn")
    pool: Pool
    with context.Pool(4) as pool:
        found = pool.starmap(renewed_elsewhere, [(tmp_path, old.access_token)] * 8, chunksize=1)
        pool.close()
        pool.join()
    assert server.refreshes == 1
    assert server.refused == []
    kept = oauth_store.read(tmp_path, NAME)
    assert kept is not None
    assert set(found) == {kept.access_token}


def test_a_revoked_refresh_token_is_shown_once(tmp_path: Path, server: AuthorizationServer) -> None:
    old = log_in(tmp_path, server)
    server.revoke_all()
    for _ in range(3):
        with pytest.raises(LoginNeededError):
            renew(tmp_path, NAME, None, old.access_token)
    assert server.refused == ["refresh"]
    kept = oauth_store.read(tmp_path, NAME)
    assert kept is not None
    assert kept.is_refused


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((503, {}, b"canary"), "it answers 503"),
        ((401, {}, b'{"error": "invalid_client"}'), r"it answers 401 \(invalid_client\)"),
        ((302, {"Location": "/elsewhere"}, b""), "it redirects"),
        ((200, {}, b"canary"), "it answers 200"),
    ],
)
def test_what_may_pass_leaves_the_login_as_it_is(
    tmp_path: Path,
    server: AuthorizationServer,
    answer: tuple[int, dict[str, str], bytes],
    said: str,
) -> None:
    old = log_in(tmp_path, server)
    server.token_answer = answer
    with pytest.raises(RenewalError, match=said) as caught:
        renew(tmp_path, NAME, None, old.access_token)
    assert "canary" not in str(caught.value)
    assert oauth_store.read(tmp_path, NAME) == old


@pytest.fixture(params=["head", "body"])
def dripping(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server that sends a byte of its answer every 50 ms, for ever."""
    head = b"HTTP/1.1 200 OK\r\nx-more: "
    start = head if request.param == "head" else b"HTTP/1.1 200 OK\r\n\r\n"

    class Dripping(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            with contextlib.suppress(OSError):
                self.request.sendall(start)
                while True:
                    self.request.sendall(b"x")
                    time.sleep(0.05)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Dripping) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/token"
        server.shutdown()
        thread.join()


def test_a_server_that_drips_is_given_up(dripping: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth_grant, "_ALL_SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(oauth_grant.GrantError, match="it does not answer in time") as caught:
        oauth_grant.post(dripping, "grant_type=refresh_token")
    assert caught.value.may_pass
    assert 0.4 < time.monotonic() - began < 5


def test_a_refresh_token_goes_to_https_or_this_machine_alone(
    tmp_path: Path, server: AuthorizationServer
) -> None:
    old = log_in(tmp_path, server)
    plain = dataclasses.replace(old, token_endpoint="http://auth.example.com/token")
    oauth_store.write(tmp_path, NAME, plain)
    with pytest.raises(RenewalError, match="not https"):
        renew(tmp_path, NAME, None, old.access_token)


def test_whoever_waits_for_the_lock_takes_what_came(
    tmp_path: Path, server: AuthorizationServer
) -> None:
    old = log_in(tmp_path, server)
    found: list[Login] = []
    with oauth_store.locked(tmp_path, NAME):
        waiting = threading.Thread(
            target=lambda: found.append(renew(tmp_path, NAME, None, old.access_token))
        )
        waiting.start()
        time.sleep(0.2)
        other = dataclasses.replace(old, access_token="another", expires_at=time.time() + 60)
        oauth_store.write(tmp_path, NAME, other)
    waiting.join()
    assert found == [other]
    assert server.refreshes == 0


def test_a_refused_token_is_doubted_until_it_was_looked_at() -> None:
    oauth_doubts.show("token-1")
    oauth_doubts.doubt_where_refused(500)
    assert not oauth_doubts.is_doubted("token-1")
    oauth_doubts.doubt_where_refused(401)
    assert oauth_doubts.is_doubted("token-1")
    oauth_doubts.believe("token-1")
    assert not oauth_doubts.is_doubted("token-1")
    oauth_doubts.show(None)
    oauth_doubts.doubt_where_refused(401)
    assert not oauth_doubts.is_doubted("token-1")
