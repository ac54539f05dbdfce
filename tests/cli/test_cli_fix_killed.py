"""kill -9 at every step of `gateway fix`: each original is there, old or new, and a second run goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from killed import Killer
from small_project import MODEL, SETTINGS

Make = Callable[[int], Path]

PRELOAD = [
    "gateway.cli.main",
    "gateway.cli.chosen_files",
    "gateway.cli.fix_report",
    "gateway.diagnostics.codes",
    "gateway.diagnostics.text",
    "ruamel.yaml",
    "jsonschema",
    "jsonschema_rs",
]
SPLIT = (
    "# yaml-language-server: $schema=../compose/schema/model.schema.json\n"
    "name: two  # kept\nprovider: nanogpt\nmodel: a/two\n---\n# the third\n"
    "name: three\nprovider: nanogpt\nmodel: a/three\n"
)
FILES = {
    "gateway.yaml": SETTINGS.replace("default_model: glm-5", "default_model: glm5"),
    "models.d/glm-5.yaml": MODEL + "fallback: two # écrit à la main\r\n",
    "models.d/two.yaml": SPLIT,
}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def fresh(at: int) -> Path:
        folder = tmp_path / f"step-{at}"
        for path, text in FILES.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text.encode())
        return folder

    return fresh


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_every_original_is_old_or_new_and_a_second_run_goes_on(make: Make) -> None:
    with Killer(["fix"], PRELOAD) as killer:
        whole = make(0)
        assert killer.run(whole) == 0
        new = contents(whole)
        assert new.keys() == {*FILES, "models.d/three.yaml"}
        assert all(new[path] != text.encode() for path, text in FILES.items())
        states, seen = set(), set()
        for at, folder, was_killed in killer.every_step(make):
            there = contents(folder)
            for path, text in FILES.items():
                assert there[path] in (text.encode(), new[path]), (at, path)
            if there["models.d/two.yaml"] == new["models.d/two.yaml"]:
                assert there["models.d/three.yaml"] == new["models.d/three.yaml"], at
            states.add(tuple(there[path] == new[path] for path in FILES))
            state = frozenset((path[:30], content) for path, content in there.items())
            if was_killed and state not in seen:  # what the second run finds is all it goes by
                assert killer.run(folder) == 0, at
                assert contents(folder) == new, at
            seen.add(state)
            shutil.rmtree(folder)
    assert len(states) == len(FILES) + 1, "each file was once the last that was written"


def test_the_harness_sees_a_file_that_is_written_in_place(make: Make) -> None:
    """Else the test above could not fail."""
    program = "open('gateway.yaml', 'w').write('new: whole\\n')"
    with Killer([], PRELOAD, program) as killer:
        torn = [(folder / "gateway.yaml").read_bytes() for _, folder, _ in killer.every_step(make)]
    assert b"" in torn
    assert torn[-1] == b"new: whole\n"
