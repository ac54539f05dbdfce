"""A login in a container: the proxy renews what the host wrote, in the one folder that it may write to."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from authorization_server import CANARY, CLIENT
from docker_rule import require_engine
from rig import docker
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
    if os.geteuid() != 0:
        pytest.skip("entering a container's network takes root")
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
    with running(root, project, engine="docker") as stack, beside(stack):
        yield stack


@contextlib.contextmanager
def beside(stack: Stack) -> Iterator[None]:
    """The provider and its authorization server, in the network of the proxy."""
    with subprocess.Popen(
        ["nsenter", "--net", "--target", pid_of(stack), sys.executable, "-c", _BESIDE],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        yield
        process.stdin.close()


def pid_of(stack: Stack) -> str:
    project = json.loads((stack.root / "gateway.yaml").read_text())["server"]["project"]
    label = f"label=com.docker.compose.project={project}"
    container = docker("ps", "--quiet", "--filter", label, cwd=stack.root).stdout.strip()
    return docker("inspect", "--format", "{{.State.Pid}}", container, cwd=stack.root).stdout.strip()


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
