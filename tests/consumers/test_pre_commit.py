"""The hooks of .pre-commit-hooks.yaml in the real pre-commit: which files start them, what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli.command_line import BAD, Ran, environment, run_gateway

from gateway.yaml_text import read_plain

MANIFEST = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
HOOKS: list[Any] = read_plain(f"hooks:\n{MANIFEST.read_text()}")["hooks"]


def run(*argv: str, cwd: Path, home: Path) -> Ran:
    bin_folder = Path(sys.executable).parent
    env = environment({"PRE_COMMIT_HOME": str(home), "GIT_CONFIG_GLOBAL": os.devnull})
    env["PATH"] = f"{bin_folder}:{env['PATH']}"
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, timeout=120, check=False)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_the_manifest_is_one(tmp_path: Path) -> None:
    ran = run("pre-commit", "validate-manifest", str(MANIFEST), cwd=tmp_path, home=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert [hook["id"] for hook in HOOKS] == ["gateway-validate", "gateway-render-check"]


@pytest.fixture
def repository(project: Path, tmp_path: Path) -> Path:
    """A git repository with a rendered project at its root, and the hooks.

    They run out of this environment instead of one that pre-commit makes with pip: what it would
    install is what tests/consumers/test_action.py installs.
    """
    assert run_gateway("render", "-q", cwd=project).code == 0
    hooks = "".join(
        f"  - {{id: {hook['id']}, name: {hook['id']}, language: system, entry: {hook['entry']}, "
        f"files: '{hook['files']}', pass_filenames: {str(hook['pass_filenames']).lower()}, "
        f"require_serial: {str(hook['require_serial']).lower()}}}\n"
        for hook in HOOKS
    )
    (project / ".pre-commit-config.yaml").write_text(f"repos:\n- repo: local\n  hooks:\n{hooks}")
    for argv in (["git", "init", "-q"], ["git", "add", "-A"]):
        assert run(*argv, cwd=project, home=tmp_path).code == 0
    commit = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"]
    assert run(*commit, cwd=project, home=tmp_path).code == 0
    return project


def verdicts(repository: Path, home: Path, *args: str) -> tuple[dict[str, str], str]:
    """Hook -> Passed, Failed or Skipped, and everything that was said."""
    ran = run("pre-commit", "run", *args, cwd=repository, home=home)
    lines = [line for line in ran.out.splitlines() if line.startswith("gateway-")]
    found = {line.split(".")[0]: line.rsplit(".", 1)[1].split(")")[-1] for line in lines}
    assert list(found) == [hook["id"] for hook in HOOKS], ran
    assert (ran.code == 0) is ("Failed" not in found.values())
    return found, ran.out


def test_a_sound_project_passes(repository: Path, tmp_path: Path) -> None:
    found, _ = verdicts(repository, tmp_path, "--all-files")
    assert set(found.values()) == {"Passed"}


def test_a_mistake_fails_with_its_place(repository: Path, tmp_path: Path) -> None:
    (repository / "models.d" / "bad.yaml").write_text(BAD)
    run("git", "add", "-A", cwd=repository, home=tmp_path)
    found, said = verdicts(repository, tmp_path)
    assert set(found.values()) == {"Failed"}
    assert said.count("models.d/bad.yaml:3:1: error[GW103]") == 2


def test_a_stack_that_is_not_rendered_fails(repository: Path, tmp_path: Path) -> None:
    (repository / "models.d" / "new.yaml").write_text("provider: nanogpt\nmodel: m\n")
    run("git", "add", "-A", cwd=repository, home=tmp_path)
    found, said = verdicts(repository, tmp_path)
    assert found == {"gateway-validate": "Passed", "gateway-render-check": "Failed"}
    assert "update  compose/litellm_config.yaml" in said


@pytest.mark.parametrize(
    ("path", "started"),
    [
        ("README.md", set()),
        ("src/models.py", set()),
        ("compose/compose.yaml", {"gateway-render-check"}),
        (".env.example", {"gateway-render-check"}),
        ("gateway.yaml", {"gateway-validate", "gateway-render-check"}),
        ("models.d/sub/x.yaml", {"gateway-validate", "gateway-render-check"}),
        ("deploy/models.d/x.yaml", {"gateway-validate", "gateway-render-check"}),
    ],
)
def test_which_files_start_which_hook(
    path: str, started: set[str], repository: Path, tmp_path: Path
) -> None:
    file = repository / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text((file.read_text() if file.exists() else "") + "# changed\n")
    run("git", "add", "-A", cwd=repository, home=tmp_path)
    found, _ = verdicts(repository, tmp_path)
    assert {hook for hook, verdict in found.items() if verdict != "Skipped"} == started
