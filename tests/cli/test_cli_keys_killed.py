"""kill -9 at every step of `gateway keys`: `.env` is the old one or the new one, and nobody else may read it."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from killed import Killer
from small_project import MODEL, SETTINGS

Make = Callable[[int], Path]

PRELOAD = [
    "gateway.cli.main",
    "gateway.cli.keys_rotate",
    "gateway.cli.keys_set",
    "jsonschema_rs",
]
OLD = b"# mine\r\nLITELLM_MASTER_KEY='sk-old' # why\r\nNANOGPT_API_KEY=canary-old\r\n"
SET = (
    "import io, sys\n"
    "sys.stdin = io.TextIOWrapper(io.BytesIO(b'canary-new'))\n"
    "import gateway.cli.main as main; main.run()"
)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def fresh(at: int) -> Path:
        folder = tmp_path / f"step-{at}"
        (folder / "models.d").mkdir(parents=True)
        (folder / "gateway.yaml").write_text(SETTINGS)
        (folder / "models.d" / "glm-5.yaml").write_text(MODEL)
        (folder / ".gitignore").write_text(".env\n.gateway-tmp-*\n")
        (folder / ".env").write_bytes(OLD)
        (folder / ".env").chmod(0o644)
        return folder

    return fresh


def private(path: Path) -> bool:
    return stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_env_file_is_the_old_one_or_the_new_one(make: Make) -> None:
    with Killer(["keys", "set", "NANOGPT_API_KEY"], PRELOAD, SET) as killer:
        new = OLD.replace(b"canary-old", b"canary-new")
        seen = set()
        for at, folder, was_killed in killer.every_step(make):
            there = (folder / ".env").read_bytes()
            assert there in (OLD, new), at
            assert there == OLD or private(folder / ".env"), at
            left = [path for path in folder.iterdir() if path.name.startswith(".gateway-tmp-")]
            assert all(private(path) for path in left), at
            state = (there == new, bool(left))
            if was_killed and state not in seen:  # what the second run finds is all it goes by
                assert killer.run(folder) == 0, at
                assert (folder / ".env").read_bytes() == new, at
                assert {p.name for p in folder.iterdir()} == {
                    *(".env", ".gitignore", "gateway.yaml", "models.d"),
                }, at
            seen.add(state)
            shutil.rmtree(folder)
    assert {(False, True), (True, False)} <= seen, "cut off in between, and whole"


def test_a_first_env_file_is_whole_or_not_there(make: Make) -> None:
    def without(at: int) -> Path:
        folder = make(at)
        (folder / ".env").unlink()
        return folder

    with Killer(["keys", "rotate", "master"], PRELOAD) as killer:
        for at, folder, _ in killer.every_step(without):
            file = folder / ".env"
            if file.exists():
                assert private(file), at
                assert file.read_text().count("LITELLM_MASTER_KEY=sk-") == 1, at
                assert "NANOGPT_API_KEY=\n" in file.read_text(), at
            assert killer.run(folder) == 0, at
            shutil.rmtree(folder)
