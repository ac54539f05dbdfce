"""A folder in, the project's files out: `gateway.yaml` and the fragments in `models.d/`, as text."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from gateway.constants import MAX_FILE_BYTES, MODELS_DIR, SETTINGS_FILE
from gateway.model import GatewayError, SourceFile

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Project:
    """The files of one project. `fragments` are sorted by path."""

    root: Path
    settings: SourceFile
    fragments: tuple[SourceFile, ...]


def find_project(start: Path) -> Path:
    """The nearest folder from `start` upwards that holds a `gateway.yaml`.

    Raises GatewayError where there is none.
    """
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / SETTINGS_FILE).exists() or (folder / SETTINGS_FILE).is_symlink():
            return folder
    raise GatewayError(
        f"no {SETTINGS_FILE} in {start} or above it",
        "run `gateway init` to make a project here, or name one with --project DIR",
    )


def read_project(root: Path) -> Project:
    """Reads every file of the project that `root` holds.

    Raises GatewayError where a file cannot be read: missing, a folder, not UTF-8, too large.
    """
    folder = root / MODELS_DIR
    try:
        with os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if _is_fragment(e.name))
    except FileNotFoundError:
        names = []
    except OSError as error:
        raise _unreadable(folder.name, error) from None
    fragments = tuple(read_file(root, f"{MODELS_DIR}/{name}") for name in names)
    return Project(root, read_file(root, SETTINGS_FILE), fragments)


def _is_fragment(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.startswith(".")


def read_file(root: Path, path: str) -> SourceFile:
    """One file of the project as text; `path` is relative to `root`. Raises GatewayError."""
    try:
        descriptor = os.open(root / path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - opened above without blocking on a pipe
            status = os.fstat(descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise IsADirectoryError(errno.EISDIR, "")
            if not stat.S_ISREG(status.st_mode):
                raise GatewayError(f"{path} is not a regular file", "replace it with a text file")
            if status.st_size > MAX_FILE_BYTES:
                raise GatewayError(
                    f"{path} has {status.st_size:,} bytes; more than {MAX_FILE_BYTES:,} cannot be "
                    "a file of this project",
                    "remove it, or move it out of the project",
                )
            content = file.read(MAX_FILE_BYTES + 1)
        return SourceFile(path, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise GatewayError(
            f"{path} is not UTF-8 text (line {line})", "save it with the encoding UTF-8"
        ) from None
    except OSError as error:
        raise _unreadable(path, error) from None


_SENTENCES = {
    errno.ENOENT: ("does not exist", None),
    errno.EACCES: ("may not be read by this user", "give yourself the right to read it"),
    errno.EPERM: ("may not be read by this user", "give yourself the right to read it"),
    errno.EISDIR: ("is a folder, where a file should be", "remove the folder, or rename it"),
    errno.ENOTDIR: ("is a file, where a folder should be", "remove the file, or rename it"),
    errno.ELOOP: ("is a symbolic link that leads to itself", "remove the link"),
    errno.ENAMETOOLONG: ("has too long a name", "rename it"),
}


def _unreadable(path: str, error: OSError) -> GatewayError:
    sentence, hint = _SENTENCES.get(
        error.errno or 0, (f"cannot be read ({os.strerror(error.errno or 0).lower()})", None)
    )
    return GatewayError(f"{path} {sentence}", hint)
