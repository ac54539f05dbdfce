"""A project's folder in, an answer now and again after every change of its files out, until Ctrl-C.

What has changed is decided by looking at the files; the system's notices of changes only say when to
look. So nothing is missed where there are none (a network drive, a folder that was replaced), and
what happens to other files of the folder brings no answer.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from watchfiles import watch as notices

from gateway.cli.options import product, talk
from gateway.constants import MODELS_DIR, SETTINGS_FILE, TEMPLATES_DIR
from gateway.model import GatewayError

_QUIET_MS = 30  # after a change, nothing more in this time: an editor is done
_LONGEST_MS = 300  # and where it never is, an answer comes all the same
_TICK_MS = 100
_LOOK_EVERY = 50  # ticks without a notice
_SHOWN = 3

_Stamp = dict[str, tuple[int, int, int]]
"""POSIX path relative to the project -> the file's time of change, size and number."""


def watch(root: Path, answer: Callable[[], object]) -> NoReturn:
    """Calls `answer` at once and after every change; ends only with KeyboardInterrupt."""
    seen = _answered(root, answer, changed=())
    while True:
        folders = _folders(root)
        for _ in _moments(folders):
            now = _stamp(root)
            if now != seen:
                changed = [path for path in {**now, **seen} if now.get(path) != seen.get(path)]
                seen = _answered(root, answer, sorted(changed))
            if _folders(root) != folders:
                break


def _answered(root: Path, answer: Callable[[], object], changed: Sequence[str]) -> _Stamp:
    """The files that the answer is about. Where one vanished meanwhile it is asked again."""
    while True:
        stamp = _stamp(root)
        try:
            _begin(changed)
            answer()
        except GatewayError as error:
            if _stamp(root) != stamp:
                continue
            product(
                f"gateway: {error.message}\n" + (f"  = hint: {error.hint}\n" * bool(error.hint))
            )
        if sys.stdout.isatty():
            talk("watching; Ctrl-C ends it")
        return stamp


def _begin(changed: Sequence[str]) -> None:
    """A clean screen; where there is none, a line that says what changed."""
    if sys.stdout.isatty():
        product("\033[H\033[2J")
    elif changed:
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        product(f"--- {', '.join(changed[:_SHOWN])}{more}\n")


def _moments(folders: dict[Path, int]) -> Iterator[None]:
    """When to look: after a notice, when watching has begun, and every few seconds."""
    try:
        changes = notices(
            *folders,
            watch_filter=None,
            recursive=False,  # a project's folder may hold environments and repositories
            step=_QUIET_MS,
            debounce=_LONGEST_MS,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
        )
        for tick, change in enumerate(changes):
            if change or tick % _LOOK_EVERY == 0:
                yield
    except (OSError, RuntimeError):  # too many to watch, or a folder has just gone
        time.sleep(1)
        yield


def _folders(root: Path) -> dict[Path, int]:
    """The folders whose files count, each with its number: another one may come in its place."""
    wanted = [root]
    for name in (MODELS_DIR, TEMPLATES_DIR):
        wanted += [Path(folder) for folder, _, _ in os.walk(root / name)]
    found = {folder: number for folder in wanted if (number := _number(folder)) is not None}
    if not found:  # the project's folder was renamed or removed: where it may come back
        above = next(parent for parent in root.parents if parent.is_dir())
        found[above] = _number(above) or 0
    return found


def _number(folder: Path) -> int | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_ino if stat.S_ISDIR(status.st_mode) else None


def _stamp(root: Path) -> _Stamp:
    """Every file that `validate` may look at, as it is now."""
    paths = [root / SETTINGS_FILE]
    for name in (MODELS_DIR, TEMPLATES_DIR):
        for folder, _, files in os.walk(root / name):
            paths += [Path(folder, file) for file in files if _is_looked_at(file, name)]
    found: _Stamp = {}
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        key = path.relative_to(root).as_posix()
        found[key] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def _is_looked_at(file: str, folder: str) -> bool:
    """Not what an editor puts beside a file while it is open."""
    if file.startswith(".") or file.endswith("~"):
        return False
    return folder == TEMPLATES_DIR or file.lower().endswith((".yaml", ".yml"))
