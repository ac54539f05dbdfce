"""What cog calls from docs/clients.md: `gateway env` and `gateway aliases` in a copy of the sample project."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from show import ROOT

_HOME = "/home/me"


@contextlib.contextmanager
def _project() -> Iterator[Path]:
    """The sample project, with a `.env` whose key is of no use."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(os.path.realpath(name))
        shutil.copytree(ROOT / "models.d", root / "models.d")
        shutil.copy(ROOT / "gateway.yaml", root)
        (root / ".env").write_text(f"LITELLM_MASTER_KEY=sk-{'0' * 40}\n")
        yield root


def _said(root: Path, *arguments: str) -> str:
    """The standard output, as it would be at /home/me with `gateway` on PATH."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=root,
        env={"PATH": "/usr/bin:/bin", "HOME": _HOME, "SHELL": "/bin/bash", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    text = done.stdout.replace(f'"{sys.executable}"', '"gateway"')
    for written in (f"{sys.executable} -m gateway", '"-m", "gateway", '):
        text = text.replace(written, "" if written.startswith('"') else "gateway")
    return text.replace(str(root), f"{_HOME}/gateway").rstrip() + "\n"


def console(*arguments: str) -> None:
    """A console block with one command and what it prints."""
    with _project() as root:
        print(f"```console\n$ gateway {' '.join(arguments)}\n{_said(root, *arguments)}```")


def settings(client: str, model: str, language: str) -> None:
    """The client's own file, without the key."""
    with _project() as root:
        text = _said(root, "env", client, model, "--format", "settings", "--no-key")
        print(f"```{language}\n{text}```")
