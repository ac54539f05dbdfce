"""A login in a container: the proxy renews what the host wrote, in the one folder that it may write to."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator

import pytest
from authorization_server import CANARY, CLIENT
from beside import beside
from docker_rule import require_engine, require_root
from stack.projects import Project, Stack, gateway, model, running

AUTHORITY, UPSTREAM, NAME = 9411, 9412, "acme"
# Beside the proxy, in its network: plain http is for loopback alone.
_BESIDE = f"""
import sys
from authorization_server import AuthorizationServer
from gateway.stand_in import StandIn
tokens = [f"{CANARY}access-{{n}}" for n in range(100)]
with AuthorizationServer(port={AUTHORITY}) as server, StandIn("acme", port={UPSTREAM}, api_keys=tokens):
    server._refresh.add("{CANARY}refresh-old")
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    require_engine()
    require_root()
    provider = {
        "litellm": "openai",
        "api_base": f"http://127.0.0.1:{UPSTREAM}/v1",
        "oauth": {
            "authorization_endpoint": f"http://127.0.0.1:{AUTHORITY}/authorize",
            "token_endpoint": f"http://127.0.0.1:{AUTHORITY}/token",
            "client_id": CLIENT,
        },
    }
    project = Project({NAME: provider}, {"glm-5": model(NAME, "glm-5")})
    root = tmp_path_factory.mktemp("project")
    with running(root, project, engine="docker") as stack, beside(stack, _BESIDE):
        yield stack


def test_the_proxy_renews_what_the_host_wrote(stack: Stack) -> None:
    reply = stack.proxy.ask("chat", "glm-5")
    assert reply.status == 401, reply
    assert f"nobody is logged in to {NAME}" in (reply.error or ""), reply
    folder = stack.root / ".gateway" / "oauth"
    file = folder / f"{NAME}.json"
    now = time.time()
    data = {
        "token_endpoint": f"http://127.0.0.1:{AUTHORITY}/token",
        "client_id": CLIENT,
        "access_token": f"{CANARY}old",
        "refresh_token": f"{CANARY}refresh-old",
        "obtained_at": now - 4000,
        "expires_at": now - 400,
    }
    file.write_text(json.dumps(data))
    os.chown(file, folder.stat().st_uid, folder.stat().st_gid)
    file.chmod(0o600)
    assert stack.proxy.ask("chat", "glm-5").is_answer
    kept = json.loads(file.read_text())
    assert kept["access_token"].startswith(f"{CANARY}access-")
    status = file.stat()
    assert (status.st_uid, status.st_mode & 0o777) == (65534, 0o600)
    assert "logged in for 59m" in gateway(stack.root, "keys", "list").stdout
    assert CANARY not in gateway(stack.root, "logs", "--engine", "docker").stdout
