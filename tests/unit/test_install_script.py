"""`requirements/install.sh`: uv where it can be had and does it, else pip."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[2] / "requirements" / "install.sh"
ASKED = "--require-hashes -r some.txt"


@pytest.mark.parametrize(
    ("uv", "pips"),
    [
        ("exit 0", 1),  # it fetches uv
        ("exit 2", 2),
        (None, 2),  # no package of uv for this platform
    ],
)
def test_who_installs(tmp_path: Path, uv: str | None, pips: int) -> None:
    told = tmp_path / "told"
    make_uv = f"printf '#!/bin/sh\\necho \"uv $*\" >> {told}\\n{uv}\\n' > {tmp_path}/uv"
    (tmp_path / "python").write_text(
        f'#!/bin/sh\necho "python $*" >> {told}\ncase "$*" in *uv.txt*)\n'
        + (f"{make_uv}; chmod +x {tmp_path}/uv" if uv else "exit 1")
        + ";;\nesac\n"
    )
    (tmp_path / "python").chmod(0o755)
    argv = [str(INSTALL), str(tmp_path / "python"), *ASKED.split()]
    assert subprocess.run(argv, check=False).returncode == 0
    lines = told.read_text().splitlines()
    assert lines[0].startswith("python -m pip ")
    assert lines[0].endswith("/requirements/uv.txt")
    assert lines[-1].endswith(f" {ASKED}")
    assert [line.split()[0] for line in lines].count("python") == pips
    assert any(line.startswith("uv pip install ") for line in lines) is (uv is not None)


def test_what_neither_can_install_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "python").write_text("#!/bin/sh\necho pip says why >&2\nexit 3\n")
    (tmp_path / "python").chmod(0o755)
    argv = [str(INSTALL), str(tmp_path / "python"), "some"]
    ran = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (3, "pip says why\n")
