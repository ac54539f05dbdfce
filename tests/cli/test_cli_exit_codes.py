"""0 fine, 1 the answer is no, 2 could not do the job, 130 interrupted; and on which stream it says so."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli.command_line import BAD, environment, run_gateway, tree

NEEDS_PROJECT = [
    ["validate"],
    ["render"],
    ["render", "--check"],
    ["models"],
    ["explain", "glm-5"],
    ["status"],
    ["up"],
    ["restart"],
    ["down"],
    ["logs"],
    ["new", "x", "--provider", "nanogpt", "--model", "m"],
]


@pytest.mark.parametrize("command", NEEDS_PROJECT, ids=" ".join)
def test_without_a_project_each_command_says_how_to_get_one(
    command: list[str], tmp_path: Path
) -> None:
    ran = run_gateway(*command, cwd=tmp_path)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(f"gateway: no gateway.yaml in {tmp_path}")
    assert "= hint: run `gateway init`" in ran.err


@pytest.mark.parametrize(
    "command", ["validate", "render", "models", "status", "up", "down", "logs"]
)
def test_an_unknown_option_is_2(command: str, project: Path) -> None:
    ran = run_gateway(command, "--no-such-option", cwd=project)
    assert (ran.code, ran.out) == (2, "")
    assert "--no-such-option" in ran.err


def test_an_unknown_command_is_2(project: Path) -> None:
    ran = run_gateway("rendre", cwd=project)
    assert (ran.code, ran.out) == (2, "")
    assert "rendre" in ran.err


@pytest.mark.parametrize("command", ["render", "up", "restart", "models", "status"])
def test_a_mistake_is_1_on_stderr_and_touches_nothing(command: str, rendered: Path) -> None:
    (rendered / "models.d" / "bad.yaml").write_text(BAD)
    before = tree(rendered)
    ran = run_gateway(command, cwd=rendered)
    assert ran.code == 1
    assert "models.d/bad.yaml:3:1: error[GW103]: unknown key `fallback`" in ran.err
    if command != "status":
        assert ran.out == ""
    assert tree(rendered) == before


def test_status_of_a_project_with_mistakes_still_tells_what_runs(rendered: Path) -> None:
    (rendered / "models.d" / "bad.yaml").write_text(BAD)
    ran = run_gateway("status", "--engine", "process", cwd=rendered)
    assert ran.code == 1
    assert ran.out.startswith("not running: `gateway up` starts it\n")


def test_down_needs_no_sound_project(rendered: Path) -> None:
    (rendered / "models.d" / "bad.yaml").write_text(BAD)
    ran = run_gateway("down", "--engine", "process", cwd=rendered)
    assert (ran.code, ran.out, ran.err) == (0, "", "nothing is running\n")


def test_interrupted_is_130_and_nothing_is_written(project: Path) -> None:
    lock = os.open(project, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)  # a render waits for another one
    argv = [sys.executable, "-m", "gateway", "render"]
    process = subprocess.Popen(argv, cwd=project, env=environment(), stderr=subprocess.PIPE)
    try:
        waiting = Path(f"/proc/{process.pid}/wchan")
        until = time.monotonic() + 20
        while time.monotonic() < until and "lock" not in waiting.read_text():
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    finally:
        os.close(lock)
        process.kill()
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert sorted(tree(project)) == ["gateway.yaml", "models.d/glm-5.yaml"]


BUG = """
import sys
import gateway.pipeline

def broken(root):
    raise ValueError("sk-a-value-that-nobody-may-see-0123456789")

gateway.pipeline.check = broken
from gateway.cli.main import run
run()
"""


def test_a_bug_of_ours_is_one_sentence_without_values(project: Path) -> None:
    ran = run_gateway("validate", cwd=project, first=("-c", BUG))
    assert (ran.code, ran.out) == (2, "")
    first, hint = ran.err.splitlines()
    assert re.fullmatch(
        r"gateway: this is a bug of gateway \(ValueError at \w+\.py:\d+, in \w+\)", first
    )
    assert "GATEWAY_DEBUG=1" in hint
    assert "nobody-may-see" not in ran.err


def test_a_bug_of_ours_shows_its_traceback_when_asked_to(project: Path) -> None:
    ran = run_gateway("validate", cwd=project, first=("-c", BUG), env={"GATEWAY_DEBUG": "1"})
    assert ran.code == 2
    assert "Traceback (most recent call last)" in ran.err
    assert "in broken" in ran.err


def test_a_current_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f'cd {gone} && rmdir {gone} && exec "{sys.executable}" -m gateway validate'
    done = subprocess.run(
        ["sh", "-c", script], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "the current folder does not exist any more" in done.stderr


@pytest.mark.parametrize("command", [["models"], ["schema"], ["render", "--stdout"], ["validate"]])
def test_a_full_device_behind_stdout_is_a_sentence(command: list[str], project: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        argv = [sys.executable, "-m", "gateway", *command]
        done = subprocess.run(
            argv,
            cwd=project,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert (
        done.stderr == "gateway: the standard output cannot be written (no space left on device)\n"
    )


def test_a_reader_that_leaves_is_no_traceback(project: Path) -> None:
    script = f'"{sys.executable}" -m gateway schema gateway | head -n 1'
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


WITHOUT_OPENAI = """
import importlib.util
_find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: (
    None if name == "openai" else _find(name, package)
)
"""


def test_the_demo_asks_for_the_sdk_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_OPENAI)
    ran = run_gateway("demo", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert (ran.code, ran.out) == (2, "")
    assert (
        ran.err == "gateway: the OpenAI SDK is not installed\n  = hint: run `pip install openai`\n"
    )


@pytest.mark.parametrize(("key", "is_said"), [("sk-1234", True), ("sk-1234567890123", False)])
def test_a_short_master_key_is_a_warning(key: str, is_said: bool, rendered: Path) -> None:
    (rendered / ".env").write_text(f"LITELLM_MASTER_KEY={key}\n")
    nowhere = {"PATH": "/nonexistent"}  # no Docker: nothing starts
    ran = run_gateway("up", "-q", "--engine", "docker", cwd=rendered, env=nowhere)
    assert ran.code == 2
    sentence = "LITELLM_MASTER_KEY has only 7 characters: use a long random one\n"
    assert (sentence in ran.err) is is_said
    assert key not in ran.err
