"""External programs: a list argv in, its output out, or an error that quotes the command's last lines."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.model import GatewayError


def run(
    argv: Sequence[str], *, cwd: Path, environ: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Runs to its end with its output captured. Raises GatewayError: not found, or not in time."""
    try:
        return subprocess.run(
            argv,
            cwd=cwd,
            env=dict(environ),
            timeout=timeout,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except FileNotFoundError:
        raise GatewayError(f"`{argv[0]}` is not installed") from None
    except subprocess.TimeoutExpired:
        raise GatewayError(f"`{' '.join(argv)}` did not end within {timeout:g}s") from None


def failed(argv: Sequence[str], done: subprocess.CompletedProcess[str], hint: str | None = None) -> GatewayError:
    """What to raise for a program that ended with an error."""
    last = "\n".join(f"    {line}" for line in (done.stderr or done.stdout).strip().splitlines()[-8:])
    return GatewayError(f"`{' '.join(argv)}` ended with {done.returncode}:\n{last}", hint)
