"""A process id in, whether that very process still runs out; and the end of it, with all it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from gateway.model import GatewayError

_PROC = Path("/proc")
_POLL = 0.05


def started(pid: int) -> str | None:
    """When a process started: with its id it names one process for good. None where none runs.

    From /proc where there is one (a slim machine has no `ps`), else from `ps`.
    """
    if (_PROC / "self" / "stat").exists():
        return _started_by_proc(pid)
    done = subprocess.run(
        ["ps", "-o", "lstart=,stat=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ.get("PATH") or os.defpath, "LC_ALL": "C"},
    )
    text, _, status = done.stdout.strip().rpartition(" ")
    return None if not text or status.startswith("Z") else text.strip()


def _started_by_proc(pid: int) -> str | None:
    try:
        # The name in brackets may hold anything, brackets too; the fields come behind it (proc(5)).
        fields = (
            (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        )
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None
    status, ticks = fields[0], fields[19]
    return None if status in ("Z", "X") else f"{ticks} ticks after boot {boot}"


def end(pid: int, since: str, grace: float) -> None:
    """TERM, so that running answers can finish; KILL after `grace` seconds, and for what is left.

    `since` is what `started` said of it: another process with that id is left alone.
    """
    try:
        if started(pid) == since:
            os.kill(pid, signal.SIGTERM)
            _wait(pid, since, grace)
        if started(pid) in (since, None):
            # It leads a group: workers that it left behind, or all of it where it does not end.
            os.killpg(pid, signal.SIGKILL)
            _wait(pid, since, grace)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise GatewayError(
            f"process {pid} belongs to another user", "stop it as that user"
        ) from None


def _wait(pid: int, since: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and started(pid) == since:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(_POLL)
