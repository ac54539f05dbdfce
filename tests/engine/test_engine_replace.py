"""A start that cannot succeed leaves the stack that runs alone; both engines."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from engine.conftest import one_model
from engine.inspecting import inspect
from stack.asking import Proxy
from stack.projects import MASTER_KEY, free_port, gateway

NOWHERE = "http://127.0.0.1:9/v1"
STILL_RUNS = "the stack that ran before still runs\n"
NEW_KEY = "a new master key: clients with the old one get 401\n"


def test_a_failed_start_stops_nothing(engine: str, root: Path) -> None:
    port = one_model(NOWHERE).write(root)
    first = gateway(root, "up", "--engine", engine)
    assert first.returncode == 0, first.stderr
    # A provider's key is missing: it starts, and says which.
    assert "not set in .env: FAR_API_KEY\n  without FAR_API_KEY: nobody answers for" in first.stderr
    status = json.loads(gateway(root, "status", "--format", "json").stdout)
    assert status["missing_variables"] == ["FAR_API_KEY"]
    proxy = Proxy(f"http://127.0.0.1:{port}", MASTER_KEY)
    settings = root / "gateway.yaml"
    sound = settings.read_text()
    before = _what_runs(root, engine)

    taken = free_port()
    settings.write_text(sound.replace(str(port), str(taken)))
    with socket.create_server(("127.0.0.1", taken)):
        for command in ("up", "restart"):
            _fails_and_still_runs(root, command, f"cannot listen on 127.0.0.1 port {taken}: ")
    settings.write_text(sound.replace('"port"', '"bind": "203.0.113.7", "port"'))
    _fails_and_still_runs(root, "restart", "this machine does not have that address")
    settings.write_text(sound)

    if engine == "docker":
        nothing = {"GATEWAY_IMAGE": "127.0.0.1:9/nobody/nothing:1"}
        for command in ("up", "restart"):
            _fails_and_still_runs(root, command, "is not here and cannot be pulled", nothing)
    assert _what_runs(root, engine) == before
    assert proxy.get("/v1/models").status_code == 200
    assert gateway(root, "up", "-q").returncode == 0  # renders what is sound again
    assert _what_runs(root, engine) == before

    _a_new_env_file_is_said_loudly(root, engine, proxy)


def _fails_and_still_runs(
    root: Path, command: str, sentence: str, environ: dict[str, str] | None = None
) -> None:
    ran = gateway(root, command, environ=environ)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert sentence in ran.stderr
    assert STILL_RUNS in ran.stderr


def _a_new_env_file_is_said_loudly(root: Path, engine: str, proxy: Proxy) -> None:
    (root / ".env").write_text((root / ".env").read_text() + "FAR_API_KEY=sk-canary\n")
    status = gateway(root, "status")
    assert status.returncode == 1
    assert "not in sync: the value of FAR_API_KEY (.env) changed since the start" in status.stdout
    assert "canary" not in status.stdout + status.stderr
    (root / ".env").unlink()
    up = gateway(root, "up", "-q")
    assert up.returncode == 0, up.stderr
    assert NEW_KEY in up.stderr
    assert proxy.get("/v1/models").status_code == 401
    if engine == "process":
        pid_file = root / ".gateway" / "proxy.json"
        assert pid_file.stat().st_mode & 0o777 == 0o600
        assert set(json.loads(pid_file.read_text())["values"]) == {
            "FAR_API_KEY",
            "LITELLM_MASTER_KEY",
        }


@pytest.mark.docker
def test_another_engine_that_cannot_start_stops_nothing(root: Path) -> None:
    one_model(NOWHERE).write(root)
    assert gateway(root, "up", "--engine", "process").returncode == 0
    before = _what_runs(root, "process")
    environ = {"GATEWAY_IMAGE": "127.0.0.1:9/nobody/nothing:1"}
    up = gateway(root, "up", "--engine", "docker", environ=environ)
    assert up.returncode == 2
    assert STILL_RUNS in up.stderr
    assert _what_runs(root, "process") == before
    assert gateway(root, "status").stdout.startswith("running at ")


def _what_runs(root: Path, engine: str) -> str:
    if engine == "process":
        return (root / ".gateway" / "proxy.json").read_text()
    found = inspect(root)
    return f"{found['Id']} {found['State']['StartedAt']}"
