"""What the tests of CI's formats share: a small project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest


@pytest.fixture
def project(write_project: Callable[[Mapping[str, str]], Path]) -> Path:
    """One sound model, nothing rendered yet."""
    return write_project({})
