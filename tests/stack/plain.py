"""A LiteLLM configuration goes in, LiteLLM as it is, without anything of ours, comes out."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
from stack.asking import Proxy
from stack.projects import free_port

from gateway.constants import PROXY_ENVIRONMENT

_LOGS = 8000


@contextlib.contextmanager
def plain_litellm(source: Path, values: Mapping[str, str]) -> Iterator[Proxy]:
    port = free_port()
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ours = {k: v for k, v in PROXY_ENVIRONMENT.items() if k != "LITELLM_WORKER_STARTUP_HOOKS"}
    start = "import sys; from litellm import run_server; sys.exit(run_server())"
    with (source.parent / "plain.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", start, "--config", str(source), "--port", str(port)],
            env={**kept, **ours, **values},
            cwd=source.parent,
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 240
        while time.monotonic() < until:
            assert process.poll() is None, (source.parent / "plain.log").read_text()[-_LOGS:]
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/health/liveliness", trust_env=False).status_code == 200:
                    break
            time.sleep(0.3)
        yield Proxy(url, values["LITELLM_MASTER_KEY"])
    finally:
        process.terminate()
        process.wait(timeout=60)
