"""`gateway demo`: real answers through a fallback, and nothing left of it, also when it is cut short."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from engine.commands import begin, soon
from engine.left_overs import all_containers, processes

CLEAN = "cleaned up: nothing runs, nothing is left on the disk\n"


@pytest.fixture
def temporary(tmp_path: Path) -> dict[str, str]:
    """The demo's own folder goes into one that can be looked at."""
    return {"TMPDIR": str(tmp_path)}


def test_the_demo(engine: str, tmp_path: Path, temporary: dict[str, str]) -> None:
    process = begin(tmp_path.parent, "demo", "--engine", engine, environ=temporary)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "cloud says" in out
    assert "Anthropic's /v1/messages" in out
    times = re.search(
        r"failover: ([\d.]+)s the first time \(the connect budget is 1s\), ([\d.]+)s", out
    )
    assert times is not None
    assert float(times[1]) < 3
    assert float(times[2]) < 1
    assert f"starting with {engine} …\n" in err
    assert err.endswith(CLEAN)
    (name,) = re.findall(r"in \S+/(gateway-demo-\S+)\n", err)
    _nothing_is_left(tmp_path, name)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_cut_short(
    number: signal.Signals, engine: str, tmp_path: Path, temporary: dict[str, str]
) -> None:
    process = begin(tmp_path.parent, "demo", "--engine", engine, environ=temporary)
    assert soon(lambda: list(tmp_path.glob("gateway-demo-*/.env")))
    (folder,) = tmp_path.iterdir()
    pid_file = folder / ".gateway" / "proxy.json"
    assert soon(lambda: _of(folder.name) if engine == "docker" else pid_file.exists())
    process.send_signal(number)
    process.send_signal(number)  # people press it twice
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.endswith(CLEAN)
    _nothing_is_left(tmp_path, folder.name)


@pytest.mark.docker
def test_a_demo_that_fails_says_that_it_cleaned_up(
    tmp_path: Path, temporary: dict[str, str]
) -> None:
    environ = {**temporary, "GATEWAY_IMAGE": "127.0.0.1:9/nobody/nothing:1"}
    process = begin(tmp_path.parent, "demo", "--engine", "docker", environ=environ)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert CLEAN in err
    assert "is not here and cannot be pulled" in err
    (name,) = re.findall(r"in \S+/(gateway-demo-\S+)\n", err)
    _nothing_is_left(tmp_path, name)


def _nothing_is_left(folder: Path, name: str) -> None:
    assert list(folder.iterdir()) == []
    assert processes(str(folder)) == []
    assert _of(name) == []


def _of(name: str) -> list[str]:
    """The demo's containers and networks: its folder gives them their names."""
    return [each for each in all_containers() if name.lower().replace("_", "-") in each]
