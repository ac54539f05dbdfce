"""A folder and a provider's name in, what its login gave out: one private file, replaced whole under a lock.

`gateway keys login` writes it and the running stack renews it, from several processes at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

FOLDER = ".gateway/oauth"
"""Below the project on the host, below `/` in the container: beside what holds `gateway_runtime`."""
_TEMPORARY = ".gateway-tmp-"
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Login:
    """What an authorization server gave for one provider. Times in seconds since the epoch.

    `expires_at` is None where the server did not say; `is_refused`: it takes the refresh token no
    more, so that a person has to log in again.
    """

    token_endpoint: str
    client_id: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    obtained_at: float
    expires_at: float | None
    revocation_endpoint: str | None = None
    is_refused: bool = False


def read(folder: Path, name: str) -> Login | None:
    """The login; None where there is none, or the file says something else. Raises OSError."""
    try:
        with (folder / f"{name}.json").open("rb") as file:
            data = json.loads(file.read(_MOST_BYTES))
        return _login(data)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _login(data: dict[str, object]) -> Login:
    known = {each.name: data[each.name] for each in fields(Login) if each.name in data}
    login = Login(**known)  # type: ignore[arg-type]  # looked at below
    texts = (login.token_endpoint, login.client_id, login.access_token)
    optional = (login.refresh_token, login.revocation_endpoint)
    times = (login.obtained_at, login.expires_at or 0.0)
    if not all(isinstance(each, str) for each in texts):
        raise TypeError("a text is none")
    if not all(each is None or isinstance(each, str) for each in optional):
        raise TypeError("a text is none")
    if not all(isinstance(each, int | float) for each in times):
        raise TypeError("a time is none")
    return login


@contextlib.contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """One process at a time; the others wait. A process that dies lets go. Raises OSError."""
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _give_to_the_folders_owner(descriptor, folder)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write(folder: Path, name: str, login: Login) -> None:
    """Replaces the file; whoever reads meanwhile sees the old one. Asks for the lock. Raises OSError."""
    for left_over in folder.glob(f"{_TEMPORARY}{name}.json-*"):  # of a write that was killed
        left_over.unlink(missing_ok=True)
    temporary = folder / f"{_TEMPORARY}{name}.json-{secrets.token_hex(8)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _give_to_the_folders_owner(file.fileno(), folder)
            file.write(json.dumps(asdict(login), indent=1).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / f"{name}.json")
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(folder)


def remove(folder: Path, name: str) -> bool:
    """False where there was none. Asks for the lock. Raises OSError."""
    for left_over in folder.glob(f"{_TEMPORARY}{name}.json-*"):
        left_over.unlink(missing_ok=True)
    try:
        (folder / f"{name}.json").unlink()
    except FileNotFoundError:
        return False
    _sync(folder)
    return True


def _give_to_the_folders_owner(descriptor: int, folder: Path) -> None:
    """Root logs in, the container's user renews: the folder says whose the files are."""
    owner, own = folder.stat(), os.fstat(descriptor)
    if os.geteuid() == 0 and (owner.st_uid, owner.st_gid) != (own.st_uid, own.st_gid):
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
