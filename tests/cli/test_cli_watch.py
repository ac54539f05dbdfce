"""`gateway validate --watch`: a real process, real edits of files, and an answer after each of them."""

from __future__ import annotations

import os
import pty
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.command_line import BAD, environment, run_gateway
from small_project import MODEL, SETTINGS

PATIENCE = 20.0
SOUND = "0 errors, 0 warnings in 1 fragment"


class Watching:
    """A running `validate --watch`, and the lines that it has printed."""

    def __init__(self, root: Path, *args: str, cwd: Path | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "validate", "--watch", *args],
            cwd=cwd or root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def until(self, wanted: str) -> list[str]:
        """The lines up to the first that is, or begins with, what is wanted."""
        seen: list[str] = []
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no {wanted!r} within {PATIENCE:g} s, but {seen}")
            assert line is not None, f"it ended: {seen} {self.errors()}"
            seen.append(line)
            if line.startswith(wanted):
                return seen

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    def interrupt(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE), self.errors()


@pytest.fixture
def start() -> Iterator[Callable[..., Watching]]:
    running: list[Watching] = []

    def begin(root: Path, *args: str, cwd: Path | None = None) -> Watching:
        running.append(Watching(root, *args, cwd=cwd))
        return running[-1]

    yield begin
    for watching in running:
        watching.close()


def replace(path: Path, text: str) -> None:
    """As editors save: a new file takes the old one's place."""
    new = path.with_name(f".{path.name}.swp")
    new.write_text(text)
    new.rename(path)


def test_an_answer_at_once_and_after_every_change(project: Path, start) -> None:
    watching = start(project)
    assert watching.until("0 errors") == [SOUND]
    fragment = project / "models.d" / "new.yaml"
    replace(fragment, BAD)
    lines = watching.until("1 error,")
    assert lines[0] == "--- models.d/new.yaml"
    assert lines[1].startswith("models.d/new.yaml:3:1: error[GW103]")
    replace(fragment, MODEL)
    assert watching.until("0 errors") == [
        "--- models.d/new.yaml",
        "0 errors, 0 warnings in 2 fragments",
    ]
    fragment.rename(fragment.with_name("other.yaml"))
    assert watching.until("0 errors")[0] == "--- models.d/new.yaml, models.d/other.yaml"
    (project / "models.d" / "other.yaml").unlink()
    assert watching.until("0 errors") == ["--- models.d/other.yaml", SOUND]
    replace(project / "gateway.yaml", SETTINGS + "nonsense: 1\n")
    assert watching.until("1 error,")[0] == "--- gateway.yaml"
    assert watching.interrupt() == (130, "")


def test_templates_and_folders_that_come_and_go(project: Path, start) -> None:
    watching = start(project)
    watching.until(SOUND)
    templates = project / "templates"
    templates.mkdir()
    (templates / "env.example.j2").write_text("{{ nobody }}\n")
    assert "GW301" in "".join(watching.until("1 error,"))
    (templates / "env.example.j2").unlink()
    watching.until(SOUND)
    below = project / "models.d" / "below"
    below.mkdir()
    (below / "x.yaml").write_text(MODEL)
    assert "GW237" in "".join(watching.until("0 errors, 1 warning"))
    (below / "x.yaml").rename(project / "models.d" / "x.yaml")
    watching.until("0 errors, 0 warnings in 2 fragments")


def test_a_broken_moment_does_not_end_it(project: Path, start) -> None:
    watching = start(project)
    watching.until(SOUND)
    settings = project / "gateway.yaml"
    settings.unlink()
    assert watching.until("gateway: ")[-1] == "gateway: gateway.yaml does not exist"
    settings.write_bytes(b"\xff")
    assert watching.until("gateway: ")[-1] == "gateway: gateway.yaml is not UTF-8 text (line 1)"
    settings.write_text(SETTINGS)
    watching.until(SOUND)
    assert watching.process.poll() is None


def test_the_projects_own_folder_is_renamed_and_replaced(project: Path, start) -> None:
    watching = start(project, "--project", str(project), cwd=project.parent)
    watching.until(SOUND)
    project.rename(project.with_name("away"))
    assert watching.until("gateway: ")[-1] == "gateway: gateway.yaml does not exist"
    (project / "models.d").mkdir(parents=True)
    (project / "gateway.yaml").write_text(SETTINGS.replace("glm-5", "a"))
    (project / "models.d" / "a.yaml").write_text(MODEL)
    watching.until(SOUND)
    replace(project / "models.d" / "b.yaml", BAD)  # the folder that came is watched, too
    assert "b.yaml:3:1" in "".join(watching.until("1 error,"))


def test_what_happens_to_other_files_brings_no_answer(project: Path, start) -> None:
    watching = start(project)
    watching.until(SOUND)
    for name in ("notes.txt", "models.d.txt", ".env"):
        (project / name).write_text("x")
    (project / "models.d" / "glm-5.yaml").touch()
    (project / "models.d" / "z.yaml").write_text(MODEL)
    seen = watching.until("0 errors, 0 warnings in 2 fragments")
    assert not any("notes" in line or ".env" in line or ".txt" in line for line in seen)


def test_only_the_files_that_are_named(project: Path, start) -> None:
    (project / "models.d" / "bad.yaml").write_text(BAD)
    watching = start(project, "models.d/glm-5.yaml")
    watching.until(SOUND)
    (project / "models.d" / "glm-5.yaml").unlink()
    watching.until("gateway: models.d/glm-5.yaml does not exist")
    (project / "models.d" / "glm-5.yaml").write_text(MODEL)
    watching.until(SOUND)


def test_a_screen_is_cleared(project: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "validate", "--watch"],
        cwd=project,
        env=environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        seen = b""
        deadline = time.monotonic() + PATIENCE
        while b"Ctrl-C" not in seen and time.monotonic() < deadline:
            seen += os.read(ours, 4096)
        assert seen.startswith(b"\x1b[H\x1b[2J0 errors")
        assert b"watching; Ctrl-C ends it" in seen
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    finally:
        process.kill()
        process.wait(PATIENCE)
        os.close(ours)


def test_text_only(project: Path) -> None:
    ran = run_gateway("validate", "--watch", "--format", "json", cwd=project)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("gateway: --watch says what it finds as text\n  = hint: ")


def test_no_project_is_2(tmp_path: Path) -> None:
    assert run_gateway("validate", "--watch", cwd=tmp_path).code == 2
