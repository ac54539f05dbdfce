"""What writing would change; and that it happens whole, or not at all, whatever interrupts it."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gateway.model import GatewayError, Verb
from gateway.write import apply, plan, write_new

ONE = {"compose/a.yaml": "a: 1\n", "compose/deep/b.py": "b = 1\n", ".env.example": "X=\n"}
TWO = {"compose/a.yaml": "a: 2\n", "compose/deep/c.py": "c = 1\n", ".env.example": "X=\n"}
MANIFEST = "compose/manifest.json"


def verbs(rendered, root: Path) -> dict[str, str]:
    return {change.path: str(change.verb) for change in plan(rendered, root)}


def write(rendered, root: Path) -> None:
    apply(plan(rendered, root), root)


def tree(root: Path) -> dict[str, str]:
    files = (p for p in root.rglob("*") if p.is_file())
    return {p.relative_to(root).as_posix(): p.read_text() for p in files}


def test_verbs(tmp_path: Path) -> None:
    assert set(verbs(ONE, tmp_path).values()) == {"create"}
    write(ONE, tmp_path)
    assert set(verbs(ONE, tmp_path).values()) == {"unchanged"}
    assert verbs(TWO, tmp_path) == {
        ".env.example": "unchanged",
        "compose/a.yaml": "update",
        "compose/deep/b.py": "remove",
        "compose/deep/c.py": "create",
        MANIFEST: "update",
    }
    write(TWO, tmp_path)
    assert {p: t for p, t in tree(tmp_path).items() if p != MANIFEST} == TWO


def test_a_plan_is_sorted_and_changes_nothing(tmp_path: Path) -> None:
    changes = plan(ONE, tmp_path)
    assert [c.path for c in changes] == sorted([*ONE, MANIFEST])
    assert list(tmp_path.iterdir()) == []


def test_a_file_edited_by_hand_is_a_conflict(tmp_path: Path) -> None:
    write(ONE, tmp_path)
    (tmp_path / "compose/a.yaml").write_text("a: 1 # mine\n")
    assert verbs(ONE, tmp_path)["compose/a.yaml"] == "conflict"
    assert verbs(TWO, tmp_path)["compose/a.yaml"] == "conflict"
    (tmp_path / "compose/a.yaml").write_text("a: 2\n")
    assert verbs(TWO, tmp_path)["compose/a.yaml"] == "unchanged"


def test_a_file_that_was_there_before_the_first_render_is_a_conflict(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("MINE=\n")
    assert verbs(ONE, tmp_path)[".env.example"] == "conflict"


def test_a_file_that_goes_and_was_edited_is_a_conflict(tmp_path: Path) -> None:
    write(ONE, tmp_path)
    (tmp_path / "compose/deep/b.py").write_text("mine\n")
    assert verbs(TWO, tmp_path)["compose/deep/b.py"] == "conflict"


def test_a_conflict_that_is_applied_is_overwritten(tmp_path: Path) -> None:
    write(ONE, tmp_path)
    (tmp_path / "compose/a.yaml").write_text("mine\n")
    write(TWO, tmp_path)
    assert (tmp_path / "compose/a.yaml").read_text() == "a: 2\n"
    assert set(verbs(TWO, tmp_path).values()) == {"unchanged"}


def test_a_file_that_was_deleted_comes_back(tmp_path: Path) -> None:
    write(ONE, tmp_path)
    (tmp_path / "compose/a.yaml").unlink()
    (tmp_path / "compose/deep/b.py").unlink()
    assert verbs(ONE, tmp_path)["compose/a.yaml"] == "create"
    assert "compose/deep/b.py" not in verbs(TWO, tmp_path)
    write(ONE, tmp_path)
    assert {p: t for p, t in tree(tmp_path).items() if p != MANIFEST} == ONE


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    write(ONE, tmp_path)
    (tmp_path / "compose/mine.txt").write_text("mine")
    write(TWO, tmp_path)
    assert (tmp_path / "compose/mine.txt").read_text() == "mine"


def test_unchanged_files_are_not_touched(tmp_path: Path) -> None:
    write(ONE, tmp_path)
    paths = [tmp_path / path for path in (*ONE, MANIFEST)]
    for path in paths:
        os.utime(path, ns=(1, 1))
    inodes = [path.stat().st_ino for path in paths]
    write(ONE, tmp_path)
    assert [path.stat().st_mtime_ns for path in paths] == [1] * len(paths)
    (tmp_path / "compose/a.yaml").unlink()
    write(ONE, tmp_path)
    assert [path.stat().st_ino for path in paths[1:]] == inodes[1:]


def test_the_containers_user_can_read_everything_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write(ONE, tmp_path)
    finally:
        os.umask(before)
    for path in ONE:
        assert stat.S_IMODE((tmp_path / path).stat().st_mode) == 0o644
    for folder in ("compose", "compose/deep"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o755


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "{",
        "[]",
        '{"files": []}',
        '{"files": {"a": 5}}',
        '{"files": {"compose/a.yaml": [[]]}}',
        "\udcff",
        '{"files": ' + "[" * 100_000,
    ],
    ids=range(8),
)
def test_a_broken_manifest_knows_nothing(tmp_path: Path, manifest: str) -> None:
    write(ONE, tmp_path)
    (tmp_path / MANIFEST).write_bytes(manifest.encode("utf-8", "surrogateescape"))
    found = verbs(TWO, tmp_path)
    assert found["compose/a.yaml"] == "conflict"
    assert "compose/deep/b.py" not in found


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/hostname", "compose/../../outside", "gateway.yaml", "compose"]
)
def test_a_manifest_cannot_have_a_file_outside_removed(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    write(ONE, root)
    for victim in (tmp_path / "outside", root / "gateway.yaml"):
        victim.write_text("keep\n")
    digest = "6a6f2f0d0bd3b6cc7b5b5ce9d3f1a9f8d7a3b0f2a9a7e2c3a4d5e6f708192a3b"
    (root / MANIFEST).write_text(f'{{"format": 1, "files": {{"{path}": ["{digest}"]}}}}')
    assert path not in verbs(ONE, root)


def test_files_that_are_no_text_are_conflicts(tmp_path: Path) -> None:
    write(ONE, tmp_path)
    (tmp_path / "compose/a.yaml").write_bytes(b"\xff\x00")
    assert verbs(ONE, tmp_path)["compose/a.yaml"] == "conflict"


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    write(ONE, tmp_path)
    (tmp_path / "elsewhere").write_text("a: 1\n")
    (tmp_path / "compose/a.yaml").unlink()
    (tmp_path / "compose/a.yaml").symlink_to("../elsewhere")
    write(TWO, tmp_path)
    assert not (tmp_path / "compose/a.yaml").is_symlink()
    assert (tmp_path / "elsewhere").read_text() == "a: 1\n"


@pytest.mark.parametrize("target", ["nowhere", "a.yaml"])
def test_a_link_that_leads_nowhere_is_replaced(tmp_path: Path, target: str) -> None:
    (tmp_path / "compose").mkdir()
    (tmp_path / "compose/a.yaml").symlink_to(target)
    write(ONE, tmp_path)
    assert (tmp_path / "compose/a.yaml").read_text() == "a: 1\n"


def test_a_folder_where_a_file_belongs(tmp_path: Path) -> None:
    (tmp_path / "compose/a.yaml").mkdir(parents=True)
    with pytest.raises(GatewayError) as caught:
        plan(ONE, tmp_path)
    assert caught.value.message == "compose/a.yaml is a folder, where a file should be"


def test_a_pipe_where_a_file_belongs_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "compose").mkdir()
    os.mkfifo(tmp_path / "compose/a.yaml")
    with pytest.raises(GatewayError) as caught:
        plan(ONE, tmp_path)
    assert caught.value.message == "compose/a.yaml is not a regular file"


def test_a_file_where_a_folder_belongs(tmp_path: Path) -> None:
    (tmp_path / "compose").write_text("mine")
    with pytest.raises(GatewayError) as caught:
        write(ONE, tmp_path)
    assert caught.value.message.startswith("the stack could not be written (")
    assert tree(tmp_path) == {"compose": "mine"}


def test_a_folder_that_is_not_writable_is_told_by_the_files_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mkstemp(prefix: str, dir: Path) -> tuple[int, str]:
        path = str(dir / f"{prefix}a1b2c3")
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(tempfile, "mkstemp", mkstemp)
    with pytest.raises(GatewayError) as caught:
        write({".env.example": "X=\n"}, tmp_path)
    said = "the stack could not be written (permission denied: .env.example)"
    assert caught.value.message == said


@pytest.mark.parametrize("calls_that_work", range(4))
def test_a_full_disk_leaves_the_old_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls_that_work: int
) -> None:
    write(ONE, tmp_path)
    before = tree(tmp_path)
    changes = plan(TWO, tmp_path)
    left = iter(range(calls_that_work))

    def fsync(_descriptor: int) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(GatewayError) as caught:
        apply(changes, tmp_path)
    assert caught.value.message.startswith(
        "the stack could not be written (no space left on device"
    )
    assert caught.value.hint == "make room on the disk"
    if calls_that_work < 4:  # a.yaml, c.py, the manifest and its bridge are staged first
        assert tree(tmp_path) == before


DRIVER = """
import os, signal, sys
from pathlib import Path
from gateway.write import apply, plan

