"""`gateway keys check`: each key shown once to its own provider, all at once, none where it does not belong."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from cli.command_line import Ran, run_gateway
from stack.projects import Project, model, provider

from gateway.stand_in import Behaviour, BlackHole, StandIn

KEYS = {
    name: f"canary-of-{name.lower()}-0123456789" for name in ("WORKS", "REFUSED", "OFF", "HANGS")
}
OTHER = "canary-of-somebody-else"


@dataclass(frozen=True, slots=True)
class Upstreams:
    works: StandIn
    refused: StandIn
    hangs: StandIn
    hole: BlackHole


@pytest.fixture(scope="module")
def upstreams() -> Iterator[Upstreams]:
    with ExitStack() as stack:
        enter = stack.enter_context
        yield Upstreams(
            enter(StandIn("works", api_keys=[KEYS["WORKS"]], models=["a", "b", "c"])),
            enter(StandIn("refused", api_keys=[OTHER])),
            enter(StandIn("hangs", behaviour=Behaviour(hang=True))),
            enter(BlackHole()),
        )


def project(upstreams: Upstreams) -> Project:
    hole = f"http://127.0.0.1:{upstreams.hole.port}/v1"
    return Project(
        {
            "good": provider(upstreams.works.base_url, "WORKS"),
            "bad": provider(upstreams.refused.base_url, "REFUSED"),
            "off": provider(hole, "OFF"),
            "slow": provider(upstreams.hangs.base_url, "HANGS"),
        },
        {
            "one": model("good", "a"),
            "two": model("good", "b:fast"),
            "three": model("good", "d"),
            "embedding": model("good", "e", mode="embedding"),
            "bad": model("bad", "x"),
            "off": model("off", "x"),
            "slow": model("slow", "x"),
        },
        values=KEYS,
    )


def check(root: Path, *args: str, env: dict[str, str] | None = None) -> Ran:
    ran = run_gateway("keys", "check", *args, cwd=root, env=env)
    assert "canary" not in ran.out + ran.err
    return ran


def test_one_of_each_ends_within_five_seconds(upstreams: Upstreams, tmp_path: Path) -> None:
    project(upstreams).write(tmp_path)
    began = time.monotonic()
    run_gateway("keys", "list", cwd=tmp_path)
    start = (
        time.monotonic() - began
    )  # what any command costs here and now: 0.3 s, or 4 s under load
    began = time.monotonic()
    ran = check(tmp_path)
    assert time.monotonic() - began < max(5.0, 3.5 + 2 * start)
    assert ran.code == 1, "one is refused"
    assert ran.out == (
        "WORKS    works        good: without the key it answers 401; it lists 3 models\n"
        "  = hint: three: the list has no `d`\n"
        "REFUSED  refused      bad: it answers 401\n"
        "OFF      unreachable  off: it accepts no connection\n"
        "HANGS    hangs        slow: no answer in time\n"
    )
    assert ran.err == (
        "asking 4 providers for 3s at most …\n4 keys: 1 works, 1 refused, 1 unreachable, 1 hangs\n"
    )


def test_each_key_went_once_to_its_own_provider(upstreams: Upstreams, tmp_path: Path) -> None:
    project(upstreams).write(tmp_path)
    for upstream in (upstreams.works, upstreams.refused):
        upstream.clear()
    check(tmp_path, "WORKS", "REFUSED", "--timeout", "2", "-q")
    for upstream, key in ((upstreams.works, "WORKS"), (upstreams.refused, "REFUSED")):
        seen = [(r.method, r.path, r.headers.get("authorization")) for r in upstream.requests]
        assert sorted(seen, key=str) == sorted(
            [("GET", "/v1/models", None), ("GET", "/v1/models", f"Bearer {KEYS[key]}")], key=str
        )


def test_several_keys_are_shown_once_each_and_the_list_asked_once_without(tmp_path: Path) -> None:
    keys = {"A": "canary-a-0123456789", "B": "canary-b-0123456789", "SAME": "canary-a-0123456789"}
    with StandIn("p", api_keys=[keys["A"]]) as upstream:
        providers = {"p": provider(upstream.base_url, *keys)}
        Project(providers, {"m": model("p", "p")}, values=keys).write(tmp_path)
        ran = check(tmp_path)
        seen = sorted(str(r.headers.get("authorization")) for r in upstream.requests)
    assert [line.split()[:2] for line in ran.out.splitlines()] == [
        ["A", "works"],
        ["B", "refused"],
        ["SAME", "works"],
    ]
    assert ran.err.startswith("asking 1 provider for 3s at most …\n3 keys: ")
    assert seen == [f"Bearer {keys['A']}", f"Bearer {keys['B']}", "None"]


def test_as_json_and_for_one_name(upstreams: Upstreams, tmp_path: Path) -> None:
    project(upstreams).write(tmp_path)
    ran = check(tmp_path, "WORKS", "--format", "json")
    assert (ran.code, json.loads(ran.out)) == (
        0,
        {
            "format_version": "1.0",
            "keys": [
                {
                    "name": "WORKS",
                    "provider": "good",
                    "verdict": "works",
                    "detail": "without the key it answers 401; it lists 3 models",
                    "unlisted": [{"model": "three", "upstream_model": "d"}],
                }
            ],
        },
    )


def test_a_missing_key_is_only_bad_where_it_was_asked_for(
    upstreams: Upstreams, tmp_path: Path
) -> None:
    project(upstreams).write(tmp_path)
    (tmp_path / ".env").write_text(f"LITELLM_MASTER_KEY=canary\nWORKS={KEYS['WORKS']}\n")
    ran = check(tmp_path)
    assert ran.code == 0
    assert "OFF      missing  off: not set: nothing was sent" in ran.out.splitlines()
    assert check(tmp_path, "OFF").code == 1
    ran = check(tmp_path, "LITELLM_MASTER_KEY")
    assert (ran.code, ran.out) == (0, "")
    assert "LITELLM_MASTER_KEY is no provider's key: nothing was asked" in ran.err


def test_an_unknown_name_is_2_and_a_pasted_key_is_not_repeated(
    upstreams: Upstreams, tmp_path: Path
) -> None:
    project(upstreams).write(tmp_path)
    ran = check(tmp_path, "WORK")
    assert (ran.code, ran.out) == (2, "")
    assert "  = hint: did you mean `WORKS`?" in ran.err
    assert check(tmp_path, KEYS["WORKS"]).code == 2


def test_a_list_that_is_open_proves_nothing(tmp_path: Path) -> None:
    with StandIn("open", models=["x"]) as upstream:
        Project(
            {"p": provider(upstream.base_url, "K")},
            {"m": model("p", "x"), "n": model("p", "y")},
            values={"K": "canary-0123456789"},
        ).write(tmp_path)
        ran = check(tmp_path)
    assert ran.code == 0
    assert ran.out == (
        "K  unclear  p: its list is open to everybody, and says nothing about the key\n"
        "  = hint: n: the list has no `y`\n"
    )


class Scripted(BaseHTTPRequestHandler):
    """Answers as the first part of the path says; remembers who showed what."""

    seen: ClassVar[list[tuple[str, str | None]]] = []
    elsewhere = ""

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        key = headers.get("authorization") or headers.get("x-api-key") or headers.get("api-key")
        self.seen.append((self.path, key or headers.get("x-goog-api-key")))
        what = self.path.split("/")[1]
        if what.isdecimal():
            self._say(int(what), b"{}")
        elif what == "away":
            self._say(307, b"", self.elsewhere)
        elif what == "around":
            self._say(308, b"", "/list" if key else "/401")
        elif what == "circle":
            self._say(302, b"", self.path)
        elif what == "page":
            self._say(200, b"<html>log in</html>")
        elif key or headers.get("x-goog-api-key"):
            data = {"data": [{"id": "x"}], "models": [{"name": "models/x"}]}
            self._say(200, json.dumps(data).encode())
        else:
            self._say(401, b"{}")

    def _say(self, status: int, body: bytes, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def scripted() -> Iterator[str]:
    Scripted.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "verdict", "code"),
    [
        ("403", "refused           p: it answers 403", 1),
        ("404", "no such endpoint  p: it answers 404 where a list of models would be", 0),
        ("402", "unclear           p: it answers 402", 0),
        ("429", "unclear           p: it answers 429", 0),
        ("500", "unclear           p: it answers 500", 0),
        ("page", "no such endpoint  p: what it answers is no list of models", 0),
        ("around", "works             p: without the key it answers 401; it lists 1 model", 0),
        ("circle", "unclear           p: it answers 302", 0),
    ],
)
def test_what_a_server_answers(
    path: str, verdict: str, code: int, scripted: str, tmp_path: Path
) -> None:
    values = {"K": "canary-0123456789"}
    providers = {"p": provider(f"{scripted}/{path}", "K")}
    Project(providers, {"m": model("p", "x")}, values=values).write(tmp_path)
    ran = check(tmp_path, "-q")
    assert (ran.code, ran.err) == (code, "")
    assert " ".join(ran.out.split()) == f"K {' '.join(verdict.split())}"


def test_no_key_follows_a_redirect_to_another_origin(scripted: str, tmp_path: Path) -> None:
    with StandIn("elsewhere") as elsewhere:
        Scripted.elsewhere = elsewhere.base_url
        providers = {"p": provider(f"{scripted}/away", "K")}
        values = {"K": "canary-0123456789"}
        Project(providers, {"m": model("p", "x")}, values=values).write(tmp_path)
        ran = check(tmp_path)
        assert (
            "unclear  p: it answers 307 and leads elsewhere: the key was not sent there" in ran.out
        )
        assert elsewhere.requests == []
    assert ("/away/models", "Bearer canary-0123456789") in Scripted.seen


@pytest.mark.parametrize(
    ("prefix", "path", "shown"),
    [
        ("openai", "/v1/models", "Bearer K"),
        ("hosted_vllm", "/v1/models", "Bearer K"),
        ("anthropic", "/v1/models?limit=1000", "K"),
        ("azure", "/v1/openai/models?api-version=2024-10-21", "K"),
        ("gemini", "/v1/v1beta/models?pageSize=1000", "K"),
    ],
)
def test_how_each_kind_of_provider_is_asked(
    prefix: str, path: str, shown: str, scripted: str, tmp_path: Path
) -> None:
    key = "canary-0123456789"
    providers = {"p": provider(f"{scripted}/v1", "K", prefix=prefix)}
    Project(providers, {"m": model("p", "x")}, values={"K": key}).write(tmp_path)
    ran = check(tmp_path)
    assert ran.out == "K  works  p: without the key it answers 401; it lists 1 model\n".replace(
        "; it lists 1 model", "" if prefix == "azure" else "; it lists 1 model"
    )
    assert sorted(Scripted.seen, key=str) == sorted(
        [(path, None), (path, shown.replace("K", key))], key=str
    )


def test_where_no_list_is_known_nothing_is_sent(scripted: str, tmp_path: Path) -> None:
    providers = {"p": provider(scripted, "K", prefix="replicate")}
    Project(providers, {"m": model("p", "x")}, values={"K": "canary-0123456789"}).write(tmp_path)
    ran = check(tmp_path)
    sentence = "no list of models is known for its prefix: nothing was sent"
    assert ran.out == f"K  no such endpoint  p: {sentence}\n"
    assert Scripted.seen == []


def test_an_address_and_headers_that_are_variables(scripted: str, tmp_path: Path) -> None:
    extra = {"api_base": "os.environ/WHERE", "headers": {"X-Team": "os.environ/TEAM"}}
    providers = {"p": provider("", "K") | extra}
    values = {"K": "canary-0123456789"}
    Project(providers, {"m": model("p", "x")}, values=values).write(tmp_path)
    assert check(tmp_path).out == (
        "K  unclear  p: the variable of its address is not set: nothing was sent\n"
    )
    assert check(tmp_path, env={"WHERE": f"{scripted}/list"}).out.startswith("K  works  p: ")
    assert check(tmp_path, env={"WHERE": "file:///etc/passwd"}).out == (
        "K  unreachable  p: its address is no http address\n"
    )


def test_a_proxy_of_the_environment_is_used_as_the_stack_would(tmp_path: Path) -> None:
    """The stand-in is the proxy: it sees the whole address, and no name is looked up here."""
    with StandIn("proxy", api_keys=["canary-0123456789"]) as proxy:
        providers = {"p": provider("http://provider.invalid:8080/v1", "K")}
        values = {"K": "canary-0123456789"}
        Project(providers, {"m": model("p", "x")}, values=values).write(tmp_path)
        env = {"http_proxy": proxy.url, "no_proxy": "elsewhere.invalid"}
        ran = check(tmp_path, env=env)
        targets = {request.path for request in proxy.requests}
        assert targets == {"http://provider.invalid:8080/v1/models"}, ran.out
        proxy.clear()
        ran = check(tmp_path, env=env | {"no_proxy": "provider.invalid"})
        assert "unreachable  p: its name is not known here" in ran.out
        assert proxy.requests == []


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("http://[::", " is no http address"),
        ("http://127.0.0.1:99999", " is no http address"),
        ("http://no-such-host.invalid:3128", ": its name is not known here"),
        ("http://127.0.0.1:9", ": the connection is refused"),
    ],
)
def test_what_is_wrong_with_a_proxy_is_not_said_of_the_provider(
    tmp_path: Path, proxy: str, said: str
) -> None:
    providers = {"p": provider("http://provider.invalid:8080/v1", "K")}
    Project(providers, {"m": model("p", "x")}, values={"K": "canary-0123456789"}).write(tmp_path)
    ran = check(tmp_path, env={"http_proxy": proxy})
    assert ran.out == f"K  unreachable  p: the proxy in `http_proxy`{said}\n"


def test_a_name_of_containers_says_so(tmp_path: Path) -> None:
    away = provider("http://host.docker.internal:9/v1", "AWAY")
    Project({"away": away}, {"one": model("away", "a")}, values={"AWAY": "x" * 20}).write(tmp_path)
    ran = check(tmp_path)
    assert ran.code == 0
    assert ran.out.startswith("AWAY  unreachable  away: ")
    assert ran.out.endswith(" (it exists in containers only)\n")
