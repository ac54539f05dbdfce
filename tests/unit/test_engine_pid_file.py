"""A process is ended with all that it led, also where somebody killed it and left the others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.engine.pid_file import end, started

# Leads a group of two: itself and a child that goes on without it. Its first line is the child's id.
LEADER = """
import os, time
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(600)
"""


@pytest.fixture
def group(tmp_path: Path) -> Iterator[tuple[int, str, int]]:
    """The leader's id, when it started, and the child's id."""
    with subprocess.Popen(
        [sys.executable, "-c", LEADER],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as leader:
        assert leader.stdout is not None
        child = int(leader.stdout.readline())
        yield leader.pid, started(leader.pid) or "", child
        for pid in (leader.pid, child):
            if started(pid):
                os.kill(pid, signal.SIGKILL)


def kill_alone(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_it_and_what_it_led_are_ended(group: tuple[int, str, int], tmp_path: Path) -> None:
    pid, since, child = group
    end(pid, since, 5, tmp_path)
    assert (started(pid), started(child)) == (None, None)


def test_where_it_was_killed_what_it_led_is_ended(
    group: tuple[int, str, int], tmp_path: Path
) -> None:
    pid, since, child = group
    kill_alone(pid)
    assert started(child)
    end(pid, since, 5, tmp_path)
    assert started(child) is None


def test_another_group_of_that_number_is_left_alone(
    group: tuple[int, str, int], tmp_path: Path
) -> None:
    """Numbers are given again: this one's leader began another service in another folder, and went."""
    pid, since, child = group
    kill_alone(pid)
    for folder in (tmp_path.parent, tmp_path / "gone"):
        end(pid, since, 5, folder)
        assert started(child)


def test_another_process_of_that_number_is_left_alone(
    group: tuple[int, str, int], tmp_path: Path
) -> None:
    pid, since, child = group
    boot = since.partition(" ")[2]
    end(pid, f"1 {boot}", 5, tmp_path)
    assert started(pid) == since
    assert started(child)
