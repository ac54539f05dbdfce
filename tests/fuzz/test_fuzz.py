"""A short search with a fixed seed for each target, and every input that ever broke one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from all_targets import TARGETS

HERE = Path(__file__).parent
CASES = sorted(path for path in HERE.glob("cases/*/*") if path.is_file())
RUNS = 1500


@pytest.mark.parametrize("name", TARGETS)
def test_a_short_search_finds_nothing(name: str) -> None:
    if sys.platform != "linux" or sys.version_info >= (3, 14):
        pytest.skip("atheris has no package for this Python")
    argv = [sys.executable, str(HERE / "fuzz.py"), name, f"-runs={RUNS}", "-seed=1"]
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=300, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr[-4000:]
    done_runs = re.search(r"Done (\d+) runs", done.stderr)  # a large corpus alone may be more
    assert done_runs is not None
    assert int(done_runs[1]) >= RUNS


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_broke_it_once(case: Path) -> None:
    TARGETS[case.parent.name](case.read_bytes())
