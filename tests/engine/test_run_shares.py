"""Who keeps a gateway that `gateway run` started, and what it leaves alone that others started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine.commands import begin, soon
from engine.run_rig import KEY_LINE, Rig
from stack.projects import gateway

PID_FILE = Path(".gateway") / "proxy.json"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    gateway(made.project, "down", "--engine", "process")
    assert made.nothing_is_left()


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM


def _stays_up(rig: Rig) -> bool:
    """Longer than a keeper takes to stop it."""
    time.sleep(1.5)
    return rig.answers()


def test_two_at_once_share_it_and_the_last_one_ends_it(rig: Rig) -> None:
    one = rig.begin("kimi", "wait", record="one")
    two = rig.begin("glm-5", "wait", record="two")
    assert rig.client_runs("one")
    assert rig.client_runs("two")
    assert len(_proxies(rig)) == 1
    _end(one)
    assert _stays_up(rig)
    third = rig.run("kimi", "exit", "3")  # finds it running
    assert (third.returncode, third.stderr) == (3, KEY_LINE)
    assert _stays_up(rig)
    _end(two)
    assert soon(lambda: not rig.answers())


def test_one_that_is_killed_in_its_start_leaves_it_to_the_other(rig: Rig) -> None:
    (rig.project / "compose" / "slow").write_text("2")
    rig.before = rig.files()
    one = rig.begin("kimi", "wait", record="one")
    assert soon((rig.project / PID_FILE).exists)
    two = rig.begin("kimi", "wait", record="two")
    one.kill()
    one.communicate()
    assert rig.client_runs("two"), two.communicate(timeout=10)
    assert len(_proxies(rig)) == 1
    _end(two)


def test_one_that_is_interrupted_in_its_start_leaves_it_to_the_other(rig: Rig) -> None:
    (rig.project / "compose" / "slow").write_text("3")
    rig.before = rig.files()
    one = rig.begin("kimi", "wait", record="one")
    assert soon((rig.project / PID_FILE).exists)
    two = rig.begin("kimi", "wait", record="two")
    time.sleep(1.5)
    one.send_signal(signal.SIGINT)
    assert rig.client_runs("two"), two.communicate(timeout=10)
    assert rig.answers()
    assert one.wait(30) == 130
    one.communicate()
    _end(two)


def test_a_keeper_that_is_killed_has_a_successor(rig: Rig) -> None:
    one = rig.begin("kimi", "wait", record="one")
    assert rig.client_runs("one")
    (keeper,) = _running(rig, "gateway.engine.keeper")
    os.kill(keeper, signal.SIGKILL)
    assert soon(lambda: not _running(rig, "gateway.engine.keeper"))
    two = rig.run("-q", "kimi", "exit", "2")
    assert (two.returncode, two.stderr) == (2, "")
    assert _stays_up(rig)
    _end(one)
    assert soon(lambda: not rig.answers())


def test_one_that_comes_while_it_stops_waits_and_starts_it_anew(rig: Rig) -> None:
    for code in ("1", "2", "3", "4"):
        ran = rig.run("-q", "kimi", "exit", code)
        assert (ran.returncode, ran.stdout) == (int(code), ""), ran.stderr
        assert "not" not in ran.stderr


def test_what_up_started_is_left_running(rig: Rig) -> None:
    assert gateway(rig.project, "up", "-q", "--engine", "process").returncode == 0
    ran = rig.run("kimi", "exit", "5")
    assert (ran.returncode, ran.stderr) == (5, KEY_LINE)
    assert not rig.lock.exists()
    assert _stays_up(rig)


def test_up_takes_over_what_run_started(rig: Rig) -> None:
    one = rig.begin("kimi", "wait")
    assert rig.client_runs()
    before = (rig.project / PID_FILE).read_text()
    up = gateway(rig.project, "up", "--engine", "process")
    assert up.returncode == 0
    assert up.stderr.startswith("already running with process …\n")
    _end(one)
    assert _stays_up(rig)
    assert (rig.project / PID_FILE).read_text() == before


RUN_BEGINS_MEANWHILE = """
from pathlib import Path
from gateway.cli import main, running
from gateway.engine.lease import Lease
replace = running._replace
def replace_and_share(*args, **named):
    replace(*args, **named)
    shares.append(Lease.take(Path.cwd()))
shares = []
running._replace = replace_and_share
main.run()
"""


def test_up_adopts_what_a_run_began_meanwhile(rig: Rig) -> None:
    up = subprocess.run(
        [sys.executable, "-c", RUN_BEGINS_MEANWHILE, "up", "--engine", "process"],
        cwd=rig.project,
        env=rig.environ(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert up.returncode == 0, up.stderr
    assert not rig.lock.exists()
    assert _stays_up(rig)


@pytest.mark.parametrize("command", ["up", "down"])
def test_up_and_down_wait_for_a_start(command: str, rig: Rig) -> None:
    held = rig.project / "compose" / "held"
    held.touch()
    one = rig.begin("kimi", "wait")
    assert soon((rig.project / PID_FILE).exists)
    other = begin(rig.project, command)
    assert other.stderr is not None
    wait = "waiting for a gateway that `gateway run` is starting or stopping …\n"
    assert other.stderr.readline() == wait
    held.unlink()
    _, errors = other.communicate(timeout=120)
    assert other.returncode == 0, errors
    if command == "up":
        assert rig.client_runs()
        _end(one)
        assert _stays_up(rig)
    else:
        assert not rig.answers()
        one.kill()
        one.communicate()


def test_keep(rig: Rig) -> None:
    kept = rig.run("--keep", "kimi", "exit", "6")
    assert kept.returncode == 6
    assert "it stops" not in kept.stderr
    assert _stays_up(rig)
    assert gateway(rig.project, "down").returncode == 0
    one = rig.begin("kimi", "wait", record="one")
    assert rig.client_runs("one")
    assert rig.run("-q", "--keep", "kimi", "exit", "0").returncode == 0
    _end(one)
    assert _stays_up(rig)


def test_down_and_up_under_a_client(rig: Rig) -> None:
    one = rig.begin("kimi", "wait")
    assert rig.client_runs()
    assert gateway(rig.project, "down").stderr.startswith("stopped (process: ")
    assert not rig.answers()
    assert gateway(rig.project, "up", "-q", "--engine", "process").returncode == 0
    _end(one)
    assert _stays_up(rig)


def _proxies(rig: Rig) -> list[int]:
    return _running(rig, "litellm_config.yaml")


def _running(rig: Rig, what: str) -> list[int]:
    """The processes that have it in their command line, and the project."""
    lines = {int(p.name): _command_line(p) for p in Path("/proc").glob("[0-9]*")}
    return [pid for pid, line in lines.items() if what in line and str(rig.project) in line]


def _command_line(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
