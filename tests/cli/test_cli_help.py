"""Every command has a help page that names its options, and asking for it costs no import of the core."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.command_line import run_gateway

OPTIONS = {
    "init": ["[DIR]"],
    "new": [
        *("NAME", "--provider", "--model", "--description", "--fallback", "--alias", "--mode"),
        *("--context-window", "--dry-run", "-n", "--project"),
    ],
    "import": ["SOURCE", "--into", "--kind", "--default-model", "--dry-run", "-n"],
    "validate": [
        *("[FILES]...", "--project", "--format", "--report", "--color", "--quiet", "-q"),
        *("--fail-on", "--watch"),
    ],
    "fix": ["[FILES]...", "--modeline", "--sort", "--dry-run", "-n", "--project", "--quiet"],
    "render": [
        "--check",
        "--stdout",
        "--force",
        "--dry-run",
        "-n",
        "--project",
        "--color",
        "--quiet",
    ],
    "explain": ["NAME", "--request", "--header", "--protocol", "--project", "--format", "--color"],
    "models": ["--project", "--format", "--color"],
    "schema": ["model", "gateway"],
    "lsp": [],
    "up": ["--engine", "--project", "--color", "--quiet"],
    "down": ["--engine", "--project"],
    "restart": ["--engine", "--project", "--color", "--quiet"],
    "status": ["--engine", "--project", "--format", "--color"],
    "logs": ["--follow", "-f", "--tail", "--engine", "--project"],
    "run": ["[MODEL]", "[ARGS]", "--client", "--keep", "--engine", "--project", "--quiet", "-q"],
    "shell": ["[MODEL]", "[CMD]", "--keep", "--project", "--quiet", "-q"],
    "env": [
        *("CLIENT", "[MODEL]", "--format", "--with-key", "--no-key", "--write", "--undo", "--file"),
        *("--force", "--dry-run", "-n", "--project", "--color"),
    ],
    "aliases": [
        *("--shell", "--write", "--check", "--undo", "--file", "--force", "--dry-run", "-n"),
        *("--project", "--color"),
    ],
    "demo": ["--engine"],
    "keys": ["list", "set", "check", "rotate", "export", "login", "logout"],
    "keys list": ["--project", "--format", "--color"],
    "keys set": ["NAME", "--force", "--dry-run", "-n", "--project", "--color"],
    "keys check": [
        *("[NAMES]...", "--timeout", "--project", "--format", "--color", "--quiet", "-q"),
    ],
    "keys rotate": ["master", "--dry-run", "-n", "--project", "--color"],
    "keys export": ["--format", "--show", "--project", "--color"],
}
HEAVY = {
    "httpx",
    "oauthlib",
    "tomlkit",
    "ruamel",
    "jinja2",
    "jsonschema",
    "jsonschema_rs",
    "yaml",
    "litellm",
    "rich",
    "dotenv",
    "asyncio",
}
SEE_MODULES = """
import sys
from gateway.cli.main import run
try:
    run()
finally:
    sys.stderr.write("\\nmodules: " + " ".join(m for m in sys.modules if "." not in m))
"""


@pytest.mark.parametrize("command", OPTIONS)
def test_help_of_a_command(command: str, tmp_path: Path) -> None:
    ran = run_gateway(*command.split(), "--help", cwd=tmp_path, env={"COLUMNS": "100"})
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: python -m gateway {command} ")
    for option in OPTIONS[command]:
        assert option in ran.out


def test_help_names_every_command(tmp_path: Path) -> None:
    ran = run_gateway("--help", cwd=tmp_path)
    assert ran.code == 0
    listed = [line.split()[0] for line in ran.out.partition("Commands:\n")[2].splitlines()]
    assert sorted(listed) == sorted(name for name in OPTIONS if " " not in name)


@pytest.mark.parametrize("group", [[], ["keys"]], ids=str)
def test_what_the_help_says_of_a_command_is_whole(group: list[str], tmp_path: Path) -> None:
    ran = run_gateway(*group, "--help", cwd=tmp_path, env={"COLUMNS": "80"})
    lines = ran.out.partition("Commands:\n")[2].splitlines()
    assert lines
    # `env` gets its words together with the clients that it names.
    assert [line for line in lines if line.endswith("...") and line.split()[0] != "env"] == []


def test_no_arguments_print_the_help_and_are_2(tmp_path: Path) -> None:
    ran = run_gateway(cwd=tmp_path)
    assert ran.code == 2
    assert "Commands:" in ran.out + ran.err


def test_version(tmp_path: Path) -> None:
    ran = run_gateway("--version", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("gateway ")
    assert "LiteLLM 1." in ran.out


@pytest.mark.parametrize(
    "args", [["--help"], ["up", "--help"], ["keys", "check", "--help"], ["--version"]]
)
def test_help_imports_no_core(args: list[str], tmp_path: Path) -> None:
    assert HEAVY & _modules(args, tmp_path) == set()


def test_validate_of_a_sound_project_imports_no_renderer(project: Path) -> None:
    assert _modules(["validate"], project) & {"jinja2", "jsonschema", "litellm", "rich"} == set()


def test_status_and_down_import_no_litellm(rendered: Path) -> None:
    assert "litellm" not in _modules(["status", "--engine", "process"], rendered)
    assert _modules(["down", "--engine", "process"], rendered) & {"litellm", "jinja2"} == set()


def _modules(args: list[str], cwd: Path) -> set[str]:
    ran = run_gateway(*args, cwd=cwd, first=("-c", SEE_MODULES))
    return set(ran.err.rpartition("modules: ")[2].split())
