"""Rendered text and a folder in, the change of every file out; and the changes made, whole or not at all.

A manifest beside the stack remembers the hash of every file that was rendered: a file whose text is
neither what was rendered last nor what would be rendered now was edited by hand, and is kept.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gateway.constants import MANIFEST, STACK_DIR
from gateway.model import FileChange, GatewayError, Rendered, Verb

_TEMPORARY = ".gateway-tmp-"


def plan(rendered: Rendered, root: Path) -> tuple[FileChange, ...]:
    """What writing `rendered` under `root` would do to each file, sorted by path; reads only.

    Raises GatewayError where an existing file cannot be read.
    """
    ours = _read_manifest(root)
    changes = [_change(path, text, root, ours) for path, text in rendered.items()]
    for path in ours.keys() - rendered.keys():
        old = _read(root / path)
        if old is not None:
            verb = Verb.REMOVE if _hash(old) in ours[path] else Verb.CONFLICT
            changes.append(FileChange(path, verb, old, None))
    manifest = _manifest_text(rendered)
    old = _read(root / MANIFEST)
    verb = Verb.CREATE if old is None else Verb.UNCHANGED if old == manifest else Verb.UPDATE
    changes.append(FileChange(MANIFEST, verb, old, manifest))
    return tuple(sorted(changes, key=lambda change: change.path))


def _change(path: str, text: str, root: Path, ours: Mapping[str, frozenset[str]]) -> FileChange:
    old = _read(root / path)
    if old is None:
        verb = Verb.CREATE
    elif old == text:
        verb = Verb.UNCHANGED
    else:
        verb = Verb.UPDATE if _hash(old) in ours.get(path, ()) else Verb.CONFLICT
    return FileChange(path, verb, old, text)


def apply(changes: Sequence[FileChange], root: Path) -> None:
    """Makes the changes; a conflict among them is overwritten (the caller asked for that).

    All new texts are on the disk before the first file is replaced, so a full disk or a kill leaves
    the old stack; unchanged files are left untouched. Raises GatewayError.
    """
    changing = [c for c in changes if c.verb is not Verb.UNCHANGED]
    if not changing:
        return
    with _locked(root), _staged(changing, root) as staged:
        manifest = root / MANIFEST
        if manifest in staged:
            # From here on both the old and the new text of each file count as ours, until the last
            # rename has happened: a kill in between is no hand edit.
            final = staged.pop(manifest)
            bridge = _stage(manifest, _bridge_text(changes))
            bridge.replace(manifest)
            staged[manifest] = final
        for target, temporary in staged.items():
            temporary.replace(target)
        for change in changing:
            if change.verb is Verb.REMOVE or change.new is None:
                (root / change.path).unlink(missing_ok=True)
        _sync_folders({(root / change.path).parent for change in changing})


@contextlib.contextmanager
def _staged(changing: Sequence[FileChange], root: Path) -> Iterator[dict[Path, Path]]:
    """Target -> temporary file that holds its new text. What is left of them at the end goes."""
    staged: dict[Path, Path] = {}
    for folder in {(root / change.path).parent for change in changing}:
        for left_over in folder.glob(f"{_TEMPORARY}*"):  # of a render that was killed
            left_over.unlink(missing_ok=True)
    try:
        for change in changing:
            if change.new is not None:
                staged[root / change.path] = _stage(root / change.path, change.new)
        yield staged
    except OSError as error:
        name = Path(error.filename or "").name
        reason = os.strerror(error.errno or errno.EIO).lower()
        raise GatewayError(
            f"the stack could not be written ({reason}{': ' + name if name else ''}); it is as it was",
            "make room on the disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else None,
        ) from None
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def _stage(target: Path, text: str, mode: int = 0o644) -> Path:
    """A synced temporary file beside `target`. The container's user must be able to read it: 0644."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{_TEMPORARY}{target.name}-", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def write_new(target: Path, text: str, mode: int) -> bool:
    """Writes a file that must not exist yet, atomically; False (and nothing done) where it does."""
    try:
        temporary = _stage(target, text, mode)
        try:
            os.link(temporary, target)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO).lower()
        raise GatewayError(f"{target.name} could not be written ({reason})") from None
    return True


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Two renders of one project at once would mix their files."""
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_folders(folders: set[Path]) -> None:
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _manifest_text(rendered: Rendered) -> str:
    files = {path: [_hash(text)] for path, text in sorted(rendered.items())}
    return json.dumps({"format": 1, "files": files}, indent=1) + "\n"


def _bridge_text(changes: Sequence[FileChange]) -> str:
    files = {
        change.path: sorted({_hash(text) for text in (change.old, change.new) if text is not None})
        for change in changes
        if change.path != MANIFEST
    }
    return json.dumps({"format": 1, "files": files}, indent=1) + "\n"


def _read_manifest(root: Path) -> dict[str, frozenset[str]]:
    """Path -> the hashes of texts that are ours. A manifest that cannot be read knows nothing."""
    text = _read(root / MANIFEST)
    try:
        files = json.loads(text or "{}")["files"]
        return {path: frozenset(hashes) for path, hashes in files.items() if _is_inside(path)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _is_inside(path: str) -> bool:
    """Only a path that a render could have written may ever be removed."""
    parts = Path(path).parts
    return not Path(path).is_absolute() and ".." not in parts and parts[:1] == (STACK_DIR,) or path == ".env.example"


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO).lower()
        hint = "remove it, or move it away" if error.errno in (errno.EISDIR, errno.ELOOP, errno.ENOTDIR) else None
        raise GatewayError(f"{path.name} cannot be read ({reason})", hint) from None
