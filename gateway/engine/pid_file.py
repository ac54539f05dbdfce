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
        fields = _stat(_PROC / str(pid))
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None
    status, ticks = fields[0], fields[19]
    return None if status in ("Z", "X") else f"{ticks} ticks after boot {boot}"


def _stat(process: Path) -> list[str]:
    """What follows the process's name, which may hold anything, brackets too (proc(5))."""
    return (process / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()


def end(pid: int, since: str, grace: float, folder: Path) -> None:
    """TERM, so that running answers can finish; KILL after `grace` seconds, and for what is left.

    `since` is what `started` said of it: another process with that id is left alone. Where it was
    killed by somebody else, the workers that it led are there still, hold its port, and are ended: a
    group of its number that works in `folder`, where it was started.
    """
    try:
        was_there = started(pid) == since
        if was_there:
            os.kill(pid, signal.SIGTERM)
            _wait(pid, since, grace)
        now = started(pid)
        if now == since or (now is None and (was_there or _works_in(folder, pid))):
            os.killpg(pid, signal.SIGKILL)
            _wait_for_group(pid, grace)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise GatewayError(
            f"process {pid} belongs to another user", "stop it as that user"
        ) from None


def _works_in(folder: Path, group: int) -> bool:
    """Whether a process of the group does. Where there is no /proc nothing tells."""
    for process in _PROC.glob("[1-9]*"):
        with contextlib.suppress(OSError):
            if int(_stat(process)[2]) == group and (process / "cwd").samefile(folder):
                return True
    return False


def _wait(pid: int, since: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and started(pid) == since:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(_POLL)


def _wait_for_group(pid: int, seconds: float) -> None:
    """Raises ProcessLookupError when none of it is left."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        os.killpg(pid, 0)
        time.sleep(_POLL)
