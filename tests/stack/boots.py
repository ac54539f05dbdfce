"""Rendered projects in, a line for each out that says how a real LiteLLM booted with it.

`python boots.py FILE`: FILE is a JSON list of {name, root, key, environ}. LiteLLM is imported once
(half a minute of a busy machine's time) and forked for each configuration: what follows is what the
process engine starts, `litellm.run_server` with its own environment, arguments, log and port.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from launcher import become, import_litellm

AT_ONCE = 2
_LONGEST = 240.0


def boot(project: Mapping[str, Any], port: int) -> dict[str, Any]:
    """Starts it, asks for its models, stops it."""
    root = Path(project["root"])
    log = root / "boot.log"
    pid = os.fork()
    if pid == 0:
        os.setsid()
        with log.open("wb") as file:
            environ = {**os.environ, **project["environ"]}
            become(lambda: _run_litellm(port, root), root, environ, file, file)
    try:
        status, names = _models(project, port, pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(
                pid, signal.SIGKILL
            )  # nothing of it is needed: it never had a request under way
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
    text = log.read_text("utf-8", "replace")
    return {"name": project["name"], "status": status, "models": names, "log": text}


def _free_ports(count: int) -> list[int]:
    """Below those that the kernel gives to clients: it may be a minute until one is listened on.

    All of them before the first fork, which would inherit a probe.
    """
    found = []
    for port in random.sample(range(20_000, 32_000), 10 * count):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
    return found[:count]


def _run_litellm(port: int, root: Path) -> None:
    from litellm import run_server  # noqa: PLC0415 - imported before the fork

    sys.path.insert(0, str(root / "compose"))
    config = str(root / "compose" / "litellm_config.yaml")
    sys.argv = ["litellm", "--config", config, "--host", "127.0.0.1", "--port", str(port)]
    run_server()


def _models(project: Mapping[str, Any], port: int, pid: int) -> tuple[int, list[str]]:
    """The status of `/v1/models` and the names in it; 0 where the process ended or never answered."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/models",
        headers={"Authorization": f"Bearer {project['key']}"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + _LONGEST
    while time.monotonic() < until:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return 0, []
        try:
            with opener.open(request, timeout=30) as answer:
                data = json.load(answer)["data"]
            return answer.status, sorted(each["id"] for each in data)
        except urllib.error.HTTPError as error:
            return error.code, []
        except OSError:
            time.sleep(0.2)
    return 0, []


def main() -> None:
    import_litellm()
    projects = json.loads(Path(sys.argv[1]).read_text())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for result in pool.map(boot, projects, _free_ports(len(projects))):
            sys.stdout.write(json.dumps(result) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
