"""The folder of what a stack remembers across restarts, made before it starts: the container cannot."""

from __future__ import annotations

import contextlib
from pathlib import Path

from gateway.constants import BUDGETS_DIR, STATE_DIR
from gateway.model import GatewayError

_OWNERS, _EVERYBODYS = 0o700, 0o777


def ensure_state_folder(root: Path) -> None:
    """The container's user is nobody of this machine, so the inner folder is open to everybody; the outer
    one, which only its owner can pass, keeps everybody else out. Raises GatewayError.
    """
    try:
        (root / STATE_DIR).mkdir(mode=_OWNERS, exist_ok=True)
        inner = root / BUDGETS_DIR
        inner.mkdir(exist_ok=True)
        with contextlib.suppress(PermissionError):  # it was made by another user, and opened then
            inner.chmod(_EVERYBODYS)
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise GatewayError(f"{BUDGETS_DIR}/ cannot be made ({reason})") from None
