"""No key's value in any output, file, command line or crash, whichever command runs and whatever goes wrong.

Every command that exists has to be here. What a running proxy logs and answers is in
tests/engine/test_engine_secrets.py.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer
from cli.command_line import environment
from small_project import SETTINGS
from watched_command_lines import watched_command_lines

from gateway.cli.main import app
from gateway.clients import CLIENTS
from gateway.stand_in import StandIn

NEW = ["new", "x", "--provider", "nanogpt", "--model", "m"]
FINDINGS = ("text", "json", "sarif", "github", "junit", "gitlab", "markdown")
PROCESS = ("--engine", "process")
# By command: what is run, in order, in one project; a second time with a mistake in it.
RUNS: dict[str, list[list[str]]] = {
    "init": [["init", "."], ["init", "fresh"]],
    "import": [["import", "source.env", "--into", "imported"], ["import", ".env", "-n"]],
    "new": [[*NEW, "-n"], NEW, NEW],
    "validate": [["validate", "--format", each] for each in FINDINGS],
    "fix": [["fix", "-n"], ["fix"]],
    "render": [["render", "--stdout"], ["render", "-n"], ["render", "--check"], ["render"]],
    "explain": [["explain", name] for name in ("glm-5", "nanogpt", "GW220", "no-such-name")],
    "models": [["models"], ["models", "--format", "json"]],
    "schema": [["schema"], ["schema", "gateway"]],
    "lsp": [["lsp"]],
    "up": [["up", *PROCESS]],
    "down": [["down", *PROCESS]],
    "restart": [["restart", *PROCESS, "-q"]],
    "status": [["status", *PROCESS], ["status", *PROCESS, "--format", "json"]],
    "logs": [["logs", *PROCESS]],
    "run": [["run", "glm-5", "--client", "codex", *PROCESS], ["run", "no-such-model"]],
    "shell": [["shell", "glm-5"], ["shell", "no-such-model"]],
    # With `--format key` and `--with-key` the key is what was asked for: tests/cli/test_cli_env.py.
    "env": [
        *(["env", client, "glm-5", "--no-key"] for client in CLIENTS),
        *(["env", client, "--no-key", "--write"] for client in CLIENTS),
        ["env", "claude", "no-such-model"],
        ["env", "claude", "--undo"],
    ],
    "aliases": [*(["aliases", "--shell", shell, "--write"] for shell in ("bash", "zsh", "fish"))],
    "demo": [["demo", "--engine", "docker"]],
    "keys list": [["keys", "list"], ["keys", "list", "--format", "json"]],
    "keys set": [["keys", "set", "NANOGPT_API_KEY", "-n"], ["keys", "set", "NANOGPT_API_KEX"]],
    "keys check": [["keys", "check"], ["keys", "check", "--format", "json"]],
    # What a login says is in test_cli_oauth.py: it takes an authorization server.
    "keys login": [["keys", "login", "far"], ["keys", "login", "none"]],
    "keys logout": [["keys", "logout", "far"], ["keys", "logout", "none"]],
    "keys rotate": [["keys", "rotate", "master", "-n"], ["keys", "rotate", "none"]],
    # The one command whose product they are; here it says only why it does not print them.
    "keys export": [["keys", "export", "--format", "none"]],
}
BROKEN = {
    "an unknown key": ("gateway.yaml", SETTINGS + "oops: 1\n"),
    "an open quote": (".env", None),
    "not UTF-8": (".env", b"\xff"),
}


def commands(group: object, before: str = "") -> Iterator[str]:
    """Every command by its full name."""
    found: dict[str, object] = getattr(group, "commands", {})
    for name, command in found.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name


def test_every_command_is_here() -> None:
    assert sorted(commands(typer.main.get_command(app))) == sorted(RUNS)


@dataclass
class Cage:
    """A project whose keys are random, and everything that came out of it."""

    root: Path
    canaries: dict[str, str]
    environ: dict[str, str]
    said: list[str] = field(default_factory=list)

    def run(self, *argv: str, code: str = "", typed: str = "") -> int:
        first = ["-c", code] if code else ["-m", "gateway"]
        done = subprocess.run(
            [sys.executable, *first, *argv],
            cwd=self.root,
            env=self.environ,
            input=typed.encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        self.said += [
            done.stdout.decode("utf-8", "replace"),
            done.stderr.decode("utf-8", "replace"),
        ]
        return done.returncode

    def sung(self, text: str) -> list[str]:
        return [name for name, value in self.canaries.items() if value in text]


@pytest.fixture
def cage(tmp_path: Path) -> Iterator[Cage]:
    """In `.env`, in the environment, and in another tool's configuration that is imported."""
    names = ("master", "provider", "shell", "unused", "imported", "typed")
    canaries = {name: f"canary{secrets.token_hex(12)}" for name in names}
    with StandIn("far", api_keys=[canaries["provider"]]) as far, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()  # what would start says that its port is taken; real starts are in tests/engine
        root = tmp_path / "project"
        (root / "models.d").mkdir(parents=True)
        (root / "gateway.yaml").write_text(
            SETTINGS.replace("https://nano-gpt.com/api/v1", far.base_url)
            + "    headers: {X-Team: os.environ/TEAM}\n"
            + f"server: {{port: {taken.getsockname()[1]}}}\n"
        )
        (root / "models.d" / "glm-5.yaml").write_text("provider: nanogpt\nmodel: far\n")
        (root / ".env").write_text(
            f"LITELLM_MASTER_KEY='sk-{canaries['master']}$'\n"
            f'NANOGPT_API_KEY={canaries["provider"]}\nUNUSED="{canaries["unused"]}"\n'
        )
        (root / "source.env").write_text(f"OPENAI_API_KEY=sk-{canaries['imported']}\n")
        folders = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
        for folder in folders.values():
            Path(folder).mkdir()
        nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/no-docker.sock"}
        environ = environment({**folders, **nowhere, "TEAM": canaries["shell"]})
        caged = Cage(root, canaries, environ)
        with watched_command_lines() as lines:
            yield caged
        assert caged.sung("\n".join(lines)) == []
        assert caged.sung("\n".join(caged.said)) == []
        for file in (each for each in tmp_path.rglob("*") if each.is_file()):
            if file.name not in (".env", "source.env"):
                assert caged.sung(file.read_text("utf-8", "replace")) == [], file


