"""Everything here runs in containers."""

from __future__ import annotations

from pathlib import Path

import pytest
from docker_rule import require_engine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.docker)


@pytest.fixture(autouse=True)
def _engine() -> None:
    require_engine()
