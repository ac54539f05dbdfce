"""Programs from PyPI for the tests that do not fit beside ours: a venv for each lock file, outside the checkout."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from absence import not_here

LOCKS = Path(__file__).parent / "python"
"""Lock files with hashes: what `pip install --require-hashes` takes."""


def python_program(lock: str, name: str) -> Path:
    """A program of the venv that `tests/python/LOCK.txt` names; a failure where it cannot be had in CI."""
    program, problem = _installed(LOCKS / f"{lock}.txt", name)
    if problem is None:
        return program
    not_here(problem)


@cache
def _installed(lock: Path, name: str) -> tuple[Path, str | None]:
    """The program, and why it is not there. Installed anew only where the lock file changes."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(version.encode() + b"\0" + lock.read_bytes()).hexdigest()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "gateway-tests" / "python" / digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "venv" / "bin" / name
    with (folder / "installing").open("w") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)  # several workers of pytest-xdist
        if (folder / "installed").exists():
            return program, None
        make = [sys.executable, "-m", "venv", "--clear", str(folder / "venv")]
        pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        pip += ["--disable-pip-version-check", "--no-deps", "--require-hashes", "-r", str(lock)]
        for argv in (make, pip):
            done = subprocess.run(argv, capture_output=True, text=True, timeout=600, check=False)
            if done.returncode != 0:
                return program, f"{lock.name} could not be installed: {done.stderr.strip()[-500:]}"
        (folder / "installed").touch()
    return program, None
