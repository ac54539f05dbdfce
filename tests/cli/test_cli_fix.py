"""`gateway fix`: exit codes, streams, what is written and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.command_line import run_gateway, tree
from small_project import MODEL, model_at

FIXABLE = MODEL + "fallback: qwen  # kept\n"


@pytest.fixture
def broken(write_project) -> Path:
    return write_project(
        {
            "models.d/a.yaml": FIXABLE,
            "models.d/b.yaml": FIXABLE,
            "models.d/qwen.yaml": model_at("qwen/qwen3"),
        }
    )


def test_it_says_what_it_did_and_ends_with_0(broken: Path) -> None:
    ran = run_gateway("fix", cwd=broken)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == (
        "    fixed  models.d/a.yaml: renamed `fallback` to `fallbacks`\n"
        "    fixed  models.d/a.yaml: made `fallbacks` a list\n"
        "    fixed  models.d/b.yaml: renamed `fallback` to `fallbacks`\n"
        "    fixed  models.d/b.yaml: made `fallbacks` a list\n"
        "4 fixed; 0 errors, 0 warnings in 4 fragments\n"
    )
    assert (broken / "models.d/a.yaml").read_text() == MODEL + "fallbacks: [qwen]  # kept\n"
    before = tree(broken)
    again = run_gateway("fix", cwd=broken)
    assert (again.code, again.err) == (0, "nothing fixed; 0 errors, 0 warnings in 4 fragments\n")
    assert tree(broken) == before, "unchanged files are left untouched"
    assert run_gateway("fix", "-q", cwd=broken).err == ""


def test_a_dry_run_shows_the_difference_and_writes_nothing(broken: Path) -> None:
    before = tree(broken)
    ran = run_gateway("fix", "-n", "models.d/a.yaml", cwd=broken)
    assert ran.code == 0
    assert ran.out == (
        "--- a/models.d/a.yaml\n+++ b/models.d/a.yaml\n@@ -1,3 +1,3 @@\n"
        " provider: nanogpt\n model: zai-org/glm-5\n"
        "-fallback: qwen  # kept\n+fallbacks: [qwen]  # kept\n"
    )
    assert ran.err == "would fix 2; 0 errors, 0 warnings in 1 fragment\n"
    assert tree(broken) == before
    coloured = run_gateway("fix", "-n", "--color", "always", cwd=broken).out
    assert "\033[32m+fallbacks: [qwen]" in coloured


def test_only_the_files_that_were_named_are_mended(broken: Path) -> None:
    assert run_gateway("fix", "models.d/b.yaml", cwd=broken).code == 0
    assert (broken / "models.d/a.yaml").read_text() == FIXABLE
    assert "fallbacks: [qwen]" in (broken / "models.d/b.yaml").read_text()
    assert run_gateway("fix", "elsewhere.yaml", cwd=broken).code == 2


def test_what_is_left_is_shown_and_ends_with_1(write_project) -> None:
    files = {"a": FIXABLE.replace("qwen", "nobody"), "b": MODEL + "quantum: 1\n"}
    root = write_project({f"models.d/{name}.yaml": text for name, text in files.items()})
    ran = run_gateway("fix", cwd=root)
    assert (ran.code, ran.out) == (1, "")
    assert "models.d/b.yaml:3:1: error[GW103]: unknown key `quantum`" in ran.err
    assert "     kept  models.d/a.yaml: unknown key `fallback`: it would bring GW202\n" in ran.err
    assert ran.err.endswith("nothing fixed; 2 errors, 0 warnings in 3 fragments\n")
    assert (root / "models.d/a.yaml").read_text() == files["a"]


def test_validate_says_how_many_it_would_mend(broken: Path) -> None:
    ran = run_gateway("validate", cwd=broken)
    end = "2 errors, 0 warnings in 4 fragments; `gateway fix` may mend 2 of them\n"
    assert (ran.code, ran.out[-len(end) :]) == (1, end)
    assert run_gateway("fix", cwd=broken).code == 0
    assert run_gateway("validate", cwd=broken).out == "0 errors, 0 warnings in 4 fragments\n"


def test_a_file_that_may_not_be_written_is_named(broken: Path) -> None:
    outside = broken.parent / "a.yaml"
    outside.write_text(FIXABLE)
    (broken / "models.d/a.yaml").unlink()
    (broken / "models.d/a.yaml").symlink_to(outside)
    ran = run_gateway("fix", cwd=broken)
    assert ran.code == 2
    assert "models.d/a.yaml is a symbolic link that leads out of the project" in ran.err
    assert outside.read_text() == FIXABLE


def test_a_diff_shows_no_secret(write_project) -> None:
    secret = "sk-" + "c4narychars" * 3
    text = f"headers: {{X-Api-Key: {secret}}}\nprovider: nanogpt\nmodel: m\nfallback: [glm-5]\n"
    root = write_project({"models.d/a.yaml": text})
    ran = run_gateway("fix", "-n", cwd=root)
    assert "+fallbacks: [glm-5]" in ran.out
    assert "c4narychars" not in ran.out + ran.err
    assert run_gateway("fix", cwd=root).code == 1
    assert secret in (root / "models.d/a.yaml").read_text(), "a fix touches no secret"
