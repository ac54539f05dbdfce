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
    assert lines[-1] == f"1 error, 0 warnings in 2 fragments{MENDABLE}"


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
    assert (ran.code, ran.err) == (1, "1 error, 0 warnings in 2 fragments\n")
    document = json.loads(ran.out)
    assert document["format_version"] == "1.1"
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
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["diagnostics"] == []


FORMATS = ("text", "json", "sarif", "github", "junit", "gitlab", "markdown")


@pytest.mark.parametrize("format", FORMATS)
def test_a_report_is_what_would_be_printed(format: str, broken: Path) -> None:
    printed = run_gateway("validate", "--format", format, cwd=broken)
    asked = ("--report", f"{format}=new/folder/report", "--report", "json=other.json")
    ran = run_gateway("validate", "--format", "text", *asked, cwd=broken)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith(FIRST_LINE)
    report = (broken / "new/folder/report").read_text()
    counted = "1 error, 0 warnings in 2 fragments"
    last = {"text": f"{counted}{MENDABLE}\n", "github": f"{counted}\n"}.get(format, "")
    assert report + last == printed.out
    assert json.loads((broken / "other.json").read_text())["error_count"] == 1
    left = [path.name for path in (broken / "new/folder").iterdir()]
    assert left == ["report"]


def test_a_report_of_the_files_that_are_named(broken: Path) -> None:
    asked = ("--report", "junit=report.xml", "--report", "json=report.json")
    assert run_gateway("validate", "models.d/glm-5.yaml", *asked, cwd=broken).code == 0
    assert json.loads((broken / "report.json").read_text())["diagnostics"] == []
    assert 'tests="1"' in (broken / "report.xml").read_text()


def test_a_report_replaces_what_is_there_and_follows_links(broken: Path) -> None:
    (broken / "old.json").write_text("x" * 100_000)
    (broken / "link.json").symlink_to("old.json")
    assert run_gateway("validate", "--report", "json=link.json", cwd=broken).code == 1
    assert (broken / "link.json").is_symlink()
    assert json.loads((broken / "old.json").read_text())["error_count"] == 1
    ran = run_gateway("validate", "-q", "--report", "markdown=/dev/stderr", cwd=broken)
    assert ran.err.startswith("### gateway validate\n")


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        ("sarif", "--report sarif is not FORMAT=FILE\n  = hint: say sarif=gateway.sarif\n"),
        ("sarif=", "--report sarif= is not FORMAT=FILE\n  = hint: say sarif=gateway.sarif\n"),
        ("auto=x", "--report: `auto` is no format\n  = hint: there are: text, json, sarif, "),
        ("sarfi=x", "--report: `sarfi` is no format\n  = hint: there are: text, json, sarif, "),
        ("sarif=models.d", "--report: models.d is a place of the project's own\n"),
        ("json=.env", "--report: .env is a place of the project's own\n"),
        ("text=compose.yaml", "--report: compose.yaml is a place of the project's own\n"),
        ("text=gateway.yaml", "--report: gateway.yaml is a place of the project's own\n"),
        ("json=compose/new.json", "--report: compose/new.json is a place of the project's own\n"),
        ("sarif=gateway.yaml/x", "gateway.yaml/x could not be written (file exists)\n"),
    ],
)
def test_a_report_that_cannot_be_written_is_2(report: str, sentence: str, broken: Path) -> None:
    before = tree(broken)
    ran = run_gateway("validate", "--report", report, cwd=broken)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"gateway: {sentence}")
    assert tree(broken) == before


@pytest.mark.parametrize("format", FORMATS)
def test_without_a_project_every_format_is_a_sentence_and_2(format: str, tmp_path: Path) -> None:
    asked = ("--format", format, "--report", f"{format}=report")
    ran = run_gateway("validate", *asked, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("gateway: no gateway.yaml in")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_report(broken: Path, small_disk: Path) -> None:
    report = small_disk / "report.sarif"
    report.write_text("old")
    with (small_disk / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):  # fmt: skip
        while True:
            file.write(bytes(4096))
    ran = run_gateway("validate", "--report", f"sarif={report}", cwd=broken)
    assert (ran.code, ran.out) == (2, "")
    assert "no space left on device" in ran.err
    assert report.read_text() == "old"
    assert sorted(p.name for p in small_disk.iterdir()) == ["filler", "report.sarif"]


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


MENDABLE = "; `gateway fix` may mend 1 of them"
EXCUSED = "provider: nanogpt\nmodel: m\ncontext_window: 2\nfallbacks: [small] # gateway: allow GW212 — why\n"


@pytest.fixture
def warned(project: Path) -> Path:
    """One warning, and one that a comment excuses."""
    (project / "models.d" / "small.yaml").write_text(
        "provider: nanogpt\nmodel: s\ncontext_window: 1\n"
    )
    (project / "models.d" / "big.yaml").write_text(EXCUSED)
    (project / "models.d" / "other.yaml").write_text(EXCUSED.partition(" #")[0] + "\n")
    return project


@pytest.mark.parametrize(
    ("level", "code"), [([], 0), (["--fail-on", "error"], 0), (["--fail-on", "warning"], 1)]
)
def test_fail_on(level: list[str], code: int, warned: Path) -> None:
    ran = run_gateway("validate", *level, cwd=warned)
    assert (ran.code, ran.err) == (code, "")
    assert ran.out.endswith("\n0 errors, 1 warning in 4 fragments, 1 excused\n")
    (warned / "models.d" / "other.yaml").unlink()
    assert run_gateway("validate", *level, cwd=warned).code == 0


def test_fail_on_a_level_that_is_none_is_2(warned: Path) -> None:
    assert run_gateway("validate", "--fail-on", "info", cwd=warned).code == 2


def test_what_is_excused_is_counted_where_it_is_reported(warned: Path) -> None:
    document = json.loads(run_gateway("validate", "--format", "json", cwd=warned).out)
    assert (document["warning_count"], document["excused_count"]) == (1, 1)
    assert [found["path"] for found in document["diagnostics"]] == ["models.d/other.yaml"]
    one = run_gateway("validate", "models.d/other.yaml", cwd=warned)
    assert one.out.endswith("\n0 errors, 1 warning in 1 fragment\n")
    other = run_gateway("validate", "models.d/big.yaml", cwd=warned)
    assert other.out == "0 errors, 0 warnings in 1 fragment, 1 excused\n"
    assert run_gateway("validate", "-q", "models.d/big.yaml", cwd=warned).out == ""


def test_a_warning_that_is_made_an_error_stops_everything(warned: Path) -> None:
    settings = warned / "gateway.yaml"
    settings.write_text(settings.read_text() + "rules: {GW212: error}\n")
    assert run_gateway("validate", cwd=warned).code == 1
    ran = run_gateway("render", cwd=warned)
    assert (ran.code, (warned / "compose").exists()) == (1, False)
    assert "error[GW212]" in ran.err


def test_explain_says_how_to_set_and_excuse(tmp_path: Path) -> None:
    ran = run_gateway("explain", "gw212", cwd=tmp_path)
    assert "By default: warning." in ran.out
    assert "      GW212: error  # or off\n" in ran.out
    assert "    # gateway: allow GW212 — the reason\n" in ran.out
    assert "Always an error" in run_gateway("explain", "GW202", cwd=tmp_path).out
