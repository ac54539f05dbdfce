"""Slips in our own options, and commands that contradict themselves, as people see them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cli.command_line import run_gateway

from gateway.cli import running
from gateway.cli.env_text import own_command
from gateway.diagnostics.nearest import nearest

OURS = ("--client", "--keep", "--engine", "--project", "--quiet", "--help")
CLAUDES = (
    *(
        "--print",
        "--continue",
        "--resume",
        "--model",
        "--agent",
        "--agents",
        "--settings",
        "--debug",
    ),
    *(
        "--verbose",
        "--effort",
        "--tools",
        "--plugin-dir",
        "--permission-mode",
        "--add-dir",
        "--ide",
    ),
    *("--output-format", "--input-format", "--mcp-config", "--allowedTools", "--fork-session"),
)


def test_a_slip_before_the_model_is_ours(rendered: Path) -> None:
    ran = run_gateway("run", "--engin", "process", "glm-5", cwd=rendered)
    assert (ran.code, ran.out) == (125, "")
    assert ran.err.startswith("gateway: --engin is not an option of gateway run\n")
    assert "did you mean --engine?" in ran.err


def test_no_option_of_the_client_passes_for_a_slip() -> None:
    assert [word for word in CLAUDES if nearest(word, OURS)] == []


@pytest.mark.parametrize("rest", [(), ("--", "-p", "hi")])
def test_a_value_that_is_missing(rest: tuple[str, ...], rendered: Path) -> None:
    ran = run_gateway("run", "--project", *rest, cwd=rendered)
    assert ran.code == 125
    assert "requires an argument" in ran.err
    assert "in --" not in ran.err


@pytest.mark.parametrize("format", ["shell", "fish", "dotenv", "json"])
@pytest.mark.parametrize("client", ["continue", "cursor"])
def test_a_client_without_variables_has_no_such_format(
    client: str, format: str, rendered: Path
) -> None:
    ran = run_gateway("env", client, "--format", format, cwd=rendered)
    assert (ran.code, ran.out) == (2, "")
    assert f"`gateway env {client} --format settings`" in ran.err


def test_variables_that_are_not_enough_are_said(rendered: Path) -> None:
    ran = run_gateway("env", "codex", "--format", "shell", cwd=rendered)
    assert ran.code == 0
    assert "`gateway env codex --write`, or `gateway run glm-5 --client codex`" in ran.err
    assert "not enough" not in run_gateway("env", "opencode", cwd=rendered).err


@pytest.mark.parametrize(
    "words", [("--write", "--undo"), ("--write", "--format", "json"), ("--undo", "--format", "key")]
)
def test_two_things_at_once_are_refused(words: tuple[str, ...], rendered: Path) -> None:
    ran = run_gateway("env", "nextjs", *words, cwd=rendered)
    assert (ran.code, ran.out) == (2, "")
    assert not (rendered / ".env.local").exists()


def test_a_key_that_git_would_take_is_said(rendered: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=rendered, check=True)
    ran = run_gateway("env", "nextjs", "--write", cwd=rendered)
    assert "git does not ignore" in ran.err
    (rendered / ".gitignore").write_text(".env*\n")
    assert "git does not" not in run_gateway("env", "nextjs", "--write", cwd=rendered).err


def test_an_activated_environment_ends_with_its_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "venv" / "bin" / "gateway"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "lasting").mkdir()
    monkeypatch.setattr("sys.argv", [str(program)])
    folders = (program.parent, tmp_path / "lasting")
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "venv"))
    assert own_command(absolute=False) == (str(program),)
    (tmp_path / "lasting" / "gateway").symlink_to(program)
    assert shutil.which("gateway") == str(program)
    assert own_command(absolute=False) == ("gateway",)


def test_what_is_waited_for_is_said_once_and_after_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(running.time, "monotonic", lambda: now[0])
    loud, quiet = running.Progress(False, "waiting …"), running.Progress(True, "waiting …")
    said = []
    for now[0] in (0.5, 1.5, 3.0):
        loud.step()
        quiet.step()
        said.append(capsys.readouterr().err)
    assert said == ["", "waiting …\n", ""]
