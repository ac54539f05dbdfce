"""What can be wrong on a machine is said with its remedy, exit 2, and leaves nothing running."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from engine.commands import begin, soon
from engine.conftest import one_model
from engine.inspecting import inspect
from engine.left_overs import all_containers, containers, left_overs
from stack.projects import MASTER_KEY, Project, gateway, model, provider

NOWHERE = "http://127.0.0.1:9/v1"


def test_a_port_that_is_taken(engine: str, root: Path) -> None:
    port = one_model(NOWHERE).write(root)
    with socket.create_server(("127.0.0.1", port)):
        up = gateway(root, "up", "--engine", engine)
    assert (up.returncode, up.stdout) == (2, "")
    assert (
        f"gateway: cannot listen on 127.0.0.1 port {port}: "
        "the port is taken by another program\n  = hint: stop that program" in up.stderr
    )
    assert "server.port" in up.stderr
    assert left_overs(root) == []


@pytest.mark.docker
def test_a_name_that_another_project_has(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Compose would take over the other project's container without a word."""
    one_model(NOWHERE).write(root)
    _compose_up(root)
    other = tmp_path_factory.mktemp("other")
    for path in ("gateway.yaml", ".env", "models.d/cloud.yaml"):
        (other / path).parent.mkdir(exist_ok=True)
        (other / path).write_bytes((root / path).read_bytes())
    up = gateway(other, "up", "--engine", "docker")
    assert (up.returncode, up.stdout) == (2, "")
    assert f"runs from {root}/compose already\n  = hint: set another `server.project`" in up.stderr
    assert gateway(other, "down", "--engine", "docker").stderr == "nothing is running\n"
    assert inspect(root)["State"]["Status"] == "running"


@pytest.mark.docker
def test_a_project_that_was_renamed_leaves_nothing_of_the_old_name(root: Path) -> None:
    project = one_model(NOWHERE)
    project.write(root)
    _compose_up(root)
    assert (old := containers(root))
    port = project.write(root)  # another port, another name
    up = gateway(root, "up", "--engine", "docker")
    assert (up.returncode, up.stdout) == (0, f"http://127.0.0.1:{port}\n"), up.stderr
    assert not set(old) & set(all_containers())
    assert gateway(root, "down").returncode == 0


def _compose_up(root: Path) -> None:
    """As somebody does it who only rendered: not waiting until it answers."""
    assert gateway(root, "render", "-q").returncode == 0
    compose = ["docker", "compose", "--env-file", ".env", "--file", "compose/compose.yaml"]
    subprocess.run([*compose, "up", "--detach"], cwd=root, capture_output=True, check=True)


def test_an_address_that_this_machine_does_not_have(engine: str, root: Path) -> None:
    one_model(NOWHERE, server={"bind": "203.0.113.7"}).write(root)
    up = gateway(root, "up", "--engine", engine)
    assert up.returncode == 2
    assert "this machine does not have that address" in up.stderr
    assert left_overs(root) == []


WITHOUT_LITELLM = """
import importlib.util
_find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: (
    None if name == "litellm" else _find(name, package)
)
"""


@pytest.fixture
def no_litellm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("without")
    (folder / "sitecustomize.py").write_text(WITHOUT_LITELLM)
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize(
    "environ", [{"PATH": "/nonexistent"}, {"DOCKER_HOST": "tcp://127.0.0.1:9"}], ids=str
)
def test_no_docker_engine(environ: dict[str, str], root: Path) -> None:
    one_model(NOWHERE).write(root)
    for command in ("up", "down", "status", "logs"):
        ran = gateway(root, command, "--engine", "docker", environ=environ)
        assert ran.returncode == 2
        assert ran.stderr.startswith("gateway: no Docker engine answers: ")
        assert "  = hint: start Docker, or use `--engine process`\n" in ran.stderr


def test_no_litellm(root: Path, no_litellm: dict[str, str]) -> None:
    one_model(NOWHERE).write(root)
    up = gateway(root, "up", "--engine", "process", environ=no_litellm)
    assert (up.returncode, up.stdout) == (2, "")
    assert "gateway: LiteLLM is not installed in this Python environment\n" in up.stderr
    assert "pip install '<the checkout>[proxy]'" in up.stderr


