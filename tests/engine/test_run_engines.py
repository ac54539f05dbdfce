"""`gateway run` with a real LiteLLM, as a process and in a container: an answer, an end, and nothing left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from engine.commands import soon
from engine.conftest import base_url, one_model
from engine.left_overs import containers, left_overs
from stack.projects import gateway

from gateway.stand_in import StandIn

CLIENT = """#!/bin/sh
exec {python} -S - "$@" <<'END'
import json, os, urllib.request
body = {{"model": os.environ["ANTHROPIC_MODEL"], "max_tokens": 9,
        "messages": [{{"role": "user", "content": "hi"}}]}}
request = urllib.request.Request(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages",
    json.dumps(body).encode(), {{"authorization": "Bearer " + os.environ["ANTHROPIC_AUTH_TOKEN"],
    "content-type": "application/json"}})
print(json.load(urllib.request.urlopen(request, timeout=20))["content"][0]["text"])
raise SystemExit(7)
END
"""


def _begin(root: Path, engine: str, *words: str) -> subprocess.Popen[str]:
    program = root / "bin" / "claude"
    program.parent.mkdir()
    program.write_text(CLIENT.format(python=sys.executable))
    program.chmod(0o755)
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", "run", "--engine", engine, *words],
        cwd=root,
        env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _nothing_is_left(root: Path) -> bool:
    lock = root / ".gateway" / "run.lock"
    return soon(lambda: left_overs(root) == [] and not lock.exists(), 90)


def test_an_answer_and_an_end(engine: str, root: Path, upstream: StandIn) -> None:
    one_model(base_url(upstream, engine)).write(root)
    with (root / ".env").open("a") as file:
        file.write("FAR_API_KEY=sk-far\n")
    process = _begin(root, engine, "cloud")
    out, err = process.communicate(timeout=180)
    assert (process.returncode, out) == (7, "cloud says: hi\n"), err
    assert err.startswith(f"starting with {engine} …\nready after ")
    assert _nothing_is_left(root)
    assert gateway(root, "status").stdout.startswith("not running")


def test_a_start_that_is_killed_leaves_nothing(engine: str, root: Path, upstream: StandIn) -> None:
    """Also what `docker compose up` makes after its caller has gone."""
    one_model(base_url(upstream, engine)).write(root)
    process = _begin(root, engine, "cloud")
    pid_file = root / ".gateway" / "proxy.json"
    assert soon(lambda: containers(root) if engine == "docker" else pid_file.exists())
    process.kill()
    process.communicate(timeout=30)
    assert _nothing_is_left(root)