at, root, rendered = int(sys.argv[1]), Path(sys.argv[2]), eval(sys.argv[3])
calls = 0

def fatal(function):
    def called(*args, **kwargs):
        global calls
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return called

for owner, name in ((Path, "replace"), (Path, "unlink"), (os, "fsync"), (os, "fchmod")):
    setattr(owner, name, fatal(getattr(owner, name)))
apply(plan(rendered, root), root)
print(calls)
"""


def test_a_kill_at_any_step_leaves_each_file_old_or_new(tmp_path: Path) -> None:
    outcomes = set()
    for at in range(1, 100):
        root = tmp_path / str(at)
        root.mkdir()
        write(ONE, root)
        command = [sys.executable, "-c", DRIVER, str(at), str(root), repr(TWO)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        for path in {*ONE, *TWO}:
            text = (root / path).read_text() if (root / path).exists() else None
            assert text in (ONE.get(path), TWO.get(path)), (at, path)
        found = verbs(TWO, root)
        assert "conflict" not in found.values(), (at, found)
        assert not any(".gateway-tmp-" in path for path in found), at
        outcomes.add(frozenset(found.items()))
        write(TWO, root)
        assert {p: t for p, t in tree(root).items() if p != MANIFEST} == TWO, at
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
    else:
        pytest.fail("it never came to its end")
    assert len(outcomes) > 3


def test_write_new_never_overwrites(tmp_path: Path) -> None:
    assert write_new(tmp_path / ".env", "A=1\n", 0o600)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert not write_new(tmp_path / ".env", "A=2\n", 0o600)
    assert (tmp_path / ".env").read_text() == "A=1\n"
    assert [p.name for p in tmp_path.iterdir()] == [".env"]


def test_write_new_says_what_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GatewayError) as caught:
        write_new(tmp_path / "file" / ".env", "", 0o600)
    assert caught.value.message == "file could not be written (file exists)"


def test_changes_do_not_show_texts(tmp_path: Path) -> None:
    assert "a: 1" not in repr(plan(ONE, tmp_path))
    assert all(isinstance(change.verb, Verb) for change in plan(ONE, tmp_path))


@pytest.mark.parametrize("link", ["compose", "compose/deep"])
def test_a_folder_that_is_a_link_out_of_the_project_is_refused(tmp_path: Path, link: str) -> None:
    root, other = tmp_path / "project", tmp_path / "other"
    (root / link).parent.mkdir(parents=True)
    other.mkdir()
    (other / "a.yaml").write_text("not ours\n")
    changes = plan(ONE, root)
    (root / link).symlink_to(other)
    for write_it in (lambda: plan(ONE, root), lambda: apply(changes, root)):
        with pytest.raises(GatewayError) as caught:
            write_it()
        assert caught.value.message == f"{link} is a symbolic link that leads out of the project"
    assert tree(other) == {"a.yaml": "not ours\n"}


def test_a_project_and_a_folder_in_it_may_be_links(tmp_path: Path) -> None:
    (tmp_path / "project" / "stack").mkdir(parents=True)
    (tmp_path / "project" / "compose").symlink_to("stack")
    (tmp_path / "link").symlink_to("project")
    write(ONE, tmp_path / "link")
    assert (tmp_path / "project" / "stack" / "a.yaml").read_text() == "a: 1\n"
