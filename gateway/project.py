"""A folder in, the project's files out: `gateway.yaml` and the fragments in `models.d/`, as text."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from gateway.constants import MAX_FILE_BYTES, MODELS_DIR, SETTINGS_FILE
from gateway.diagnostics import Diagnostic, Severity
from gateway.model import START, GatewayError, SourceFile

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
        if os.path.lexists(folder / SETTINGS_FILE):
            return folder
    raise GatewayError(
        f"no {SETTINGS_FILE} in {start} or above it",
        "run `gateway init` to make a project here, or name one with --project DIR",
    )


def read_project(root: Path, unsaved: Mapping[str, str] = MappingProxyType({})) -> Project:
    """Reads every file of the project that `root` holds.

    `unsaved` are texts by path, such as an editor holds: they stand for what is on the disk, whether
    or not something is. Raises GatewayError where a file cannot be read: missing, a folder, not
    UTF-8, too large.
    """
    new = (path for path in unsaved if is_fragment_path(path))
    fragments = sorted({*find_fragments(root), *new})

    def read(path: str) -> SourceFile:
        return SourceFile(path, unsaved[path]) if path in unsaved else read_file(root, path)

    return Project(root, read(SETTINGS_FILE), tuple(map(read, fragments)))


def is_fragment_path(path: str) -> bool:
    """Whether a file at this path of the project would be read as a fragment."""
    folder, _, name = path.rpartition("/")
    return folder == MODELS_DIR and _is_fragment(name)


def find_fragments(root: Path) -> list[str]:
    """The paths of the fragments in `models.d/`, sorted. Raises GatewayError."""
    try:
        names = [e.name for e in os.scandir(root / MODELS_DIR) if _is_fragment(e.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(MODELS_DIR, error) from None
    for name in names:
        if not name.isprintable():  # a line break, an escape code, or bytes that are not UTF-8
            raise GatewayError(
                f"the file name {name!a} in {MODELS_DIR} cannot be shown", "rename it"
            )
    return [f"{MODELS_DIR}/{name}" for name in sorted(names)]


def find_ignored_files(root: Path) -> Iterator[Diagnostic]:
    """Files that look like fragments and are none: by the case of their ending, or in a subfolder."""
    folder = root / MODELS_DIR
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            is_read = Path(where) == folder and _is_fragment(name)
            path = f"{Path(where).relative_to(root).as_posix()}/{name}"
            if is_read or not _is_fragment(name.lower()) or not path.isprintable():
                continue
            below = Path(where) != folder
            yield Diagnostic(
                "GW237",
                f"this file is not read: it is {'in a subfolder' if below else 'not named `.yaml`'}",
                path,
                START,
                f"move it into {MODELS_DIR}/" if below else "write its ending in lower case",
                Severity.WARNING,
            )


def _is_fragment(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.startswith(".")


def read_file(root: Path, path: str) -> SourceFile:
    """One file of the project as text; `path` is relative to `root`. Raises GatewayError."""
    content = read_bytes(root, path, MAX_FILE_BYTES)
    try:
        return SourceFile(path, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise GatewayError(
            f"{path} is not UTF-8 text (line {line})", "save it with the encoding UTF-8"
        ) from None


def read_bytes(root: Path, path: str, limit: int) -> bytes:
    """A regular file of at most `limit` bytes; never waits for a pipe. Raises GatewayError."""
    try:
        descriptor = os.open(f"{root}/{path}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise _unreadable(path, IsADirectoryError(errno.EISDIR, ""))
        if not stat.S_ISREG(status.st_mode):
            raise GatewayError(f"{path} is not a regular file", "replace it with a text file")
        content = _read_up_to(descriptor, status.st_size, limit + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise GatewayError(
            f"{path} has {max(status.st_size, len(content)):,} bytes; more than {limit:,} cannot be "
            "a file of this project",
            "remove it, or move it out of the project",
        )
    return content


def _read_up_to(descriptor: int, size: int, most: int) -> bytes:
    """The first `most` bytes of a file that had `size`; it may have grown or shrunk since."""
    content = os.read(descriptor, min(size + 1, most))
    while size < len(content) < most or len(content) < min(size, most):
        block = os.read(descriptor, most - len(content))
        if not block:
            break
        content += block
    return content


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
