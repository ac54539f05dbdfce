"""A command in, the same command killed with SIGKILL at each of its steps out: what may a reader find then?

A step is anything that could touch a file: each audit event of opening for writing, renaming, linking,
removing, making a folder and changing a mode, and the return of each function that writes, syncs,
closes, locks or truncates. The process counts its steps and kills itself at the one that it was told;
the last run is the one that ends by itself, so every state that a kill can leave behind was there.

    with Killer(["fix"], preload=["gateway.fixing"]) as killer:
        for step, folder, was_killed in killer.every_step(make_project):
            ...  # what must hold in the folder
            killer.run(folder)  # and what a second run makes of it

There is no timing in it: run twice, it kills at the same places.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_MOST_STEPS = 2000
_GATEWAY = "import gateway.cli.main as main; main.run()"
# What Typer imports when it has a command line to read: half of the time of a run.
_ALWAYS = ("csv", "email.message", "zipfile", "pydantic.fields", "pydantic.type_adapter")
_AUDITED = {
    *("os.rename", "os.link", "os.symlink", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"),
    *("os.chmod", "os.chown", "os.utime", "shutil.copyfile", "shutil.move", "tempfile.mkstemp"),
}
_CALLED = {
    *(
        "write",
        "writelines",
        "truncate",
        "flush",
        "close",
        "fsync",
        "fdatasync",
        "fchmod",
        "fchown",
    ),
    *(
        "open",
        "rename",
        "replace",
        "link",
        "symlink",
        "unlink",
        "remove",
        "mkdir",
        "rmdir",
        "flock",
    ),
    *("write_bytes", "write_text", "sendfile", "copy_file_range"),
}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def arm(at: int, folder: str) -> None:
    """From now on this process kills itself at step `at`; steps outside `folder` do not count.

    Called in the process that is to die.
    """
    left = at
    has_begun = False  # until something could have changed, every kill leaves the same

    def step() -> None:
        nonlocal left, has_begun
        if not has_begun:
            has_begun = True
            sys.setprofile(on_return)  # not before: it makes everything slow
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_event(event: str, args: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = args
            opens = isinstance(flags, int) and bool(flags & _WRITES)
            if opens and _is_inside(path, folder):
                step()
        elif event in _AUDITED and any(_is_inside(arg, folder) for arg in args):
            step()

    def on_return(_frame: object, event: str, function: object) -> None:
        if event == "c_return" and getattr(function, "__name__", "") in _CALLED:
            file = getattr(function, "__self__", None)
            if _is_inside(getattr(file, "name", 0), folder):
                step()

    sys.addaudithook(on_event)


def _is_inside(file: object, folder: str) -> bool:
    """A path in the folder, or a descriptor, which may be of one; not what the terminal is."""
    if isinstance(file, int):
        return not isinstance(file, bool) and file not in (1, 2)
    where = os.fsdecode(file) if isinstance(file, str | bytes | os.PathLike) else ""
    return str(Path(folder, where)).startswith(folder)


class Killer:
    """Runs a command in folders and kills it at a step, as often as asked.

    One process has imported what the command needs (`preload`) and forks for each run: a run costs
    what the command does, not what Python's start does.
    """

    def __init__(
        self, args: Sequence[str], preload: Sequence[str], program: str = _GATEWAY
    ) -> None:
        self._code = (
            f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
            f"import killed, {', '.join([*_ALWAYS, *preload])}\n"
            f"killed.serve({list(args)!r}, {program!r})\n"
        )

    def __enter__(self) -> Killer:
        self._nursery = subprocess.Popen(
            [sys.executable, "-B", "-c", self._code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self._nursery.wait(timeout=30)
        assert self._nursery.stdout is not None
        self._nursery.stdout.close()

    def run(self, folder: Path, at: int = 0) -> int:
        """The command in `folder`, killed at step `at`, 0 for never; its exit code, negative for a signal."""
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(f"{at} {folder}\n")
        self._nursery.stdin.flush()
        return int(self._nursery.stdout.readline())

    def every_step(self, make: Callable[[int], Path]) -> Iterator[tuple[int, Path, bool]]:
        """(step, folder, whether it was killed) for each run; the last is the one that was not.

        `make` gives a fresh folder for the step.
        """
        for at in range(1, _MOST_STEPS):
            folder = make(at)
            code = self.run(folder, at)
            was_killed = code == -signal.SIGKILL
            assert was_killed or code in (0, 1), (at, code)
            yield at, folder, was_killed
            if not was_killed:
                return
        raise AssertionError(f"more than {_MOST_STEPS} steps")


def serve(args: Sequence[str], program: str) -> None:
    """The forking process: a line `step folder` in, the exit code of that run out."""
    for line in sys.stdin:
        at, folder = line.rstrip("\n").split(" ", 1)
        child = os.fork()
        if child == 0:
            _run(int(at), folder, args, program)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(at: int, folder: str, args: Sequence[str], program: str) -> None:
    """In the child: never returns."""
    code = 0
    try:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        sys.argv[1:] = args
        arm(at, folder)
        exec(program, {})  # the command line's own entry
    except SystemExit as left:
        code = int(left.code or 0)
    except BaseException:
        code = 99
    finally:
        sys.setprofile(None)
        os._exit(code)
