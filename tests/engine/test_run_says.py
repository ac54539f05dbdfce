"""What keeps a client from starting is said in one sentence with a remedy, before anything is started."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine.run_rig import KEY_LINE, Rig
from stack.projects import MASTER_KEY, gateway


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    gateway(made.project, "down", "--engine", "process")


def _refused(rig: Rig, code: int, stderr: str, *argv: str, **environ: str) -> None:
    ran = rig.run(*argv, **environ)
    assert (ran.returncode, ran.stdout, ran.stderr) == (code, "", stderr)
    assert not rig.record_file.exists()
    assert not (rig.project / ".gateway").exists()


def test_an_unknown_model(rig: Rig) -> None:
    sentence = (
        "gateway: `kimmi` is not a model\n"
        "  = hint: did you mean `kimi`? there are: glm-5, k2, kimi\n"
    )
    _refused(rig, 125, sentence, "kimmi", "-p", "hi")


def test_no_model_and_nothing_that_routes(rig: Rig) -> None:
    sentence = (
        "gateway: which model?\n"
        "  = hint: name one, as in `gateway run default` (that is kimi); there are: glm-5, k2, kimi\n"
    )
    _refused(rig, 125, sentence)
    _refused(rig, 125, sentence, "--", "-p", "hi")


def test_an_unknown_client(rig: Rig) -> None:
    ran = rig.run("kimi", "--client", "cluade")
    assert ran.returncode == 125
    assert ran.stderr.startswith(
        "gateway: `cluade` is not a client\n  = hint: did you mean `claude`? there are: claude"
    )


def test_a_bad_option(rig: Rig) -> None:
    ran = rig.run("--engine", "steam")
    assert ran.returncode == 125
    assert "'steam' is not one of" in ran.stderr


def test_claude_is_not_installed(rig: Rig) -> None:
    (rig.folder / "bin" / "claude").unlink()
    sentence = (
        "gateway: Claude Code is not installed: there is no `claude` on PATH\n"
        "  = hint: install it: npm install -g @anthropic-ai/claude-code\n"
    )
    _refused(rig, 127, sentence, "kimi", PATH=f"{rig.folder / 'bin'}:/usr/bin:/bin")


def test_claude_is_not_executable(rig: Rig) -> None:
    rig.install("claude", "#!/bin/sh\n", mode=0o644)
    sentence = (
        f"gateway: {rig.folder}/bin/claude cannot be run\n"
        "  = hint: see that it is a program for this machine\n"
    )
    _refused(rig, 126, sentence, "kimi", PATH=f"{rig.folder / 'bin'}:/usr/bin:/bin")


def test_claude_is_for_another_machine(rig: Rig) -> None:
    """Only the attempt shows it: the gateway was started, and is stopped again."""
    rig.install("claude", "\x7fELF of something else")
    ran = rig.run("-q", "kimi")
    assert ran.returncode == 126
    assert ran.stderr.startswith(f"gateway: {rig.folder}/bin/claude cannot be run\n")
    assert rig.nothing_is_left()


def test_a_gateway_that_cannot_start(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", rig.port)):
        ran = rig.run("kimi")
    assert ran.returncode == 125
    assert f"gateway: cannot listen on 127.0.0.1 port {rig.port}: the port is taken" in ran.stderr
    assert "  = hint: stop that program" in ran.stderr
    assert rig.nothing_is_left()


def test_a_project_with_mistakes(rig: Rig) -> None:
    (rig.project / "models.d" / "kimi.yaml").write_text("provider: far\nmodle: m\n")
    ran = rig.run("kimi")
    assert ran.returncode == 125
    assert "models.d/kimi.yaml:2:1: error[GW103]" in ran.stderr


def test_no_project(rig: Rig) -> None:
    (rig.project / "gateway.yaml").unlink()
    ran = rig.run("kimi")
    assert ran.returncode == 125
    assert f"gateway: no gateway.yaml in {rig.project}\n  = hint: run `gateway init" in ran.stderr


def test_a_key_that_the_running_gateway_does_not_take(rig: Rig) -> None:
    assert gateway(rig.project, "up", "-q", "--engine", "process").returncode == 0
    env = rig.project / ".env"
    env.write_text(env.read_text().replace(MASTER_KEY, "sk-another-0123456789abcdef012345"))
    ran = rig.run("kimi")
    assert (ran.returncode, ran.stdout) == (125, "")
    assert ran.stderr == (
        f"gateway: the gateway at http://127.0.0.1:{rig.port} does not take the LITELLM_MASTER_KEY "
        "of .env: it was started with another\n"
        "  = hint: run `gateway up`, which starts it with what .env says now, or put the old one back\n"
    )
    assert not rig.record_file.exists()
    assert rig.answers()  # with the old one: nobody restarted it


def test_a_running_gateway_that_differs_is_said_and_not_restarted(rig: Rig) -> None:
    assert gateway(rig.project, "up", "-q", "--engine", "process").returncode == 0
    pid_file = rig.project / ".gateway" / "proxy.json"
    before = pid_file.read_text()
    (rig.project / "models.d" / "new.yaml").write_text(
        json.dumps({"provider": "far", "model": "n"})
    )
    ran = rig.run("kimi", "exit", "9")
    assert ran.returncode == 9
    assert ran.stderr == (
        "what runs is not what is written: the models' configuration changed since the start; "
        f"`gateway up` changes that\n{KEY_LINE}"
    )
    new = rig.run("new", "exit", "9")
    assert new.returncode == 125
    assert new.stderr == (
        "gateway: the gateway that runs does not know `new` yet\n  = hint: run `gateway up`\n"
    )
    assert pid_file.read_text() == before


def test_an_alias_and_the_default_are_models(rig: Rig) -> None:
    for name in ("k2", "default"):
        assert rig.run("-q", name, "exit", "4").returncode == 4
        assert rig.record()["env"]["ANTHROPIC_MODEL"] == name
    assert rig.nothing_is_left()


def test_the_gateway_is_not_asked_for_through_a_proxy(rig: Rig) -> None:
    ran = rig.run(
        "-q", "kimi", "exit", "0", HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="example.org"
    )
    assert ran.returncode == 0, ran.stderr
    assert "NO_PROXY" in rig.record()["env"]
    ran = rig.run("-q", "kimi", "exit", "0", ALL_PROXY="http://127.0.0.1:9", NO_PROXY="example.org")
    assert rig.record()["env"]["NO_PROXY"] == "example.org,127.0.0.1"
    assert rig.record()["env"]["no_proxy"] == "example.org,127.0.0.1"
