"""action.yml: its steps run as the runner runs them, as plain shell, in workspaces of many kinds."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from absence import not_here
from cli.command_line import BAD, environment, run_gateway
from consumers.github_runner import Command, commands, read_pairs
from markdown_it import MarkdownIt
from small_project import MODEL, SETTINGS

from gateway.yaml_text import read_plain

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = read_plain((ROOT / "action.yml").read_text())
WARNED = SETTINGS + "  unused: {litellm: anthropic, api_keys: [ANTHROPIC_API_KEY]}\n"


@dataclass(frozen=True)
class Job:
    """What a run of all steps left: the exit code, the log, the outputs, the summary."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str

    @property
    def annotations(self) -> list[Command]:
        return [c for c in commands(self.log) if c.name in {"error", "warning"}]


def evaluated(text: str, inputs: Mapping[str, str], steps: Mapping[str, Mapping[str, str]]) -> str:
    """`${{ inputs.x }}` and `${{ steps.x.outputs.y }}`: what is missing is empty text, as there."""
    found = re.fullmatch(r"\$\{\{ ([\w.-]+) \}\}", text)
    assert found or "${{" not in text, f"only whole values are evaluated here: {text}"
    if found is None:
        return text
    match found[1].split("."):
        case ["inputs", name]:
            return inputs[name]
        case ["steps", step, "outputs", name]:
            return steps[step].get(name, "")
    raise AssertionError(text)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runner: the action's checkout, and a folder for temporary files that all jobs share.

    The first step installs gateway once, for all workers of pytest-xdist together.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "the runner's"
    (folder / "_temp").mkdir(parents=True, exist_ok=True)
    with (folder / "installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "_actions").exists():
            ignored = shutil.ignore_patterns(".venv", ".git", ".*_cache", "__pycache__")
            shutil.copytree(ROOT, folder / "_actions" / "gateway", ignore=ignored)
        trial = Runner(folder, tmp_path_factory.mktemp("trial"))
        trial.project()
        job = trial.run()
    if job.code != 0:
        not_here(f"the action's first step failed: {job.log[-500:]}")
    return folder


class Runner:
    def __init__(self, machine: Path, folder: Path) -> None:
        self.machine, self.folder = machine, folder
        self.workspace = folder / "workspace"
        self.workspace.mkdir()

    def project(self, folder: str = ".", **files: str) -> Path:
        root = self.workspace / folder
        for path, text in {"gateway.yaml": SETTINGS, "models.d/glm-5.yaml": MODEL, **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        return root

    def run(self, **given: str) -> Job:
        inputs = {name: entry["default"] for name, entry in ACTION["inputs"].items()}
        inputs |= {name.replace("_", "-"): value for name, value in given.items()}
        assert inputs.keys() == ACTION["inputs"].keys()
        steps: dict[str, dict[str, str]] = {}
        summary, log, code = self.folder / "summary.md", "", 0
        summary.write_text("# of an earlier step\n")
        for step in ACTION["runs"]["steps"]:
            output = self.folder / "output"
            output.write_text("")
            env = self._environment(output, summary)
            env |= {n: evaluated(text, inputs, steps) for n, text in step["env"].items()}
            done = self._shell(step["run"], env)
            log, code = log + done.stdout, done.returncode
            steps[step["id"]] = read_pairs(output.read_text())
            if code != 0:
                break
        steps = {step["id"]: steps.get(step["id"], {}) for step in ACTION["runs"]["steps"]}
        outputs = {n: evaluated(o["value"], inputs, steps) for n, o in ACTION["outputs"].items()}
        earlier, added = summary.read_text().split("\n", 1)
        assert earlier == "# of an earlier step"
        return Job(code, log, outputs, added)

    def _environment(self, output: Path, summary: Path) -> dict[str, str]:
        return environment(
            {
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKSPACE": str(self.workspace),
                "GITHUB_ACTION_PATH": str(self.machine / "_actions" / "gateway"),
                "RUNNER_TEMP": str(self.machine / "_temp"),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                **{n: v for n, v in os.environ.items() if n.lower().startswith(("pip_", "ssl_"))},
            }
        )

    def _shell(self, script: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """As the runner runs `shell: bash` (docs.github.com, workflow syntax, "shell")."""
        file = self.folder / "script.sh"
        file.write_text(script)
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)],
            cwd=self.workspace,
            env=dict(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )


@pytest.fixture
def runner(machine: Path, tmp_path: Path) -> Runner:
    return Runner(machine, tmp_path)


def rows(summary: str) -> list[list[str]]:
    """The cells of the table in a job's summary, without its head."""
    tokens = MarkdownIt("commonmark").enable("table").parse(summary)
    cells = [
        "".join(c.content for c in token.children or [] if c.type != "html_inline")
        for before, token in pairwise(tokens)
        if before.type == "td_open"
    ]
    return [cells[i : i + 4] for i in range(0, len(cells), 4)]


def test_no_input_is_pasted_into_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_a_sound_project(runner: Runner) -> None:
    runner.project()
    job = runner.run()
    assert (job.code, job.annotations) == (0, [])
    assert job.outputs == {"errors": "0", "warnings": "0", "sarif": ""}
    assert job.summary == "### gateway validate\n\n0 errors, 0 warnings in 1 fragment\n"
    assert sorted(p.name for p in runner.workspace.iterdir()) == ["gateway.yaml", "models.d"]


def test_a_project_with_mistakes(runner: Runner) -> None:
    runner.project(**{"models.d/bad.yaml": BAD, "models.d/sub/x.yaml": MODEL})
    job = runner.run(sarif="out/gateway.sarif")
    assert job.code == 1
    assert [(a.name, a.properties["file"]) for a in job.annotations] == [
        ("error", "models.d/bad.yaml"),
        ("warning", "models.d/sub/x.yaml"),
    ]
    assert job.outputs == {"errors": "1", "warnings": "1", "sarif": "out/gateway.sarif"}
    log = json.loads((runner.workspace / "out/gateway.sarif").read_text())
    assert {result["ruleId"] for result in log["runs"][0]["results"]} >= {"GW103"}
    assert [row[:3] for row in rows(job.summary)] == [
        ["models.d/bad.yaml:3:1", "error", "GW103"],
        ["models.d/sub/x.yaml:1:1", "warning", "GW237"],
    ]


def test_a_project_in_a_folder_whose_name_is_hard_to_quote(runner: Runner) -> None:
    folder = """deploy/my "project's" $(touch pwned) `touch pwned`, 100%"""
    runner.project(folder, **{"models.d/b a'd.yaml": BAD})
    job = runner.run(project=folder, sarif="a b\n'c'.sarif")
    assert job.code == 1
    (annotation,) = job.annotations
    assert annotation.properties["file"] == f"{folder}/models.d/b a'd.yaml"
    assert job.outputs["sarif"] == "a b\n'c'.sarif"
    assert (runner.workspace / job.outputs["sarif"]).is_file()
    assert rows(job.summary)[0][0] == f"{folder}/models.d/b a'd.yaml:3:1"
    assert not list(runner.workspace.rglob("pwned"))


@pytest.mark.parametrize("project", [".", "--help", "no such folder"])
def test_no_project_is_2(project: str, runner: Runner) -> None:
    job = runner.run(project=project, sarif="x.sarif")
    assert job.code == 2
    assert "gateway: no gateway.yaml in" in job.log
    assert [a.data for a in job.annotations] == [
        "the project could not be validated: the log says why"
    ]
    assert job.outputs == {"errors": "", "warnings": "", "sarif": ""}
    assert job.summary == ""


def test_what_fails_the_step_can_be_said(runner: Runner) -> None:
    runner.project(**{"models.d/bad.yaml": BAD})
    never = runner.run(fail_on="never", summary="false")
    assert (never.code, never.outputs["errors"], never.summary) == (0, "1", "")
    assert len(never.annotations) == 1
    wrong = runner.run(fail_on="sometimes")
    assert wrong.code == 2
    assert wrong.annotations[0].data == "fail-on is error, warning or never"


def test_warnings_can_fail_the_step(runner: Runner) -> None:
    runner.project(**{"gateway.yaml": WARNED})
    assert runner.run().code == 0
    knows = "--fail-on" in run_gateway("validate", "--help", cwd=runner.workspace).out
    assert runner.run(fail_on="warning").code == (1 if knows else 2)


def test_a_stack_that_is_not_rendered_can_fail_the_step(runner: Runner) -> None:
    root = runner.project("sub")
    job = runner.run(project="sub", check_rendered="true")
    assert job.code == 1
    assert "the stack differs from what a render would write" in job.log
    assert run_gateway("render", "-q", cwd=root).code == 0
    assert runner.run(project="sub", check_rendered="true").code == 0


def test_an_old_python_is_said_so(runner: Runner) -> None:
    old = runner.folder / "old python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    job = runner.run(python=str(old))
    assert job.code == 2
    assert job.annotations[0].data.startswith("gateway needs Python 3.11 or newer")
