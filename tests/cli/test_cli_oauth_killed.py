"""kill -9 at every step of a login and of a renewal: the old tokens or the new ones, whole and private."""

from __future__ import annotations

import json
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from authorization_server import CLIENT, AuthorizationServer
from cli.oauth_person import NAME, token_file, write_project
from killed import Killer

Make = Callable[[int], Path]
OLD = "canary-access-old"
# The person: a thread of the process, which goes where the command says.
LOGIN = """
import re, sys, threading, urllib.request
class Terminal:
    def __init__(self): self.said = ""
    def write(self, text):
        self.said += text
        found = re.search(r"(http\\S+/authorize\\S+)\\n", text)
        if found:
            threading.Thread(target=lambda: urllib.request.urlopen(found[1]).read(), daemon=True).start()
    def flush(self): pass
    def isatty(self): return False
sys.stderr = Terminal()
import gateway.cli.main as main; main.run()
"""
RENEW = f"""
from pathlib import Path
from gateway.runtime.oauth_renewal import renew
renew(Path(".gateway/oauth"), {NAME!r}, None, {OLD!r})
"""
PRELOAD = [
    *("gateway.cli.main", "gateway.cli.keys_login", "gateway.keys.oauth_login"),
    *(
        "gateway.keys.oauth_server",
        "gateway.runtime.oauth_renewal",
        "jsonschema_rs",
        "urllib.request",
    ),
    *("anyio._backends._asyncio", "h2.connection", "httpcore"),
]


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer(rotates=False) as server:
        server._refresh.add("canary-refresh-old")
        yield server


@pytest.fixture
def make(tmp_path: Path, server: AuthorizationServer) -> Make:
    def fresh(at: int) -> Path:
        root = write_project(tmp_path / f"step-{at}", server)
        file = token_file(root)
        file.parent.mkdir(mode=0o700, parents=True)
        now = time.time()
        data = {
            "token_endpoint": f"{server.url}/token",
            "client_id": CLIENT,
            "access_token": OLD,
            "refresh_token": "canary-refresh-old",
            "obtained_at": now - 4000,
            "expires_at": now - 400,
        }
        file.write_text(json.dumps(data))
        file.chmod(0o600)
        return root

    return fresh


def kept(root: Path) -> str:
    """The access token; every file beside it is private and no token is anywhere else."""
    file = token_file(root)
    for path in file.parent.iterdir():
        assert path.name == ".gitignore" or stat.S_IMODE(path.stat().st_mode) == 0o600, path
    found = json.loads(file.read_text())
    assert found["refresh_token"].startswith("canary-refresh-")
    return str(found["access_token"])


@pytest.mark.parametrize(("args", "program"), [((), RENEW), (("keys", "login"), LOGIN)])
def test_the_tokens_are_the_old_ones_or_the_new_ones(
    make: Make, args: tuple[str, ...], program: str
) -> None:
    argv = [*args, NAME, "--no-browser"] if args else []
    seen = set()
    with Killer(argv, PRELOAD, program) as killer:
        for at, root, was_killed in killer.every_step(make):
            is_new = kept(root) != OLD
            left = bool(list(token_file(root).parent.glob(".gateway-tmp-*")))
            if was_killed and (is_new, left) not in seen:
                assert killer.run(root) == 0, at
                assert kept(root) != OLD, at
                assert not list(token_file(root).parent.glob(".gateway-tmp-*")), at
            seen.add((is_new, left))
            shutil.rmtree(root)
    assert {(False, True), (True, False)} <= seen, "cut off in between, and whole"


def test_a_first_login_is_whole_or_not_there(make: Make) -> None:
    def without(at: int) -> Path:
        root = make(at)
        shutil.rmtree(root / ".gateway")
        return root

    states = set()
    with Killer(["keys", "login", NAME, "--no-browser"], PRELOAD, LOGIN) as killer:
        for _, root, _ in killer.every_step(without):
            is_there = token_file(root).exists()
            assert not is_there or kept(root).startswith("canary-access-")
            states.add(is_there)
            shutil.rmtree(root)
    assert states == {False, True}
