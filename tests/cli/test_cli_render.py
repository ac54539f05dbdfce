"""`gateway render`: its verbs, its dry runs, what it never overwrites, and disks that fail it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cli.command_line import BAD, run_gateway, tree

CONFIG = "compose/litellm_config.yaml"
COPIES = "compose/gateway_runtime/*.py"


def _verbs(err: str) -> dict[str, str]:
    pairs = re.findall(r"^ *(create|update|overwrite|remove|conflict)  (\S+)", err, re.MULTILINE)
    return {path: verb for verb, path in pairs}


def test_verbs_on_stderr(project: Path) -> None:
    first = run_gateway("render", cwd=project)
    assert (first.code, first.out) == (0, "")
    created = _verbs(first.err)
    assert created[CONFIG] == created["compose/compose.yaml"] == created[".env.example"] == "create"
    copies = list((project / "compose" / "gateway_runtime").glob("*.py"))
    assert f"   create  {COPIES} ({len(copies)} files)\n" in first.err
    assert (project / ".env").stat().st_mode & 0o777 == 0o600

    before = tree(project)
    again = run_gateway("render", cwd=project)
    assert again.code == 0
    assert _verbs(again.err) == {}
    # .env and .gitignore are not rendered, the copies are one line.
    rendered = len(created) - 3 + len(copies)
    assert again.err == f"{rendered} files unchanged\n"
    assert tree(project) == before

    (project / "models.d" / "new.yaml").write_text("provider: nanogpt\nmodel: m\n")
    third = run_gateway("render", cwd=project)
    changed = _verbs(third.err)
    assert changed[CONFIG] == "update"
    assert ".env.example" not in changed
    assert third.err.endswith(f"{rendered - len(changed)} files unchanged\n")

    copies[0].unlink()
    copies[1].write_text("# by hand\n")
    fourth = run_gateway("render", "--force", cwd=project)
    by_hand = copies[1].relative_to(project).as_posix()
    assert _verbs(fourth.err) == {COPIES: "create", by_hand: "overwrite"}


def test_what_makes_env_also_has_git_ignore_it(project: Path) -> None:
    ignore = project / ".gitignore"
    ignore.unlink(missing_ok=True)
    ran = run_gateway("render", cwd=project)
    assert _verbs(ran.err)[".gitignore"] == "create"
    assert {".env", ".gateway/", ".gateway-tmp-*"} <= set(ignore.read_text().split())

    for text, is_said in (("*.log\n", True), ("/.env\n", False)):
        (project / ".env").unlink()
        ignore.write_text(text)
        ran = run_gateway("render", cwd=project)
        assert ("put .env into .gitignore: it holds the keys" in ran.err) is is_said
        assert ignore.read_text() == text


def test_quiet(project: Path) -> None:
    ran = run_gateway("render", "-q", cwd=project)
    assert (ran.code, ran.out) == (0, "")
    assert "unchanged" not in ran.err
    assert "litellm_config" not in ran.err


def test_a_dry_run_says_it_and_does_nothing(project: Path) -> None:
    before = tree(project)
    ran = run_gateway("render", "-n", cwd=project)
    assert (ran.code, ran.out) == (0, "")
    assert _verbs(ran.err)[CONFIG] == "create"
    assert tree(project) == before


def test_check(project: Path) -> None:
    before = tree(project)
    missing = run_gateway("render", "--check", cwd=project)
    assert (missing.code, missing.out) == (1, "")
    assert "the stack differs" in missing.err
    assert tree(project) == before
    run_gateway("render", cwd=project)
    before = tree(project)
    current = run_gateway("render", "--check", cwd=project)
    assert (current.code, current.out, current.err) == (0, "", "the stack is up to date\n")
    assert run_gateway("render", "--check", "-q", cwd=project).err == ""
    assert tree(project) == before


def test_stdout_is_every_file_and_nothing_is_written(project: Path) -> None:
    before = tree(project)
    ran = run_gateway("render", "--stdout", cwd=project)
    assert (ran.code, ran.err) == (0, "")
    assert f"# --- {CONFIG}\n" in ran.out
    assert "# --- compose/compose.yaml\n" in ran.out
    assert tree(project) == before


def test_a_hand_edit_is_kept_unless_forced(rendered: Path) -> None:
    file = rendered / CONFIG
    own = file.read_bytes()
    file.write_bytes(own + b"# mine\n")
    (rendered / "models.d" / "new.yaml").write_text("provider: nanogpt\nmodel: m\n")
    before = tree(rendered)
    for flags in ([], ["-n"], ["--check"]):
        ran = run_gateway("render", *flags, cwd=rendered)
        assert (ran.code, ran.out) == (1, "")
        assert f"conflict  {CONFIG}" in ran.err
        assert tree(rendered) == before
    assert "--force" in run_gateway("render", cwd=rendered).err
    up = run_gateway("up", "--engine", "process", cwd=rendered)
    assert (up.code, up.out) == (1, "")
    assert tree(rendered) == before
    assert f"overwrite  {CONFIG}\n" in run_gateway("render", "-n", "--force", cwd=rendered).err
    forced = run_gateway("render", "--force", cwd=rendered)
    assert (forced.code, forced.out) == (0, "")
    assert _verbs(forced.err)[CONFIG] == "overwrite"
    assert b"# mine" not in file.read_bytes()
    assert run_gateway("render", "--check", cwd=rendered).code == 0


@pytest.mark.parametrize("flags", [[], ["-n"], ["--check"], ["--stdout"], ["--force"]])
def test_a_mistake_touches_nothing(flags: list[str], rendered: Path) -> None:
    (rendered / "models.d" / "bad.yaml").write_text(BAD)
    before = tree(rendered)
    ran = run_gateway("render", *flags, cwd=rendered)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("models.d/bad.yaml:3:1: error[GW103]")
    assert ran.err.endswith("1 error, 0 warnings in 2 fragments; nothing was written\n")
    assert tree(rendered) == before


def test_a_full_disk_leaves_the_old_stack(rendered: Path, small_disk: Path) -> None:
    root = small_disk / "project"
    shutil.copytree(rendered, root)
    (root / "models.d" / "new.yaml").write_text("provider: nanogpt\nmodel: m\n")
    before = tree(root)
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(os.urandom(4096))
    ran = run_gateway("render", cwd=root)
    assert (ran.code, ran.out) == (2, "")
    assert "no space left on device" in ran.err
    assert "= hint: make room on the disk" in ran.err
    assert tree(root) == before
    filler.unlink()
    assert run_gateway("render", cwd=root).code == 0


def test_a_read_only_folder_is_a_sentence(rendered: Path, small_disk: Path) -> None:
    root = small_disk / "project"
    shutil.copytree(rendered, root)
    (root / "models.d" / "new.yaml").write_text("provider: nanogpt\nmodel: m\n")
    before = tree(root)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for command in (["render"], ["up", "--engine", "process"], ["init"]):
        ran = run_gateway(*command, cwd=root)
        assert (ran.code, ran.out) == (2, "")
        assert "read-only file system" in ran.err
        assert "bug" not in ran.err
    new = run_gateway("new", "x", "--provider", "nanogpt", "--model", "m", cwd=root)
    assert new.code == 2
    assert "read-only file system" in new.err
    assert run_gateway("validate", cwd=root).code == 0
    assert tree(root) == before
