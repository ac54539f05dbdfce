"""What the tests of the command line share: projects, and a disk that can be full."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from absence import not_here
from cli.command_line import run_gateway


@pytest.fixture
def project(write_project: Callable[[Mapping[str, str]], Path]) -> Path:
    """One sound model, nothing rendered yet."""
    return write_project({})


@pytest.fixture
def rendered(project: Path) -> Path:
    """The same, rendered: with a `.env`."""
    assert run_gateway("render", "-q", cwd=project).code == 0
    return project


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        not_here("there is no `mount` here")
    if done.returncode != 0:
        not_here("mounting a file system takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
