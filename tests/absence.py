"""What a test needs and is not here: on a desk a skip, in CI a failure."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def not_here(problem: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{problem}; in CI this may not skip")
    pytest.skip(problem)


def require_program(name: str, package: str | None = None) -> str:
    """Where it is."""
    found = shutil.which(name)
    if found is None:
        not_here(
            f"there is no `{name}` here: on Debian, `apt-get install {package or name}` gives it"
        )
    return found
