"""`gateway run` ends in every way there is, and nothing of it is left: no process, no file, no variable."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from engine.commands import soon
from engine.run_rig import KEY_LINE, Rig, client_script
from stack.projects import MASTER_KEY

from gateway.clients import CLIENTS


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_an_exit_code_is_the_clients(rig: Rig) -> None:
    before = dict(os.environ)
    ran = rig.run("kimi", "exit", "7", HTTPS_PROXY="", ANTHROPIC_API_KEY="sk-mine", MARK="kept")
    assert ran.returncode == 7, ran.stderr
    assert ran.stdout == ""
    first, ready, key = ran.stderr.splitlines(keepends=True)
    assert first == "starting with process …\n"
    assert ready.endswith("s; it stops after its last client (`gateway up` keeps it)\n")
    assert key == KEY_LINE
    record = rig.record()
    assert record["argv"] == ["exit", "7"]
    assert record["children"] == ""
    assert not record["sigpipe_is_ignored"]
    given = rig.environ(HTTPS_PROXY="", MARK="kept")
    ours = {name: value for name, value in record["env"].items() if given.get(name) != value}
    shells = {"PWD", "SHLVL", "_", "OLDPWD", "IGNORED"}
    clients = ("ANTHROPIC_", "CLAUDE_", "API_TIMEOUT_MS", "DISABLE_COST_WARNINGS")
    assert {name for name in ours if not name.startswith(clients)} <= shells
    assert record["env"]["ANTHROPIC_AUTH_TOKEN"] == MASTER_KEY
    assert record["env"]["ANTHROPIC_BASE_URL"] == f"http://127.0.0.1:{rig.port}"
    assert record["env"]["ANTHROPIC_MODEL"] == "kimi"
    assert "ANTHROPIC_API_KEY" not in record["env"]
    said = record["settings"]["env"]  # once more, where the client's files cannot beat it
    assert said["ANTHROPIC_BASE_URL"] == record["env"]["ANTHROPIC_BASE_URL"]
    assert (said["ANTHROPIC_MODEL"], said["ANTHROPIC_API_KEY"]) == ("kimi", "")
    assert MASTER_KEY not in said.values()
    assert os.environ == before
    assert rig.nothing_is_left()


@pytest.mark.parametrize("name", [c.name for c in CLIENTS.values() if c.program])
def test_every_client_gets_its_key_out_of_sight(name: str, rig: Rig) -> None:
    program = CLIENTS[name].program
    assert program is not None
    rig.install(program, client_script())
    ran = rig.run("-q", "kimi", "--client", name, "exit", "3")
    assert ran.stderr == ""
    record = rig.record()
    assert record["argv"][-2:] == ["exit", "3"]
    assert MASTER_KEY not in " ".join(record["argv"])
    assert MASTER_KEY in record["env"].values()
    assert rig.nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM])
def test_a_crash_is_the_clients(number: signal.Signals, rig: Rig) -> None:
    ran = rig.run("kimi", "die", str(int(number)))
    assert ran.returncode == -number
    assert rig.nothing_is_left()


def test_a_shell_sees_128_and_the_signal(rig: Rig) -> None:
    argv = ["sh", "-c", '"$@"; echo "ended with $?"', "sh", *rig.argv("-q", "kimi", "die", "15")]
    ran = subprocess.run(
        argv, env=rig.environ(), capture_output=True, text=True, timeout=60, check=False
    )
    assert "ended with 143\n" in ran.stdout
    assert rig.nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_gateway_run_is_one_to_the_client(number: signal.Signals, rig: Rig) -> None:
    process = rig.begin("kimi", "wait")
    assert rig.client_runs()
    assert rig.record()["pid"] == process.pid
    assert rig.answers()
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == -number
    assert rig.nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_start_that_is_interrupted(number: signal.Signals, rig: Rig) -> None:
    _slow(rig, 30)
    process = rig.begin("kimi", "exit", "7")
    assert soon((rig.project / ".gateway" / "proxy.json").exists)
    process.send_signal(number)
    process.send_signal(number)  # people press it twice
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert not (rig.project / ".gateway" / "proxy.json").exists()
    assert rig.nothing_is_left()
    assert not rig.record_file.exists()


@pytest.mark.parametrize("moment", ["keeper", "proxy"])
def test_a_start_that_is_killed(moment: str, rig: Rig) -> None:
    _slow(rig, 30)
    process = rig.begin("kimi", "exit", "7")
    state = rig.project / ".gateway"
    assert soon((state / ("run.lock" if moment == "keeper" else "proxy.json")).exists)
    process.kill()
    process.communicate(timeout=30)
    assert rig.nothing_is_left()


def _slow(rig: Rig, seconds: float) -> None:
    (rig.project / "compose" / "slow").write_text(str(seconds))
    rig.before = rig.files()


def test_what_the_client_leaves_behind_keeps_nothing_up(rig: Rig) -> None:
    """A server that somebody starts in a session outlives it; the gateway need not."""
    ran = rig.run("-q", "kimi", "leave", "60")
    assert (ran.returncode, ran.stderr) == (0, "")
    left = [int(p.parent.name) for p in Path("/proc").glob("[0-9]*/environ") if _is_left(p, rig)]
    try:
        assert len(left) == 1
        assert soon(lambda: not rig.answers())
    finally:
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    assert rig.nothing_is_left()


def _is_left(environ: Path, rig: Rig) -> bool:
    try:
        return b"sleep\x0060" in environ.with_name("cmdline").read_bytes() and (
            str(rig.record_file).encode() in environ.read_bytes()
        )
    except OSError:
        return False


def test_nothing_waits_for_the_keeper(rig: Rig) -> None:
    """Who reads the client's output sees its end when the client ends."""
    argv = [*rig.argv("-q", "kimi", "exit", "0")]
    script = '"$@" | cat; echo "${PIPESTATUS[0]}"'
    ran = subprocess.run(
        ["bash", "-c", script, "bash", *argv],
        env=rig.environ(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout == "0\n", ran.stderr
    assert rig.nothing_is_left()
