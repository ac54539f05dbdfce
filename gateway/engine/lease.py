"""Who uses a stack that `gateway run` started: locks on one file, which the kernel takes back whatever ends a process.

`.gateway/run.lock` is there as long as such a stack is. POSIX record locks fit: one belongs to a process,
outlives `exec`, is not inherited by what that process starts, and goes with it, also with `kill -9`
(fcntl(2), "Advisory record locking"). Closing any descriptor of the file would give it up, so each
process opens it once.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.constants import STATE_DIR
from gateway.model import GatewayError

_NAME = "run.lock"
_USING, _STARTING, _KEEPING = 0, 1, 2  # one byte each
_ABOVE_STDIO = 10  # where stdin is closed, the file must not become the client's stdin


class Lease:
    """One process's share in the stack. Raises GatewayError where the file cannot be had."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, root: Path) -> Lease:
        """A share in the stack that is about to be started, or that others start just now."""
        while True:
            lease = cls.open(root, create=True)
            assert lease is not None  # noqa: S101 - it was made
            if lease._share(lambda: None):
                return lease

    @classmethod
    def join(cls, root: Path, on_wait: Callable[[], None]) -> Lease | None:
        """A share in what `gateway run` has started; None where it has not.

        Where that stack is being stopped, waits for it.
        """
        lease = cls.open(root)
        return lease if lease is not None and lease._share(on_wait) else None

    @classmethod
    def open(cls, root: Path, *, create: bool = False) -> Lease | None:
        """The file without a share in it; None where there is none for this user."""
        path = root / STATE_DIR / _NAME
        try:
            if create:
                path.parent.mkdir(mode=0o700, exist_ok=True)
            flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0)
            low = os.open(path, flags, 0o600)
        except OSError as error:
            if not create and error.errno in (errno.ENOENT, errno.EACCES, errno.EROFS):
                return None  # there is none, or it is another user's
            reason = os.strerror(error.errno or 0).lower()
            raise GatewayError(f"{STATE_DIR}/{_NAME} cannot be written ({reason})") from None
        try:
            return cls(path, fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, _ABOVE_STDIO))
        finally:
            os.close(low)

    def _share(self, on_wait: Callable[[], None]) -> bool:
        """False where the file is not the project's any more: what it stood for is gone, or kept."""
        if not self._lock(fcntl.LOCK_SH | fcntl.LOCK_NB, _USING):
            on_wait()
            self._lock(fcntl.LOCK_SH, _USING)
        if not self.is_current():
            self.close()
            return False
        return True

    def close(self) -> None:
        """Gives the share back."""
        os.close(self._descriptor)

    def outlive_exec(self) -> None:
        """The share stays with this process when it becomes the client."""
        os.set_inheritable(self._descriptor, True)

    def is_current(self) -> bool:
        """Whether the stack is still `gateway run`'s: nobody has stopped it, or said that it shall stay."""
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        return False

    def is_unused(self) -> bool:
        """Whether nobody has a share; from then on nobody gets one."""
        return self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB, _USING)

    def wait_until_unused(self) -> None:
        """Returns when the last share is gone; from then on nobody gets one."""
        self._lock(fcntl.LOCK_EX, _USING)

    @contextlib.contextmanager
    def starting(self, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
        """One process at a time starts the stack; others wait here."""
        if not self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB, _STARTING):
            on_wait()
            self._lock(fcntl.LOCK_EX, _STARTING)
        try:
            yield
        finally:
            self._lock(fcntl.LOCK_UN, _STARTING)

    def keep(self) -> None:
        """From now on this process is the one, or one of those, that stops the stack."""
        self._lock(fcntl.LOCK_SH, _KEEPING)

    def is_kept(self) -> bool:
        """Whether somebody is there who stops the stack: a keeper may have been killed, too."""
        is_free = self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB, _KEEPING)
        if is_free:
            self._lock(fcntl.LOCK_UN, _KEEPING)
        return not is_free

    def remove(self) -> None:
        """The stack is nobody's to stop any more."""
        self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._path.parent.rmdir()  # where nothing else is in it

    def _lock(self, how: int, byte: int) -> bool:
        try:
            fcntl.lockf(self._descriptor, how, 1, byte)
        except (BlockingIOError, PermissionError):
            return False
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise GatewayError(f"{STATE_DIR}/{_NAME} cannot be locked ({reason})") from None
        return True


def adopt(root: Path, on_wait: Callable[[], None]) -> None:
    """A stack that `gateway run` started stays until `gateway down`.

    Waits for one that is being started, or stopped.
    """
    lease = Lease.join(root, on_wait)
    if lease is not None:
        with lease.starting(on_wait):
            if lease.is_current():  # else another one was quicker, and this may be a new file
                lease.remove()
        lease.close()
