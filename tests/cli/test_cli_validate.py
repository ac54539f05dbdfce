"""`gateway validate`: what it prints, where, in which format and colour, and about which files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.command_line import BAD, Ran, run_gateway, tree

FIRST_LINE = "models.d/bad.yaml:3:1: error[GW103]: unknown key `fallback`"


@pytest.fixture
def broken(project: Path) -> Path:
    (project / "models.d" / "bad.yaml").write_text(BAD)
    return project


def test_a_sound_project(project: Path) -> None:
    before = tree(project)
    assert run_gateway("validate", cwd=project) == Ran(
        0, "0 errors, 0 warnings in 1 fragment\n", ""
    )
    assert run_gateway("validate", "-q", cwd=project) == Ran(0, "", "")
    assert tree(project) == before


def test_findings_are_the_product(broken: Path) -> None:
    ran = run_gateway("validate", cwd=broken)
    assert (ran.code, ran.err) == (1, "")
    lines = ran.out.splitlines()
    assert lines[0] == FIRST_LINE
    assert lines[2] == "3 | fallback: [glm-4]"
    assert lines[-1] == "1 error, 0 warnings in 2 fragments; `gateway fix` may mend 1 of them"


def test_quiet_still_says_what_is_wrong(broken: Path) -> None:
    ran = run_gateway("validate", "--quiet", cwd=broken)
    assert ran.code == 1
    assert ran.out.startswith(FIRST_LINE)


def test_paths_are_relative_to_where_one_stands(broken: Path) -> None:
    inside = run_gateway("validate", cwd=broken / "models.d")
    assert inside.out.startswith(f"../{FIRST_LINE}")
    outside = run_gateway("validate", "--project", broken.name, cwd=broken.parent)
    assert (outside.code, outside.err) == (1, "")
    assert outside.out.startswith(f"{broken.name}/{FIRST_LINE}")


def test_project_names_the_very_folder(broken: Path) -> None:
    ran = run_gateway("validate", "--project", "models.d", cwd=broken)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("gateway: no gateway.yaml in models.d\n  = hint: ")
    assert run_gateway("validate", "--project", broken, cwd=Path("/")).code == 1


def test_json(broken: Path) -> None:
    ran = run_gateway("validate", "--format", "json", cwd=broken)
    assert (ran.code, ran.err) == (1, "")
    document = json.loads(ran.out)
    assert document["format_version"] == "1.0"
    assert (document["valid"], document["error_count"], document["warning_count"]) == (False, 1, 0)
    (found,) = document["diagnostics"]
    assert found | {"hint": "", "message": ""} == {
        "path": "models.d/bad.yaml",
        "line": 3,
        "column": 1,
        "end_line": 3,
        "end_column": 9,
        "severity": "error",
        "code": "GW103",
        "message": "",
        "hint": "",
        "related": [],
    }


def test_json_of_a_sound_project_is_an_empty_array(project: Path) -> None:
    ran = run_gateway("validate", "--format", "json", "-q", cwd=project)
    assert ran.code == 0
    assert json.loads(ran.out)["diagnostics"] == []


@pytest.mark.parametrize(
    ("flags", "env", "is_coloured"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
    ],
)
def test_colour(flags: list[str], env: dict[str, str], is_coloured: bool, broken: Path) -> None:
    ran = run_gateway("validate", *flags, cwd=broken, env=env)
    assert ("\x1b[" in ran.out) is is_coloured


def test_only_the_files_that_are_named(broken: Path) -> None:
    sound = run_gateway("validate", "models.d/glm-5.yaml", cwd=broken)
    assert sound == Ran(0, "0 errors, 0 warnings in 1 fragment\n", "")
    assert run_gateway("validate", "bad.yaml", cwd=broken / "models.d").code == 1
    assert run_gateway("validate", "models.d", cwd=broken).code == 1
    assert run_gateway("validate", "gateway.yaml", cwd=broken).code == 0


def test_a_file_of_somewhere_else_is_2(broken: Path) -> None:
    other = broken.parent / "other.yaml"
    other.write_text("x: 1\n")
    (broken / "notes.yaml").write_text("x: 1\n")
    for file in ("../other.yaml", other, "notes.yaml"):
        ran = run_gateway("validate", file, cwd=broken)
        assert (ran.code, ran.out) == (2, "")
        assert f"{file} is not a file of the project" in ran.err
    missing = run_gateway("validate", "models.d/none.yaml", cwd=broken)
    assert (missing.code, missing.err) == (2, "gateway: models.d/none.yaml does not exist\n")


def test_a_fragment_that_is_a_link_is_one_of_ours(broken: Path) -> None:
    target = broken.parent / "shared.yaml"
    target.write_text("provider: nanogpt\nmodel: m\n")
    (broken / "models.d" / "linked.yaml").symlink_to(target)
    assert run_gateway("validate", "models.d/linked.yaml", cwd=broken).code == 0
