"""A project's folder in, every process, container and network that belongs to it out."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path


def left_overs(root: Path) -> list[str]:
    return [*processes(str(root)), *containers(root)]


def processes(text: str) -> list[str]:
    """The processes whose command line or folder holds `text`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if text in line or text in str((folder / "cwd").readlink()):
                found.append(f"process {folder.name}: {line}")
        except OSError:
            continue
    return found


def containers(root: Path) -> list[str]:
    """Also half-made ones, and the networks that Compose made for the project."""
    if shutil.which("docker") is None or not (root / "gateway.yaml").exists():
        return []
    name = json.loads((root / "gateway.yaml").read_text())["server"]["project"]
    label = ["--filter", f"label=com.docker.compose.project={name}"]
    shown = ["--format", "{{.ID}} {{.Name}}"]
    found = _lines("ps", "--all", *label, "--format", "{{.ID}} {{.Names}}")
    return [*found, *_lines("network", "ls", *label, *shown)]


def all_containers() -> list[str]:
    """Of whichever project."""
    found = _lines("ps", "--all", "--format", "{{.ID}} {{.Names}}")
    return [*found, *_lines("network", "ls", "--format", "{{.ID}} {{.Name}}")]


def _lines(*argv: str) -> list[str]:
    done = subprocess.run(["docker", *argv], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()
