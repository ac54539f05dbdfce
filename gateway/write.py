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
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from gateway.constants import ENV_EXAMPLE, MANIFEST, STACK_DIR
from gateway.model import FileChange, GatewayError, Rendered, Verb
from gateway.project import read_bytes

_TEMPORARY = ".gateway-tmp-"
_MAX_BYTES = 100_000_000


def plan(rendered: Rendered, root: Path) -> tuple[FileChange, ...]:
    """What writing `rendered` under `root` would do to each file, sorted by path; reads only.

    Raises GatewayError where an existing file cannot be read, or lies outside the project.
    """
    refuse_links_outside(root, rendered)
    ours = _read_manifest(root)
    changes = [_change(path, text, root, ours) for path, text in rendered.items()]
    for path in ours.keys() - rendered.keys():
        old = _read(root, path)
        if old is not None:
            verb = Verb.REMOVE if _hash(old) in ours[path] else Verb.CONFLICT
            changes.append(FileChange(path, verb, old, None))
    manifest = _manifest_text({path: [text] for path, text in rendered.items()})
    old = _read(root, MANIFEST)
    verb = Verb.CREATE if old is None else Verb.UNCHANGED if old == manifest else Verb.UPDATE
    changes.append(FileChange(MANIFEST, verb, old, manifest))
    return tuple(sorted(changes, key=lambda change: change.path))


def refuse_links_outside(root: Path, paths: Iterable[str]) -> None:
    """Folders that are links to another place: what is there is not ours to read or replace."""
    inside = os.path.realpath(root)
    for folder in sorted({PurePosixPath(path).parent for path in paths}):
        if not Path(os.path.realpath(root / folder)).is_relative_to(inside):
            raise GatewayError(
                f"{folder} is a symbolic link that leads out of the project",
                "remove the link: the stack's files are written there",
            )


def _change(path: str, text: str, root: Path, ours: Mapping[str, frozenset[str]]) -> FileChange:
    old = _read(root, path)
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
    changing = {root / c.path: c for c in changes if c.verb is not Verb.UNCHANGED}
    if not changing:
        return
    refuse_links_outside(root, (change.path for change in changes))
    staged: dict[Path, Path] = {}
    bridge: Path | None = None
    try:
        with _locked(root):
            remove_left_overs(changing)
            for target, change in changing.items():
                if change.new is not None:
                    staged[target] = _stage(target, change.new.encode())
            if root / MANIFEST in staged:
                bridge = _stage(root / MANIFEST, _bridge_text(changes).encode())
            _replace(changing, staged, bridge, root / MANIFEST)
    except OSError as error:
        raise _not_written(error) from None
    finally:
        for temporary in (*staged.values(), bridge):
            if temporary is not None:
                temporary.unlink(missing_ok=True)


def _replace(
    changing: Iterable[Path], staged: Mapping[Path, Path], bridge: Path | None, manifest: Path
) -> None:
    """The only steps that touch the stack.

    The manifest goes first and last: in between both the old and the new text of each file count as
    ours, so a kill is no hand edit.
    """
    if bridge is not None:
        bridge.replace(manifest)
    for target in changing:
        if target not in staged:
            target.unlink(missing_ok=True)
        elif target != manifest:
            staged[target].replace(target)
    if manifest in staged:
        staged[manifest].replace(manifest)
    _sync_folders({target.parent for target in changing})


def _reason(error: OSError) -> str:
    return os.strerror(error.errno or errno.EIO).lower()


def _shown(path: str) -> str:
    """The name of a file; of a temporary one, that of the file whose place it was to take."""
    name = Path(path).name
    is_ours = name.startswith(_TEMPORARY)
    return name.removeprefix(_TEMPORARY).rpartition("-")[0] if is_ours else name


def _not_written(error: OSError) -> GatewayError:
    where = f": {_shown(error.filename)}" if error.filename else ""
    hints = {
        errno.ENOSPC: "make room on the disk",
        errno.EDQUOT: "make room on the disk",
        errno.EEXIST: "remove it, or move it away: a folder belongs there",
        errno.ENOTDIR: "remove it, or move it away: a folder belongs there",
        errno.EISDIR: "remove it, or move it away: a file belongs there",
    }
    message = f"the stack could not be written ({_reason(error)}{where})"
    return GatewayError(message, hints.get(error.errno or 0))


def _stage(
    target: Path, content: bytes, mode: int = 0o644, owner: tuple[int, int] | None = None
) -> Path:
    """A synced temporary file beside `target`. The container's user must be able to read it: 0644.

    Where `owner` is another user or group than the file would have, it is given to them.
    """
    _make_folder(target.parent)
    descriptor, name = tempfile.mkstemp(prefix=f"{_TEMPORARY}{target.name}-", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            status = os.fstat(file.fileno())
            if owner is not None and owner != (status.st_uid, status.st_gid):
                os.fchown(file.fileno(), *owner)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(target)) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def remove_left_overs(targets: Iterable[Path]) -> None:
    """Temporary files of a write that was killed."""
    for target in targets:
        for left_over in target.parent.glob(f"{_TEMPORARY}{target.name}-*"):
            left_over.unlink(missing_ok=True)


