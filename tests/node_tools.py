"""Tools from npm that tests drive: installed from a lock in the repository, once per machine."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_LOCK = "package-lock.json"


def npm_folder(lock_dir: Path) -> Path:
    """The folder with the `node_modules` that the lock in `lock_dir` names.

    It lies in the user's cache, under the lock's hash: a checkout stays as it is, and the next run
    installs nothing. Without Node a desk skips; in CI that is a failure.
    """
    _require_node()
    digest = hashlib.sha256((lock_dir / _LOCK).read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gateway-tests"
    folder = cache / f"node-{lock_dir.name}-{digest}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        _install(lock_dir, cache, folder)
    return folder


def _require_node() -> None:
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if not missing:
        return
    sentence = f"{' and '.join(missing)} is not here: on Debian, apt-get install nodejs npm"
    if os.environ.get("CI"):
        pytest.fail(f"{sentence}; in CI these tests may not skip")
    pytest.skip(sentence)


def _install(lock_dir: Path, cache: Path, folder: Path) -> None:
    """Beside its place first, then renamed: another test process may be doing the same."""
    with tempfile.TemporaryDirectory(dir=cache, prefix="installing-") as name:
        for file in ("package.json", _LOCK):
            shutil.copy(lock_dir / file, name)
        argv = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(argv, cwd=name, capture_output=True, timeout=300, check=False)
        assert done.returncode == 0, f"npm ci: {done.stderr.decode()[-2000:]}"
        Path(name).chmod(0o755)
        try:
            Path(name).rename(folder)
        except OSError:  # the other was quicker
            assert folder.is_dir()
        Path(name).mkdir(exist_ok=True)  # what the `with` takes away
