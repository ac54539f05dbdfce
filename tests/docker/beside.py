"""A program of the test's, in the network of the proxy's container: that has no way to this machine's."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rig import docker
from stack.projects import Stack


@contextlib.contextmanager
def beside(stack: Stack, program: str) -> Iterator[None]:
    """It runs from the line `ready` that it prints until its input ends."""
    with subprocess.Popen(
        ["nsenter", "--net", "--target", _pid_of(stack), sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        yield
        process.stdin.close()


def _pid_of(stack: Stack) -> str:
    project = json.loads((stack.root / "gateway.yaml").read_text())["server"]["project"]
    label = f"label=com.docker.compose.project={project}"
    container = docker("ps", "--quiet", "--filter", label, cwd=stack.root).stdout.strip()
    return docker("inspect", "--format", "{{.State.Pid}}", container, cwd=stack.root).stdout.strip()