def test_neither(root: Path, no_litellm: dict[str, str]) -> None:
    one_model(NOWHERE).write(root)
    for command in ("up", "demo"):
        argv = [sys.executable, "-m", "gateway", command]
        environ = {**no_litellm, "PATH": "/nonexistent"}
        ran = subprocess.run(
            argv, cwd=root, env=environ, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 2
        assert "no Docker engine answers, and LiteLLM is not installed" in ran.stderr
        assert "pip install '<the checkout>[proxy]'" in ran.stderr


@pytest.mark.docker
def test_an_image_that_is_not_here(root: Path) -> None:
    one_model(NOWHERE).write(root)
    environ = {"GATEWAY_IMAGE": "127.0.0.1:9/nobody/nothing:1"}
    up = gateway(root, "up", "--engine", "docker", environ=environ)
    assert (up.returncode, up.stdout) == (2, "")
    assert "the image 127.0.0.1:9/nobody/nothing:1 is not here and cannot be pulled" in up.stderr
    assert "GATEWAY_IMAGE" in up.stderr
    assert left_overs(root) == []


@pytest.mark.parametrize("line", ["", "LITELLM_MASTER_KEY=", "LITELLM_MASTER_KEY=''"])
def test_no_master_key(line: str, root: Path) -> None:
    one_model(NOWHERE).write(root)
    (root / ".env").write_text(f"{line}\n")
    up = gateway(root, "up", "--engine", "process")
    assert (up.returncode, up.stdout) == (2, "")
    assert (
        "gateway: LITELLM_MASTER_KEY is not set\n  = hint: run `gateway keys rotate master`\n"
        in up.stderr
    )
    assert left_overs(root) == []


def test_a_stack_that_does_not_come_up(engine: str, root: Path) -> None:
    one_model(NOWHERE).write(root)
    own = root / "templates" / "litellm_config.yaml.j2"
    own.parent.mkdir()
    ours = Path(__file__).parents[2] / "templates" / "litellm_config.yaml.j2"
    own.write_text(ours.read_text() + "\ncallback_settings: {}\n")
    text = own.read_text().replace(
        "litellm_settings:\n", "litellm_settings:\n  success_callback: [nobody.has_this]\n"
    )
    own.write_text(text)
    up = gateway(root, "up", "--engine", engine)
    assert (up.returncode, up.stdout) == (2, "")
    assert "gateway: the proxy did not start; its last lines:\n    " in up.stderr
    assert "nobody" in up.stderr
    assert MASTER_KEY not in up.stderr
    assert left_overs(root) == []


def test_an_interrupted_start(engine: str, root: Path) -> None:
    one_model(NOWHERE).write(root)
    process = begin(root, "up", "--engine", engine)
    pid_file = root / ".gateway" / "proxy.json"
    assert soon(lambda: containers(root) if engine == "docker" else pid_file.exists())
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert left_overs(root) == []


@pytest.mark.parametrize(
    "content", ["not json", "{}", '{"pid": "x"}', '{"pid": 4194304, "started": "x"}']
)
def test_a_stale_pid_file(content: str, root: Path) -> None:
    one_model(NOWHERE).write(root)
    (root / ".gateway").mkdir()
    (root / ".gateway" / "proxy.json").write_text(content)
    status = gateway(root, "status", "--engine", "process")
    assert (status.returncode, status.stdout.splitlines()[0]) == (
        1,
        "not running: `gateway up` starts it",
    )
    assert gateway(root, "down", "--engine", "process").stderr == "nothing is running\n"


def test_a_process_id_that_is_somebody_elses_by_now(root: Path) -> None:
    one_model(NOWHERE).write(root)
    (root / ".gateway").mkdir()
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        record = {"pid": other.pid, "started": "long ago", "url": NOWHERE}
        (root / ".gateway" / "proxy.json").write_text(json.dumps(record))
        assert gateway(root, "down", "--engine", "process").stderr == "nothing is running\n"
        assert gateway(root, "status", "--engine", "process").returncode == 1
        assert other.poll() is None
        other.kill()


def test_logs_of_nothing(root: Path) -> None:
    one_model(NOWHERE).write(root)
    logs = gateway(root, "logs", "--engine", "process")
    assert (logs.returncode, logs.stdout) == (2, "")
    assert "there is no log" in logs.stderr


@pytest.mark.docker
def test_a_name_that_compose_yaml_does_not_have(root: Path) -> None:
    project = Project({"far": provider(NOWHERE)}, {"cloud": model("far", "m")})
    project.write(root)
    (root / "compose.yaml").write_text("name: other\ninclude: [compose/compose.yaml]\n")
    up = gateway(root, "up", "--engine", "docker")
    assert up.returncode == 2
    assert "compose.yaml does not have the name" in up.stderr
