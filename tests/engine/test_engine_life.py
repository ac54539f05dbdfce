"""A stack's life: up, in sync, stale, up, another value, up, restart, logs, down; with both engines."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.conftest import base_url, one_model
from engine.inspecting import inspect
from stack.asking import Proxy
from stack.projects import MASTER_KEY, free_port, gateway

from gateway.stand_in import Behaviour, StandIn

NEW_KEY = "sk-another-0123456789abcdef0123456789"
BAD = "provider: far\nmodel: m\nfallback: [cloud]\n"


def test_the_life_of_a_stack(  # noqa: PLR0915 - one stack, one story: each boot costs seconds
    engine: str, root: Path, upstream: StandIn
) -> None:
    project = replace(one_model(base_url(upstream, engine)), values={"FAR_API_KEY": "sk-far"})
    port = project.write(root)
    url = f"http://127.0.0.1:{port}"

    before = gateway(root, "status", "--engine", engine)
    assert before.returncode == 1
    assert before.stdout.startswith("not running: `gateway up` starts it\n")

    first = gateway(root, "up", "--engine", engine)
    assert (first.returncode, first.stdout) == (0, f"{url}\n"), first.stderr
    assert first.stderr.startswith(f"starting with {engine} …\n")
    assert "not set in .env" not in first.stderr
    _in_sync(root, engine, url)
    runs = _what_runs(root)

    again = gateway(root, "up")  # whichever engine runs it goes on
    assert (again.returncode, again.stdout) == (0, f"{url}\n")
    assert again.stderr.startswith(f"already running with {engine} …\n")
    assert _what_runs(root) == runs

    upstream.behave(Behaviour(status=500))
    assert Proxy(url, MASTER_KEY).ask("chat", "cloud").status == 500
    upstream.heal()
    _a_mistake_stops_neither_status_nor_logs(root, url)

    (root / "models.d" / "second.yaml").write_text("provider: far\nmodel: cloud-two\n")
    new_port = free_port()
    _replace(root / "gateway.yaml", str(port), str(new_port))
    stale = _status(root)
    assert (stale["running"], stale["in_sync"]) == (True, False)
    assert any("changed since the last render" in each for each in stale["differences"])
    moved = gateway(root, "up", "-q")
    assert (moved.returncode, moved.stdout) == (0, ""), moved.stderr
    assert Proxy(url, MASTER_KEY).ask("chat", "cloud").status == 0
    url = f"http://127.0.0.1:{new_port}"
    _in_sync(root, engine, url)
    changed = _what_runs(root)
    assert changed != runs
    proxy = Proxy(url, MASTER_KEY)
    assert "second" in proxy.models()

    _replace(root / ".env", MASTER_KEY, NEW_KEY)
    other = _status(root)
    assert other["in_sync"] is False
    named = "the value of LITELLM_MASTER_KEY (.env) changed since the start: run `gateway up`"
    assert named in other["differences"]
    assert proxy.get("/v1/models").status_code == 200
    assert gateway(root, "up").returncode == 0
    assert proxy.get("/v1/models").status_code == 401
    assert proxy.get("/v1/models", key=NEW_KEY).status_code == 200
    assert Proxy(url, NEW_KEY).ask("chat", "second").comes_from("cloud")
    assert _what_runs(root) != changed
    _in_sync(root, engine, url)

    changed = _what_runs(root)
    restarted = gateway(root, "restart", "-q")
    assert (restarted.returncode, restarted.stdout) == (0, ""), restarted.stderr
    assert _what_runs(root) != changed
    _in_sync(root, engine, url)

    (root / "models.d" / "bad.yaml").write_text(BAD)
    stopped = gateway(root, "down")
    assert stopped.returncode == 0
    assert stopped.stdout == ""
    assert stopped.stderr.startswith(f"stopped ({engine}: ")
    (root / "models.d" / "bad.yaml").unlink()
    after = gateway(root, "status")
    assert after.returncode == 1
    assert after.stdout.startswith("not running")
    twice = gateway(root, "down")
    assert (twice.returncode, twice.stderr) == (0, "nothing is running\n")


def _a_mistake_stops_neither_status_nor_logs(root: Path, url: str) -> None:
    bad = root / "models.d" / "bad.yaml"
    bad.write_text(BAD)
    status = gateway(root, "status")
    assert status.returncode == 1
    assert status.stdout.startswith(f"running at {url} (")
    assert "not in sync: the project has mistakes" in status.stdout
    assert "error[GW103]" in status.stderr
    logs = gateway(root, "logs", "--tail", "1000")
    assert logs.returncode == 0
    assert "InternalServerError" in logs.stdout
    assert "\x1b" not in logs.stdout
    bad.unlink()


def _in_sync(root: Path, engine: str, url: str) -> None:
    text = gateway(root, "status")
    assert text.returncode == 0, text.stdout
    assert text.stdout.startswith(f"running at {url} ({engine}, ")
    assert "in sync: " in text.stdout
    data = _status(root)
    assert (data["running"], data["answers"], data["in_sync"]) == (True, True, True)
    assert (data["engine"], data["url"], data["differences"]) == (engine, url, [])
    assert data["missing_variables"] == []


def _status(root: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(gateway(root, "status", "--format", "json").stdout)
    assert data["format_version"] == "1.0"
    return data


def _what_runs(root: Path) -> str:
    """The process, or the container and the start of its process."""
    pid_file = root / ".gateway" / "proxy.json"
    if pid_file.exists():
        return pid_file.read_text()
    found = inspect(root)
    return f"{found['Id']} {found['State']['StartedAt']}"


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
