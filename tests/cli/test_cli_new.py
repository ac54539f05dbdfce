"""`gateway new`: a fragment from flags, or from questions where there is a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

from cli.command_line import environment, run_gateway, tree

FLAGS = ("--provider", "nanogpt", "--model", "moonshotai/kimi-k2.5")
MODELINE = "# yaml-language-server: $schema=../compose/schema/model.schema.json\n"


def test_from_flags(project: Path) -> None:
    more = (
        "--description",
        "Kimi: K2.5",
        "--fallback",
        "glm-5",
        "--alias",
        "kimi",
        "--alias",
        "k2",
    )
    ran = run_gateway("new", "kimi-k2.5", *FLAGS, *more, cwd=project)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "   create  models.d/kimi-k2.5.yaml\n"
    assert (project / "models.d" / "kimi-k2.5.yaml").read_text() == MODELINE + (
        'description: "Kimi: K2.5"\n'
        "provider: nanogpt\n"
        "model: moonshotai/kimi-k2.5\n"
        "aliases: [kimi, k2]\n"
        "fallbacks: [glm-5]\n"
    )
    assert run_gateway("validate", cwd=project).code == 0


def test_a_name_that_no_file_can_have(project: Path) -> None:
    assert run_gateway("new", "moonshotai/kimi", *FLAGS, cwd=project).code == 0
    text = (project / "models.d" / "moonshotai-kimi.yaml").read_text()
    assert text.startswith(f"{MODELINE}name: moonshotai/kimi\n")
    assert "moonshotai/kimi" in run_gateway("models", cwd=project).out
    ran = run_gateway("new", "///", *FLAGS, cwd=project)
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be a model's name" in ran.err


def test_a_name_never_leaves_the_folder(project: Path) -> None:
    run_gateway("new", "../../escaped", *FLAGS, cwd=project)
    assert not list(project.parent.glob("*escaped*"))
    assert not list(project.glob("*escaped*"))


def test_without_a_terminal_it_names_the_flag(project: Path) -> None:
    before = tree(project)
    ran = run_gateway("new", "x", "--model", "m", cwd=project)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("gateway: --provider is missing")
    assert "--model is missing" in run_gateway("new", "x", "--provider", "p", cwd=project).err
    assert tree(project) == before


def test_on_a_terminal_it_asks(project: Path) -> None:
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-m", "gateway", "new", "asked"]
    process = subprocess.Popen(
        argv, cwd=project, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    for answer in (b"nanogpt\n", b"some/model\n"):
        seen = b""
        while b":" not in seen:
            seen += os.read(ours, 1000)
        time.sleep(0.05)
        os.write(ours, answer)
    assert process.wait(timeout=20) == 0
    os.close(ours)
    text = (project / "models.d" / "asked.yaml").read_text()
    assert text == f"{MODELINE}provider: nanogpt\nmodel: some/model\n"


def test_an_existing_file_is_kept(project: Path) -> None:
    before = tree(project)
    ran = run_gateway("new", "glm-5", *FLAGS, cwd=project)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("gateway: models.d/glm-5.yaml exists already\n")
    assert tree(project) == before


def test_an_unknown_provider_is_a_finding_and_the_file_is_there_to_mend(project: Path) -> None:
    ran = run_gateway("new", "x", "--provider", "nanogtp", "--model", "m", cwd=project)
    assert ran.code == 1
    assert "models.d/x.yaml:2:11: error[GW" in ran.out + ran.err
    assert (project / "models.d" / "x.yaml").exists()


def test_a_dry_run_prints_the_fragment(project: Path) -> None:
    before = tree(project)
    ran = run_gateway("new", "x", *FLAGS, "-n", cwd=project)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{MODELINE}provider: nanogpt\nmodel: moonshotai/kimi-k2.5\n"
    assert tree(project) == before
