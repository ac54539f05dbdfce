"""The real command in a written tree, and what it did to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BAD = "provider: nanogpt\nmodel: zai-org/glm-5\nfallback: [glm-4]\n"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of the machine that runs the tests decides what is printed."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", **(extra or {})}


def run_gateway(
    *args: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    first: tuple[str, ...] = ("-m", "gateway"),
) -> Ran:
    done = subprocess.run(
        [sys.executable, *first, *map(str, args)],
        cwd=cwd,
        env=environment(env),
        capture_output=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time of change and its bytes."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in files
    }
