"""SARIF is what its schema and Microsoft's own validator, with GitHub's rules on, say that it must be."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from cli.command_line import run_gateway
from consumers.awkward_findings import EXCUSED, FINDINGS, SOURCES
from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from node_tools import NODE, npm_folder

from gateway.diagnostics.sarif import as_sarif
from gateway.pipeline import check

ERR = Path(__file__).parents[1] / "fragments" / "err"
HERE = Path(__file__).parent
# What the validator would like and an honest log cannot say, each with the reason.
ACCEPTED = {
    "SARIF2002": "our messages are texts with the names in them, not templates",
    "SARIF2003": "validate knows no git",
    "SARIF2005": "the project has no address of its own to name as informationUri",
    "SARIF2010": "no snippet of a line that may hold a secret, or of more than one line",
    "SARIF2011": "likewise no line around it",
    "SARIF2012": "likewise no helpUri",
    "WRN999": "the rule that fetches links is off (multitool.xml)",
}

MOST_RUNS = 20
"""How many runs GitHub takes in one log."""


@pytest.fixture(scope="module")
def modules() -> Path:
    return npm_folder(NODE / "outputs") / "node_modules"


@pytest.fixture(scope="module")
def schemas(modules: Path) -> list[Draft4Validator | Draft202012Validator]:
    """The standard's schema in its last numbered revision, and as today's validator has it."""
    standard = modules / "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
    (today,) = modules.glob("@microsoft/sarif-multitool-*/sarif-2.1.0.json")
    checker = FormatChecker()
    return [
        Draft4Validator(json.loads(standard.read_text("utf-8-sig")), format_checker=checker),
        Draft202012Validator(json.loads(today.read_text("utf-8-sig")), format_checker=checker),
    ]


def say_of(modules: Path, folder: Path) -> dict[str, list[str]]:
    """What the validator says of each log in a folder: file name -> `level RULE: words`."""
    (program,) = modules.glob("@microsoft/sarif-multitool-*/Sarif.Multitool")
    program.chmod(0o755)
    argv = [program, "validate", f"{folder}/*.sarif", "--rule-kind", "Sarif;Ghas"]
    argv += ["--config", HERE / "multitool.xml", "--level", "Error;Warning;Note"]
    done = subprocess.run(
        argv,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "Analysis completed successfully." in done.stdout
    assert f"Done. {len(list(folder.iterdir()))} files scanned." in done.stdout
    said: dict[str, list[str]] = {}
    for name, words in re.findall(
        r"^(.*?)(?:\([\d,]+\))?\s*: ((?:error|warning|note) .*)$", done.stdout, re.M
    ):
        said.setdefault(Path(name).name, []).append(words)
    return said


def unaccepted(said: list[str]) -> list[str]:
    rules = {words: re.split(r"[\s:.]", words)[1] for words in said}
    return [words for words, rule in rules.items() if rule not in ACCEPTED]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The awkward findings, and every case of tests/fragments/err as a run."""
    folder = tmp_path_factory.mktemp("sarif")
    (folder / "awkward.sarif").write_text(as_sarif(FINDINGS, SOURCES), "utf-8")
    (folder / "excused.sarif").write_text(as_sarif(FINDINGS, SOURCES, EXCUSED), "utf-8")
    (folder / "nothing.sarif").write_text(as_sarif((), SOURCES), "utf-8")
    cases = sorted(path for path in ERR.iterdir() if path.is_dir())
    assert len(cases) > 60
    for first in range(0, len(cases), MOST_RUNS):
        log = {**json.loads(as_sarif((), {})), "runs": []}
        for case in cases[first : first + MOST_RUNS]:
            checked = check(case)
            files = (checked.project.settings, *checked.project.fragments)
            text = as_sarif(checked.diagnostics, {file.path: file.text for file in files})
            log["runs"] += json.loads(text)["runs"]
        (folder / f"cases_{first}.sarif").write_text(json.dumps(log), "utf-8")
    return folder


def test_the_schemas(schemas: list[Any], logs: Path) -> None:
    for path in logs.iterdir():
        log = json.loads(path.read_text("utf-8"))
        for schema in schemas:
            assert [error.message for error in schema.iter_errors(log)] == [], path.name


def test_the_validator(modules: Path, logs: Path) -> None:
    said = say_of(modules, logs)
    assert {name: bad for name, words in said.items() if (bad := unaccepted(words))} == {}


def broken_logs() -> Iterator[tuple[str, Mapping[str, Any]]]:
    sound = json.loads(as_sarif(FINDINGS, SOURCES))
    for name, path, value in (
        ("version", ["version"], "2"),
        ("rule index", ["runs", 0, "results", 0, "ruleIndex"], 99),
        ("region", ["runs", 0, "results", 0, "locations", 0, "physicalLocation", "region", "startLine"], 0),
    ):  # fmt: skip
        log = copy.deepcopy(sound)
        *parents, last = path
        place: Any = log
        for key in parents:
            place = place[key]
        place[last] = value
        yield name, log


def test_the_validator_can_say_no(modules: Path, tmp_path: Path) -> None:
    for name, log in broken_logs():
        (tmp_path / f"{name}.sarif").write_text(json.dumps(log), "utf-8")
    said = say_of(modules, tmp_path)
    for name, _ in broken_logs():
        assert any(words.startswith("error") for words in unaccepted(said[f"{name}.sarif"])), name


def test_the_command_writes_it(schemas: list[Any], project: Path) -> None:
    bad = project / "models.d" / "my model.yaml"
    bad.write_text("provider: nanogpt\nmodel: m\nfallback: [glm-5]\n")
    ran = run_gateway("validate", "--format", "sarif", cwd=project)
    assert (ran.code, ran.err) == (1, "1 error, 0 warnings in 2 fragments\n")
    log = json.loads(ran.out)
    assert [e for schema in schemas for e in schema.iter_errors(log)] == []
    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {
        "uri": "models.d/my%20model.yaml",
        "uriBaseId": "%SRCROOT%",
    }
    assert (project / unquote(place["artifactLocation"]["uri"])).samefile(bad)
    assert place["region"]["snippet"]["text"] == "fallback"
    rule = log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (result["ruleId"], rule["id"], rule["name"]) == ("GW103", "GW103", "UnknownKey")


def test_what_is_excused_is_suppressed() -> None:
    run = json.loads(as_sarif(FINDINGS, SOURCES, EXCUSED))["runs"][0]
    *counted, excused = run["results"]
    assert [result["suppressions"] for result in counted] == [[]] * len(FINDINGS)
    assert excused["suppressions"] == [{"kind": "inSource", "justification": "the office VPN"}]
    without = json.loads(as_sarif(FINDINGS, SOURCES))["runs"][0]["results"]
    assert not any("suppressions" in result for result in without)