def remove_all_left_overs(root: Path, folders: Iterable[str]) -> None:
    """Temporary files of any write to these folders of the project that was killed."""
    with _locked(root):
        for folder in folders:
            for left_over in (root / folder).glob(f"{_TEMPORARY}*"):
                with contextlib.suppress(OSError):
                    left_over.unlink()


def _make_folder(folder: Path) -> None:
    """A folder that the container's user can enter, whatever the umask is."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def write_all_new(files: Mapping[Path, tuple[str, int]]) -> tuple[Path, ...]:
    """Writes files, each as its text and mode, in their order, where none of them exists.

    All texts are on the disk before the first file appears; each appears whole or not at all, and no
    existing file is ever replaced. Returns those that were written: one that appeared in the meantime
    is left as it is. Raises GatewayError.
    """
    staged: dict[Path, Path] = {}
    written: list[Path] = []
    folders = sorted({target.parent for target in files})
    try:
        with contextlib.ExitStack() as locks:
            for folder in folders:
                _make_folder(folder)
                locks.enter_context(_locked(folder))
            remove_left_overs(files)
            for target, (text, mode) in files.items():
                staged[target] = _stage(target, text.encode(), mode)
            for target, temporary in staged.items():
                with contextlib.suppress(FileExistsError):
                    os.link(temporary, target)
                    written.append(target)
            _sync_folders({target.parent for target in written})
    except OSError as error:
        raise _new_not_written(error) from None
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
    return tuple(written)


def _new_not_written(error: OSError) -> GatewayError:
    name = error.filename2 or error.filename  # of a link: where it was to appear
    where = Path(name).name if name else "the project"
    return GatewayError(f"{where} could not be written ({_reason(error)})")


def write_new(target: Path, text: str, mode: int) -> bool:
    """Writes a file that must not exist yet, atomically; False (and nothing done) where it does."""
    return bool(write_all_new({target: (text, mode)}))


def write_file(target: Path, text: str) -> None:
    """Writes a file, atomically where it is one or none is there yet; folders are made as needed.

    What is not a regular file, such as a pipe, is written to as it stands. Raises GatewayError.
    """
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, "utf-8", newline="\n")
            return
        place = Path(os.path.realpath(target))  # a link stays one
        mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o644
        _stage(place, text.encode(), mode).replace(place)
    except OSError as error:
        raise GatewayError(f"{target} could not be written ({_reason(error)})") from None


def replace_content(root: Path, path: str, old: bytes, new: bytes, mode: int | None = None) -> bool:
    """Replaces a file of the user's, atomically; False (and nothing done) where it holds not `old`.

    Its owner stays, its mode too where none is given, and a link stays a link: what it leads to is replaced, if that lies in
    the project. Raises GatewayError.
    """
    target = Path(os.path.realpath(root / path))
    if not target.is_relative_to(os.path.realpath(root)):
        raise GatewayError(
            f"{path} is a symbolic link that leads out of the project",
            "edit the file that it leads to",
        )
    try:
        with _locked(root):
            remove_left_overs([target])
            return _exchange(target, old, new, mode)
    except OSError as error:
        raise GatewayError(f"{path} could not be written ({_reason(error)})") from None


def _exchange(target: Path, old: bytes, new: bytes, mode: int | None) -> bool:
    status = target.stat()
    if not os.access(target, os.W_OK):  # a rename would not ask
        raise PermissionError(errno.EACCES, "", str(target))
    owner = (status.st_uid, status.st_gid)
    staged = _stage(target, new, mode or stat.S_IMODE(status.st_mode), owner)
    try:
        if read_bytes(target.parent, target.name, _MAX_BYTES) != old:
            return False
        staged.replace(target)
        _sync_folders({target.parent})
    finally:
        staged.unlink(missing_ok=True)
    return True


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two writes to one folder at once would mix their files, or clean up after each other."""
    descriptor = os.open(folder, os.O_RDONLY)
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


def _manifest_text(texts: Mapping[str, Iterable[str]]) -> str:
    """The hashes of the texts that are ours, for each path."""
    files = {path: sorted({_hash(text) for text in texts[path]}) for path in sorted(texts)}
    return json.dumps({"format": 1, "files": files}, indent=1) + "\n"


def _bridge_text(changes: Sequence[FileChange]) -> str:
    return _manifest_text(
        {
            c.path: [t for t in (c.old, c.new) if t is not None]
            for c in changes
            if c.path != MANIFEST
        }
    )


def _read_manifest(root: Path) -> dict[str, frozenset[str]]:
    """Path -> the hashes of texts that are ours. A manifest that cannot be read knows nothing."""
    text = _read(root, MANIFEST)
    try:
        files = json.loads(text or "{}")["files"]
        return {path: frozenset(hashes) for path, hashes in files.items() if _is_rendered(path)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _is_rendered(path: str) -> bool:
    """Only a path that a render could have written may ever be removed."""
    parts = PurePosixPath(path).parts
    return path == ENV_EXAMPLE or (len(parts) > 1 and parts[0] == STACK_DIR and ".." not in parts)


def _read(root: Path, path: str) -> str | None:
    """A file's text, None where there is none; what is not UTF-8 in it never equals what we render."""
    if not os.path.exists(root / path):  # noqa: PTH110 - Path.exists raises where a folder is closed
        return None
    return read_bytes(root, path, _MAX_BYTES).decode("utf-8", "replace")
