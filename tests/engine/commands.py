"""A command of `gateway` that is begun and interrupted; and conditions that come true in time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

_KEPT = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "GATEWAY_IMAGE", "TMPDIR")


def begin(cwd: Path, *argv: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """The real command, running, in a process group of its own."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", *argv],
        cwd=cwd,
        env={**kept, **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def soon(is_true: Callable[[], object], seconds: float = 30) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_true():
            return True
        time.sleep(0.05)
    return False
