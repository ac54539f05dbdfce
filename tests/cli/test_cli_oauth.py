"""`gateway keys login` and `logout`, against a strict authorization server: what is kept, and what is refused."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from authorization_server import CANARY, AuthorizationServer
from cli.command_line import Ran, run_gateway
from cli.oauth_person import NAME, Login, log_in, redirected, token_file, write_project

from gateway.stand_in import StandIn


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as server:
        yield server


def shows_nothing(ran: Ran) -> bool:
    return CANARY not in ran.out + ran.err


def test_by_a_browser(server: AuthorizationServer, tmp_path: Path) -> None:
    root = write_project(tmp_path, server, params={"audience": "https://api.example.com"})
    ran = log_in(root)
    assert ran.code == 0, ran.err
    assert "logged in to acme, for 59m; the proxy renews it by itself" in ran.err
    assert shows_nothing(ran)
    assert server.refused == []
    (asked,) = server.authorizations
    assert asked["scope"] == "models offline_access"
    assert asked["audience"] == "https://api.example.com"
    kept = json.loads(token_file(root).read_text())
    assert kept["access_token"] == f"{CANARY}access-2"
    assert kept["refresh_token"] == f"{CANARY}refresh-2"


def test_what_is_kept_is_private_and_no_other_file_holds_it(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    root = write_project(tmp_path, server)
    log_in(root)
    folder = token_file(root).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(f.stat().st_mode) == 0o600 for f in folder.glob("acme*"))
    assert (folder / ".gitignore").read_text() == "*\n"
    holding = [p for p in root.rglob("*") if p.is_file() and CANARY.encode() in p.read_bytes()]
    assert holding == [token_file(root)]


AS_SOMEBODY = (
    "-c",
    "import os; os.geteuid = lambda: 1234; os.getegid = lambda: 5678\n"
    "from gateway.cli.main import run; run()",
)


@pytest.mark.parametrize("has_env", [True, False], ids=["a .env", "no .env yet"])
def test_the_container_is_who_logged_in_also_before_the_first_render(
    server: AuthorizationServer, tmp_path: Path, has_env: bool
) -> None:
    root = write_project(tmp_path, server)
    if has_env:
        (root / ".env").write_text("LITELLM_MASTER_KEY=sk-mine\n")
    ran = log_in(root, first=AS_SOMEBODY)
    assert ran.code == 0, ran.err
    written = (root / ".env").read_text()
    assert "GATEWAY_USER=1234:5678\n" in written
    assert ("LITELLM_MASTER_KEY=sk-mine\n" in written) is has_env
    assert ("create  .env\n" in ran.err) is not has_env


def test_by_a_device_that_is_told_to_slow_down(server: AuthorizationServer, tmp_path: Path) -> None:
    server.slow_downs = 1
    login = Login(write_project(tmp_path, server, flow="device"))
    server.approve(login.hears(r"type in (\S+)"))
    ran = login.end()
    assert ran.code == 0, ran.err
    assert shows_nothing(ran)
    assert server.refused == []
    assert len(server.polls) == 2
    assert server.polls[1] - server.polls[0] >= 6, "RFC 8628: five seconds more"


def test_a_device_waits_until_somebody_says_yes_or_no(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    login = Login(write_project(tmp_path, server), "--device")
    code = login.hears(r"type in (\S+)")
    while len(server.polls) < 2:
        assert login.hears(r"(waiting)")
    server.approve(code, denied=True)
    ran = login.end()
    assert ran.code == 2
    assert "(access_denied)" in ran.err
    assert shows_nothing(ran), "the server's own words are not passed on"
    assert not token_file(tmp_path).exists()


def test_the_issuer_names_the_endpoints(server: AuthorizationServer, tmp_path: Path) -> None:
    root = write_project(tmp_path, server)
    text = (root / "gateway.yaml").read_text()
    data = json.loads(text)
    data["providers"][NAME]["oauth"] = {"issuer": server.url, "client_id": "gateway-client"}
    (root / "gateway.yaml").write_text(json.dumps(data))
    assert log_in(root).code == 0
    out = run_gateway("keys", "logout", NAME, cwd=root)
    assert out.code == 0, out.err
    assert "the server took the tokens back" in out.err
    assert server.revoked == [f"{CANARY}refresh-2", f"{CANARY}access-2"]
    assert not token_file(root).exists()
    assert shows_nothing(out)


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ({"issuer": "https://other.example.com"}, "is another issuer"),
        ({"token_endpoint": "http://example.com/token"}, "not an https address"),
        ({"code_challenge_methods_supported": ["plain"]}, "does not know PKCE with S256"),
        ({"authorization_endpoint": None}, "names no `authorization_endpoint`"),
    ],
)
def test_a_description_that_is_not_followed(
    server: AuthorizationServer, tmp_path: Path, description: dict[str, object], said: str
) -> None:
    server.description = description
    root = write_project(tmp_path, server)
    data = json.loads((root / "gateway.yaml").read_text())
    data["providers"][NAME]["oauth"] = {"issuer": server.url, "client_id": "gateway-client"}
    (root / "gateway.yaml").write_text(json.dumps(data))
    ran = run_gateway("keys", "login", NAME, "--no-browser", cwd=root)
    assert ran.code == 2
    assert said in ran.err
    assert server.authorizations == []


def test_what_is_not_the_answer_is_refused_and_does_not_end_it(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    def strangers(back: str) -> None:
        parts = urlsplit(back)
        origin = f"{parts.scheme}://{parts.netloc}"
        code = dict(parse_qsl(parts.query))["code"]
        assert httpx.get(f"{origin}/callback?code=x&state=another").status_code == 400
        assert httpx.get(f"{origin}/callback?code={code}").status_code == 400
        assert httpx.get(f"{back}&state=another").status_code == 400
        assert httpx.get(f"{origin}/other?{parts.query}").status_code == 404
        assert httpx.get(back, headers={"Host": "evil.example.com"}).status_code == 404
        assert httpx.post(back).status_code == 501

    ran = log_in(write_project(tmp_path, server), meanwhile=strangers)
    assert ran.code == 0, ran.err
    assert server.refused == []
    assert token_file(tmp_path).exists()


def test_a_second_answer_finds_nobody(server: AuthorizationServer, tmp_path: Path) -> None:
    seen = []
    assert log_in(write_project(tmp_path, server), meanwhile=seen.append).code == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(seen[0])


def test_nobody_came(server: AuthorizationServer, tmp_path: Path) -> None:
    login = Login(write_project(tmp_path, server), "--no-browser", "--timeout", "1")
    back = urlsplit(redirected(login.url()))
    httpx.get(f"http://{back.netloc}/callback?code=x&state=y")
    ran = login.end()
    assert ran.code == 2
    assert "no browser came back in 1s; 1 with another state were refused" in ran.err


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((307, {"Location": "http://127.0.0.1:9/"}, b""), "it redirects, which is not followed"),
        (
            (200, {}, b'{"access_token": "a\\nb", "token_type": "Bearer"}'),
            "that a header can carry",
        ),
        ((200, {}, b'{"access_token": "canary-x", "token_type": "mac"}'), "no bearer token"),
        ((200, {}, b"[]"), "something else than a token"),
        ((200, {}, b"x" * 2_000_000), "too long"),
        ((400, {}, b'{"error": "canary-words", "error_description": "canary-more"}'), "400"),
        ((503, {}, b"canary-page"), "it answers 503"),
    ],
)
def test_what_the_token_endpoint_may_answer(
    server: AuthorizationServer,
    tmp_path: Path,
    answer: tuple[int, dict[str, str], bytes],
    said: str,
) -> None:
    server.token_answer = answer
    ran = log_in(write_project(tmp_path, server))
    assert ran.code == 2
    assert said in ran.err
    assert shows_nothing(ran)
    assert not token_file(tmp_path).exists()


def test_an_answer_of_another_issuer(server: AuthorizationServer, tmp_path: Path) -> None:
    server.extra_redirect = {"iss": "https://other.example.com"}
    ran = log_in(write_project(tmp_path, server, issuer=server.url))
    assert ran.code == 2
    assert "another issuer's" in ran.err


def test_a_clients_secret_comes_from_its_variable(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    server.secret = f"{CANARY}client-secret"
    root = write_project(tmp_path, server, client_secret="ACME_CLIENT_SECRET")
    ran = run_gateway("keys", "login", NAME, "--no-browser", cwd=root)
    assert ran.code == 2
    assert "gateway keys set ACME_CLIENT_SECRET" in ran.err
    (root / ".env").write_text(f"LITELLM_MASTER_KEY=x\nACME_CLIENT_SECRET={server.secret}\n")
    ran = log_in(root)
    assert ran.code == 0, ran.err
    assert shows_nothing(ran)


@pytest.mark.parametrize(
    ("name", "said"),
    [("acne", "did you mean `acme`?"), ("other", "declares no `oauth`")],
)
def test_a_provider_without_a_login(
    server: AuthorizationServer, tmp_path: Path, name: str, said: str
) -> None:
    root = write_project(tmp_path, server)
    data = json.loads((root / "gateway.yaml").read_text())
    data["providers"]["other"] = {"litellm": "openai", "api_base": "http://127.0.0.1:9/v1"}
    (root / "gateway.yaml").write_text(json.dumps(data))
    (root / "models.d" / "o.yaml").write_text("provider: other\nmodel: x\n")
    ran = run_gateway("keys", "login", name, cwd=root)
    assert ran.code == 2
    assert said in ran.err


def test_a_port_that_is_taken(server: AuthorizationServer, tmp_path: Path) -> None:
    taken = f"http://localhost:{urlsplit(server.url).port}/auth/callback"
    ran = run_gateway(
        *("keys", "login", NAME, "--no-browser"),
        cwd=write_project(tmp_path, server, redirect_uri=taken),
    )
    assert ran.code == 2
    assert "is taken" in ran.err


def test_logging_out_without_being_logged_in(server: AuthorizationServer, tmp_path: Path) -> None:
    ran = run_gateway("keys", "logout", NAME, cwd=write_project(tmp_path, server))
    assert ran.code == 0
    assert "nobody was logged in to acme" in ran.err


def test_list_says_who_is_logged_in_and_no_token(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    root = write_project(tmp_path, server)
    before = run_gateway("keys", "list", cwd=root).out
    assert "acme   needs login  glm-5\n  = hint: run `gateway keys login acme`\n" in before
    log_in(root)
    after = run_gateway("keys", "list", cwd=root)
    assert "acme   logged in for 59m, then renewed  glm-5" in after.out
    data = json.loads(run_gateway("keys", "list", "--format", "json", cwd=root).out)
    (kept,) = data["logins"]
    assert kept["state"] == "logged in"
    assert 3500 < kept["expires_in"] <= 3600
    assert shows_nothing(after)
    assert CANARY not in json.dumps(data)


def test_another_client_has_to_log_in_anew(server: AuthorizationServer, tmp_path: Path) -> None:
    root = write_project(tmp_path, server)
    log_in(root)
    write_project(root, server, client_id="another")
    said = run_gateway("keys", "list", cwd=root).out
    assert "gateway.yaml names another client or server since" in said


def test_check_shows_the_token_to_its_own_provider(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    root = write_project(tmp_path, server)
    missing = run_gateway("keys", "check", cwd=root)
    assert "login acme  missing  acme: nobody is logged in: run `gateway keys login acme`" in (
        missing.out
    )
    log_in(root)
    tokens = [f"{CANARY}access-2"]
    with StandIn("acme", api_keys=tokens) as upstream:
        data = json.loads((root / "gateway.yaml").read_text())
        data["providers"][NAME]["api_base"] = upstream.base_url
        (root / "gateway.yaml").write_text(json.dumps(data))
        ran = run_gateway("keys", "check", cwd=root)
        assert "login acme  works" in ran.out, ran.out
        upstream_saw = [r.headers.get("authorization") for r in upstream.requests]
        assert f"Bearer {CANARY}access-2" in upstream_saw
    assert shows_nothing(ran)


def test_explain_says_how_to_log_in(server: AuthorizationServer, tmp_path: Path) -> None:
    said = run_gateway("explain", NAME, cwd=write_project(tmp_path, server)).out
    assert "  login       by `gateway keys login`\n  serves      glm-5\n" in said


def test_without_the_extra_it_says_what_to_install(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    root = write_project(tmp_path, server)
    without = (
        "import sys, importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'oauthlib' else real(name, *a)\n"
        "import gateway.cli.main as main; main.run()"
    )
    ran = run_gateway("keys", "login", NAME, cwd=root, first=("-c", without))
    assert ran.code == 2
    assert "pip install 'litellm-gateway[oauth]'" in ran.err
    assert run_gateway("keys", "list", cwd=root, first=("-c", without)).code == 0
