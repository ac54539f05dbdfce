"""What `keys set` writes and `keys export` prints is what Docker itself reads, to the byte."""

from __future__ import annotations

import json
import random
import string
import subprocess
from pathlib import Path

from docker_rule import image

from gateway.env_file import read_environment, set_value
from gateway.env_text import assignment
from gateway.keys.exporting import ExportFormat, exported

AWKWARD = "\ufeff# mine\r\n\r\nV0=old # why\r\n export V1 = 'o\r\nld' # two\r\nV2=\r\nV3= # fill in\r\nV4=#x\r\nV5"
COUNT = 120


def values() -> dict[str, str]:
    """Keys as providers make them, and everything that may stand in a line; the same on each run."""
    dice = random.Random(5)
    plain, odd = string.ascii_letters + string.digits + "-_", "ab1$'\"\\# ={}:~!*&`%,;|()[]?"
    found: dict[str, str] = {}
    while len(found) < COUNT:
        letters = plain if len(found) % 3 == 0 else odd
        value = "".join(dice.choice(letters) for _ in range(dice.randint(1, 24)))
        if assignment("V", value) is not None:
            found[f"V{len(found)}"] = value
    return found


def test_compose_reads_what_was_set(tmp_path: Path) -> None:
    wanted = values()
    (tmp_path / ".env").write_bytes(AWKWARD.encode())
    for name, value in wanted.items():
        set_value(tmp_path, name, value)
    environment = {name: f"${{{name}}}" for name in wanted}
    services = {"services": {"one": {"image": "none", "environment": environment}}}
    (tmp_path / "compose.yaml").write_text(json.dumps(services))
    argv = ["docker", "compose", "--env-file", ".env", "config", "--format", "json"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, check=True)
    said = json.loads(done.stdout)["services"]["one"]["environment"]
    # `config` prints what a Compose file would have to say: each `$` doubled.
    assert {name: value.replace("$$", "$") for name, value in said.items()} == wanted
    ours = read_environment(tmp_path, wanted, {})
    assert ours == {name: value for name, value in wanted.items() if value}
    assert (tmp_path / ".env").read_bytes().startswith("\ufeff# mine\r\n\r\nV0=".encode())
    assert b"# why\r\n" in (tmp_path / ".env").read_bytes()


def test_a_container_gets_what_was_exported(tmp_path: Path) -> None:
    wanted = values()
    file = tmp_path / "values.list"
    file.write_text(exported(wanted, ExportFormat.DOCKER, "x"))
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    argv = ["docker", "run", "--rm", "--network", "none", "--env-file", str(file)]
    done = subprocess.run(
        [*argv, "--entrypoint", "python3", image(), "-c", show], capture_output=True, check=True
    )
    got = json.loads(done.stdout)
    assert {name: got.get(name) for name in wanted} == wanted
