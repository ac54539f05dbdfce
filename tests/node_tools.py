"""Programs from npm for the tests: installed once for each lock file, outside the checkout."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from absence import not_here

NODE = Path(__file__).parent / "node"
"""A folder with `package.json` and `package-lock.json` for each set of programs."""


def npm_folder(lock_dir: Path) -> Path:
    """The folder with the `node_modules` that a folder's lock file names.

    It lies in the user's cache. Without npm: a failure in CI, on a desk a skip.
    """
    folder, problem = _installed(lock_dir)
    if problem is not None:
        not_here(problem)
    return folder


@cache
def _installed(lock_dir: Path) -> tuple[Path, str | None]:
    """The folder, and why it is not there. Installed anew only where the lock file changes."""
    files = [lock_dir / name for name in ("package.json", "package-lock.json", ".npmrc")]
    files = [file for file in files if file.exists()]
    digest = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "gateway-tests" / "node" / digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers of pytest-xdist
        if (folder / "installed").exists():
            return folder, None
        if shutil.which("npm") is None or shutil.which("node") is None:
            return folder, "Node and npm are not installed (on Debian: apt-get install nodejs npm)"
        for file in files:
            shutil.copy(file, folder)
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if done.returncode != 0:
            return folder, f"`npm ci` in {lock_dir.name} failed: {done.stderr.strip()[-500:]}"
        (folder / "installed").touch()
    return folder, None


def run_node(script: str, *args: str | Path, timeout: float = 60) -> str:
    """What a JavaScript module prints; `args` are its `process.argv` from 1 on."""
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", script, *map(str, args)],
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()
