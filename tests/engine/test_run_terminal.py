"""The client has the terminal as if nobody had started it: Ctrl-C, job control, its size; or none at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine.commands import soon
from engine.run_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


class OnTerminal:
    """A program whose controlling terminal is ours to type at; `shown` is what it printed there."""

    def __init__(self, rig: Rig, argv: list[str]) -> None:
        self.shown = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 111, 0, 0))

        self.process = subprocess.Popen(
            ["setsid", "--ctty", *argv],
            cwd=rig.folder,
            env=rig.environ(),
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the last one closed it
            while part := os.read(self._master, 65536):
                self.shown += part

    def type(self, text: bytes) -> None:
        os.write(self._master, text)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=30)
        self._reader.join(timeout=30)
        os.close(self._master)


@contextlib.contextmanager
def terminal(rig: Rig, argv: list[str]) -> Iterator[OnTerminal]:
    opened = OnTerminal(rig, argv)
    try:
        yield opened
    finally:
        opened.close()


def test_ctrl_c_ends_the_client(rig: Rig) -> None:
    with terminal(rig, rig.argv("kimi", "wait")) as at:
        assert rig.client_runs(), at.shown
        assert rig.record()["tty"]
        assert rig.record()["size"] == [111, 33]
        at.type(b"\x03")
        assert at.process.wait(30) == -signal.SIGINT
    assert rig.nothing_is_left()


def test_ctrl_c_is_the_clients_to_answer(rig: Rig) -> None:
    """Claude Code stops what it is doing and goes on; so does the gateway."""
    with terminal(rig, rig.argv("kimi", "shrug")) as at:
        assert rig.client_runs(), at.shown
        at.type(b"\x03")
        assert soon(rig.record_file.with_name("shrugged").exists)
        assert at.process.poll() is None
        assert rig.answers()
        at.process.terminate()
        assert at.process.wait(30) == -signal.SIGTERM
    assert rig.nothing_is_left()


def test_ctrl_c_while_the_gateway_starts(rig: Rig) -> None:
    (rig.project / "compose" / "slow").write_text("30")
    rig.before = rig.files()
    with terminal(rig, rig.argv("kimi", "wait")) as at:
        assert soon((rig.project / ".gateway" / "proxy.json").exists)
        at.type(b"\x03")
        assert at.process.wait(30) == 130
        assert b"Traceback" not in at.shown
    assert rig.nothing_is_left()


def test_a_terminal_that_is_closed_ends_it(rig: Rig) -> None:
    with terminal(rig, rig.argv("kimi", "wait")) as at:
        assert rig.client_runs(), at.shown
        os.killpg(at.process.pid, signal.SIGHUP)
        assert at.process.wait(30) == -signal.SIGHUP
    assert rig.nothing_is_left()


def test_job_control(rig: Rig) -> None:
    """Ctrl-Z gives the shell back, `fg` the client."""
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with terminal(rig, shell) as at:
        command = " ".join(rig.argv("kimi", "wait"))
        at.type(f"unset HISTFILE; {command}; echo ended-with-$?\n".encode())
        assert rig.client_runs(), at.shown
        pid = rig.record()["pid"]
        at.type(b"\x1a")
        assert soon(lambda: _state(pid) == "T"), at.shown
        assert rig.answers()
        at.type(b"fg\n")
        assert soon(lambda: _state(pid) == "S"), at.shown
        at.type(b"\x03")
        assert soon(lambda: _state(pid) is None), at.shown
        at.type(b"exit\n")
    assert rig.nothing_is_left()


def _state(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None


def test_a_pipe_is_the_clients_stdin(rig: Rig) -> None:
    ran = rig.run("-q", "kimi", "copy", stdin="what is written here\n")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "WHAT IS WRITTEN HERE\n", "")
    assert rig.nothing_is_left()


def test_a_stdin_that_is_closed_stays_closed(rig: Rig) -> None:
    argv = ["sh", "-c", '"$@" <&-', "sh", *rig.argv("-q", "kimi", "copy")]
    ran = subprocess.run(
        argv, env=rig.environ(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "closed", "")
    assert not rig.record()["has_stdin"]
    assert rig.nothing_is_left()