@pytest.mark.parametrize("command", RUNS)
def test_no_value_comes_out_of_a_command(command: str, cage: Cage) -> None:
    codes = [cage.run(*argv) for argv in RUNS[command]]
    assert all(code in (0, 1, 2, 125, 127) for code in codes), cage.said
    assert any(cage.said) or command == "lsp"  # which says nothing unasked


@pytest.mark.parametrize("mistake", BROKEN)
def test_no_value_comes_out_of_an_error(mistake: str, cage: Cage) -> None:
    cage.environ["GATEWAY_DEBUG"] = "1"
    path, content = BROKEN[mistake]
    broken = cage.root / path
    if isinstance(content, str):
        broken.write_text(content)
    else:
        broken.write_bytes(broken.read_bytes() + (content or b"X='canary"))
    for command in ("status", "models", "keys list", "keys check", "keys set"):
        for argv in RUNS[command]:
            assert cage.run(*argv, typed=cage.canaries["typed"]) in (0, 1, 2)
    for argv in (["set", "NANOGPT_API_KEY"], ["rotate", "master"], ["export", "--format", "json"]):
        expected = (1,) if mistake == "an unknown key" else (2,)
        assert cage.run("keys", *argv, typed=cage.canaries["typed"]) in expected


def test_a_value_that_is_set_is_in_the_env_file_and_nowhere_else(cage: Cage) -> None:
    cage.environ["GATEWAY_DEBUG"] = "1"
    assert cage.run("keys", "set", "NANOGPT_API_KEY", typed=cage.canaries["typed"]) == 0
    assert cage.run("keys", "set", "LITELLM_MASTER_KEY", typed="short") == 0
    assert cage.run("keys", "rotate", "master") == 0
    assert cage.canaries["typed"] in (cage.root / ".env").read_text()
    assert cage.canaries["provider"] not in (cage.root / ".env").read_text()
    for pasted in (["keys", "set"], ["keys", "check"]):
        assert cage.run(*pasted, "--no-such-option", "NANOGPT_API_KEY") == 2


CRASH = """
import sys
import gateway.{module} as module
def broken(*args, **kwargs):
    raise KeyError([repr(a) for a in (*args, *kwargs.values())], dict(__import__("os").environ))
module.{function} = broken
from gateway.cli.main import run
run()
"""
CRASHES = [
    ("cli.keys_list", "listed", ["list"]),
    ("cli.keys_check", "check_keys", ["check"]),
    ("cli.keys_check", "attempts_of", ["check"]),
    ("cli.keys_set", "set_value", ["rotate", "master"]),
    ("cli.keys_export", "exported", ["export"]),
    ("env_file", "with_value", ["rotate", "master"]),
]


@pytest.mark.parametrize(("module", "function", "argv"), CRASHES)
def test_no_value_comes_out_of_a_crash(
    module: str, function: str, argv: list[str], cage: Cage
) -> None:
    """The error's own words hold everything that was passed, as a library's may."""
    code = CRASH.format(module=module, function=function)
    for debug in ("", "1"):
        cage.environ["GATEWAY_DEBUG"] = debug
        assert cage.run("keys", *argv, code=code) == 2
        assert "this is a bug of gateway (KeyError at" in cage.said[-1]
        assert ("Traceback" in cage.said[-1]) is bool(debug)


def test_what_is_exported_is_exported_to_the_standard_output_alone(cage: Cage) -> None:
    cage.run("keys", "export", "--format", "json")
    out, err = cage.said
    assert json.loads(out)["NANOGPT_API_KEY"] == cage.canaries["provider"]
    assert cage.sung(err) == []
    assert "unused" not in cage.sung(out)
    cage.said.clear()


def test_the_cage_sees_a_value_on_a_command_line_and_in_a_file(tmp_path: Path) -> None:
    """Else the tests above could not fail."""
    canary = f"canary{secrets.token_hex(12)}"
    with watched_command_lines() as lines:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.3)", canary], check=True)
    assert any(canary in line for line in lines)
    assert Cage(tmp_path, {"one": canary}, dict(os.environ)).sung(f"x{canary}y") == ["one"]
