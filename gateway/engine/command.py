"""External programs: a list argv in, its output out, or an error that quotes the command's last lines."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gateway.model import GatewayError

_TO_END = 10.0
_LINES = 8


def run(
    argv: Sequence[str], *, cwd: Path, environ: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Runs to its end with its output captured. Raises GatewayError: not found, or not in time.

    It has a process group of its own, which ends with it: `docker` leaves its plugins behind.
    """
    try:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        what = "is not installed" if isinstance(error, FileNotFoundError) else "cannot be run"
        raise GatewayError(f"`{argv[0]}` {what}") from None
    with process:
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            raise GatewayError(f"`{' '.join(argv)}` did not end within {timeout:g}s") from None
        except BaseException:
            _end(process)
            raise
    return subprocess.CompletedProcess(argv, process.returncode, output, errors)


def _end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=_TO_END)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def failed(
    argv: Sequence[str],
    done: subprocess.CompletedProcess[str],
    hint: str | None = None,
    *,
    hidden: Callable[[str], str] = str,
) -> GatewayError:
    """What to raise for a program that ended with an error; `hidden` blanks values in its words."""
    last = hidden(done.stderr or done.stdout).strip().splitlines()[-_LINES:]
    said = "\n".join(f"    {line}" for line in last)
    return GatewayError(f"`{' '.join(argv)}` ended with {done.returncode}:\n{said}", hint)
