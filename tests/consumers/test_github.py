"""Annotations are what @actions/core would print, and what GitHub's runner reads back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.command_line import BAD, run_gateway
from consumers.awkward_findings import FINDINGS
from consumers.github_runner import commands, dropped
from node_tools import NODE, npm_folder, run_node

from gateway.diagnostics.codes import CODES
from gateway.diagnostics.github import as_github

# The reference: the library that GitHub's own actions are written with.
REFERENCE = """
const core = await import(process.argv[1] + "/@actions/core/lib/core.js");
for (const [level, message, properties] of JSON.parse(process.argv[2])) {
  core[level](message, properties);
}
"""


def test_it_is_what_the_reference_prints() -> None:
    modules = npm_folder(NODE / "outputs") / "node_modules"
    calls = []
    for found in FINDINGS:
        line, column, end_line, end_column = found.span
        is_short = line == end_line
        message = f"{found.path}:{line}:{column}: {found.message}"
        for other in found.related:
            message += f"\n{other.message}: {other.path}:{other.span.line}:{other.span.column}"
        message += f"\nhint: {found.hint}" if found.hint else ""
        properties = {
            "title": f"{found.code}: {CODES[found.code].title}",
            "file": found.path,
            "startLine": line,
            "endLine": end_line,
            "startColumn": column if is_short else None,
            "endColumn": end_column if is_short and end_column > column else None,
        }
        calls.append([str(found.severity), message, properties])
    assert as_github(FINDINGS) == run_node(REFERENCE, modules, json.dumps(calls))


def test_a_runner_reads_it_back() -> None:
    read = commands(as_github(FINDINGS))
    assert len(read) == len(FINDINGS)
    for command, found in zip(read, FINDINGS, strict=True):
        assert command.name == found.severity
        assert command.properties["file"] == found.path
        assert command.properties["title"].startswith(found.code)
        assert int(command.properties["line"]) == found.span.line
        assert found.message in command.data
        assert dropped(command) == []


@pytest.mark.parametrize(
    ("env", "is_github"),
    [({"GITHUB_ACTIONS": "true"}, True), ({"GITHUB_ACTIONS": "false"}, False), ({"CI": "true"}, False)],
)  # fmt: skip
def test_a_job_of_github_gets_annotations(
    env: dict[str, str], is_github: bool, project: Path
) -> None:
    (project / "models.d" / "bad.yaml").write_text(BAD)
    ran = run_gateway("validate", cwd=project, env=env)
    assert (ran.code, ran.err) == (1, "")
    assert bool(commands(ran.out)) is is_github
    mendable = "" if is_github else "; `gateway fix` may mend 1 of them"
    assert ran.out.endswith(f"1 error, 0 warnings in 2 fragments{mendable}\n")
    explicit = run_gateway("validate", "--format", "text", cwd=project, env=env)
    assert commands(explicit.out) == []


def test_a_fragment_cannot_speak_to_the_runner(project: Path) -> None:
    """What a pull request writes is data, in whichever format."""
    bad = project / "models.d" / "bad.yaml"
    bad.write_text('provider: nanogpt\nmodel: m\n"a\\n::add-mask::x": 1\n"\\r::add-mask::y": 1\n')
    for args in (["--format", "text"], ["--format", "github"], ["--format", "json"]):
        ran = run_gateway("validate", *args, cwd=project)
        assert ran.code == 1
        assert [c for c in commands(ran.out + ran.err) if c.name == "add-mask"] == []
        assert {c.name for c in commands(ran.out)} <= {"error"}


def test_paths_are_the_repositorys(project: Path) -> None:
    """Whichever folder of the repository the step runs in."""
    (project / "models.d" / "bad.yaml").write_text(BAD)
    repository = project.parent
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        env = {name: str(repository)}
        for cwd in (project, project / "models.d", repository):
            ran = run_gateway(
                "validate", "--format", "github", "--project", project, cwd=cwd, env=env
            )
            (command,) = commands(ran.out)
            assert command.properties["file"] == f"{project.name}/models.d/bad.yaml"
    elsewhere = run_gateway(
        "validate", "--format", "github", cwd=project, env={"GITHUB_WORKSPACE": "/somewhere/else"}
    )
    assert commands(elsewhere.out)[0].properties["file"] == "models.d/bad.yaml"
    text = run_gateway(
        "validate", "--format", "text", cwd=project, env={"GITHUB_WORKSPACE": str(repository)}
    )
    assert text.out.startswith("models.d/bad.yaml:3:1:")  # people stand where they stand
