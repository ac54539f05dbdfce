"""`gateway shell` in real containers: the gateway answers, nothing else is there, and nothing is left."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from client_image import client_image
from docker_rule import image, require_engine
from engine.commands import soon
from engine.conftest import base_url, one_model
from engine.left_overs import containers
from stack.projects import MASTER_KEY, gateway

from gateway.stand_in import StandIn

OWNER = 4321
KEY = "sk-of-a-provider-0123456789"
PROBE = """
import json, os, socket, sys, urllib.request
def reaches(host, port):
    try:
        socket.create_connection((host, port), 4).close()
    except OSError as error:
        return type(error).__name__
    return "yes"
def resolves(name):
    try:
        return socket.gethostbyname(name)
    except OSError:
        return None
def status(path, key):
    request = urllib.request.Request(os.environ["ANTHROPIC_BASE_URL"] + path, headers={"x-api-key": key})
    return urllib.request.urlopen(request, timeout=10).status
fields = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines())
out = {
    "listed": status("/v1/models", os.environ["ANTHROPIC_AUTH_TOKEN"]),
    "reached": {f"{host}:{port}": reaches(host, int(port)) for host, port in map(str.split, sys.argv[1:])},
    "names": {name: resolves(name) for name in ("gateway", "host.docker.internal", "example.org")},
    "environ": dict(os.environ),
    "capabilities": int(fields["CapBnd"], 16),
    "new_privileges": fields["NoNewPrivs"],
    "ids": [os.getuid(), os.getgid()],
    "routes": [line.split()[1:3] for line in open("/proc/net/route").read().splitlines()[1:]],
    "interfaces": sorted(name for _, name in socket.if_nameindex()),
    "has_ipv6": os.path.exists("/proc/net/if_inet6") and open("/proc/net/if_inet6").read() != "",
    "cwd": os.getcwd(),
    "root_is_written": os.access("/usr/local", os.W_OK),
}
open("made-inside", "w").write("here")
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[StandIn]:
    with StandIn("cloud", host="0.0.0.0") as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, upstream: StandIn) -> Iterator[Path]:
    """A project that is up."""
    require_engine()
    os.environ["GATEWAY_CLIENT_IMAGE"] = client_image()
    folder = tmp_path_factory.mktemp("project")
    project = one_model(base_url(upstream, "docker"))
    project.write(folder)
    with (folder / ".env").open("a") as file:
        file.write(f"FAR_API_KEY={KEY}\n")
    up = gateway(folder, "up", "--engine", "docker")
    assert up.returncode == 0, up.stderr
    yield folder
    assert gateway(folder, "down").returncode == 0
    assert containers(folder) == []


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The folder that somebody works in, who is not root."""
    folder = tmp_path / "work"
    folder.mkdir()
    os.chown(folder, OWNER, OWNER)
    for parent in folder.parents[:3]:
        parent.chmod(0o755)
    return folder


def argv(root: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "gateway", "shell", "--project", str(root), *words]


def environ(**more: str) -> dict[str, str]:
    kept = ("PATH", "HOME", "DOCKER_HOST", "GATEWAY_IMAGE", "GATEWAY_CLIENT_IMAGE")
    return {**{name: os.environ[name] for name in kept if name in os.environ}, **more}


def shell(
    root: Path, cwd: Path, *words: str, stdin: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv(root, *words),
        cwd=cwd,
        env=environ(**more),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def probed(root: Path, cwd: Path, places: Sequence[tuple[str, int]] = ()) -> dict[str, Any]:
    words = [f"{host} {port}" for host, port in places]
    ran = shell(
        root, cwd, "-q", "cloud", "--", "python3", "-c", PROBE, *words, OTHER_KEY="sk-other"
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def network(root: Path, name: str) -> dict[str, Any]:
    project = json.loads((root / "gateway.yaml").read_text())["server"]["project"]
    done = subprocess.run(
        ["docker", "network", "inspect", f"{project}{name}"], capture_output=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)[0]
    return found


def addresses(of: dict[str, Any]) -> list[str]:
    return [each["IPv4Address"].partition("/")[0] for each in of["Containers"].values()]


def test_only_the_gateway_can_be_reached(root: Path, work: Path) -> None:
    host = socket.create_server(("0.0.0.0", 0))  # a server of this machine, on every address
    thread = threading.Thread(target=_accept, args=(host,), daemon=True)
    thread.start()
    port = host.getsockname()[1]
    inner, outer = network(root, "-client"), network(root, "")
    bridges = [each["IPAM"]["Config"][0].get("Gateway", "") for each in (inner, outer, _docker0())]
    own = [
        address for address in _own_addresses() if not address.startswith("127.") and "." in address
    ]
    places = [(address, port) for address in {*bridges, *own} if address]
    others = [(address, 4000) for address in addresses(outer)]
    with host:
        for address in own:
            socket.create_connection((address, port), 4).close()
        found = probed(root, work, [*places, *others, ("gateway", 4000)])
    assert found["listed"] == 200
    assert len(places) >= 3
    assert len(others) == 1
    assert found["reached"].pop("gateway:4000") == "yes"
    assert "yes" not in found["reached"].values(), found["reached"]
    assert found["names"]["gateway"] in addresses(inner)
    assert found["names"]["host.docker.internal"] is None
    assert found["names"]["example.org"] is None
    # A route that is there leads to an address that nobody has.
    gateways = {gateway for _, gateway in found["routes"]} - {"00000000"}
    assert gateways <= {_as_in_proc(bridges[0])}
    assert found["interfaces"] == ["eth0", "lo"]
    assert not found["has_ipv6"]


def _accept(server: socket.socket) -> None:
    try:
        while True:
            server.accept()[0].close()
    except OSError:
        return


def _docker0() -> dict[str, Any]:
    done = subprocess.run(
        ["docker", "network", "inspect", "bridge"], capture_output=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)[0]
    return found


def _own_addresses() -> list[str]:
    argv = ["hostname", "-I"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


def _as_in_proc(address: str) -> str:
    return "".join(f"{int(part):02X}" for part in reversed(address.split(".")))


def test_it_may_do_next_to_nothing_but_work(root: Path, work: Path) -> None:
    found = probed(root, work)
    assert found["capabilities"] == 0
    assert found["new_privileges"] == "1"
    assert found["ids"] == [OWNER, OWNER]
    assert not found["root_is_written"]
    assert found["cwd"] == str(work)
    assert (work / "made-inside").stat().st_uid == OWNER


def test_no_key_but_its_own_enters_it(root: Path, work: Path) -> None:
    values = probed(root, work)["environ"]
    assert values["ANTHROPIC_AUTH_TOKEN"] == MASTER_KEY
    assert values["ANTHROPIC_BASE_URL"] == "http://gateway:4000"
    assert values["ANTHROPIC_MODEL"] == "cloud"
    held = set(values.values())
    assert not {KEY, "sk-other"} & held
    assert "LITELLM_MASTER_KEY" not in values


def test_in_the_projects_own_folder_its_keys_stay_outside(root: Path) -> None:
    ran = shell(root, root, "-q", "cloud", "--", "cat", "gateway.yaml", ".env")
    assert ran.returncode == 0, ran.stderr
    assert '"default_model": "cloud"' in ran.stdout
    assert KEY not in ran.stdout
    assert MASTER_KEY not in ran.stdout


@pytest.mark.parametrize("code", [0, 7, 143])
def test_an_exit_code_is_the_commands(code: int, root: Path, work: Path) -> None:
    ran = shell(root, work, "cloud", "--", "sh", "-c", f"cat; exit {code}", stdin="from a pipe\n")
    assert ran.returncode == code
    assert ran.stdout == "from a pipe\n"
    assert ran.stderr == (
        "Claude Code gets the master key (LITELLM_MASTER_KEY): it may use every model\n"
        f"inside: {work}, and the gateway; nothing else can be reached\n"
    )
    assert _clients(root) == []


def test_claude_code_inside_answers(root: Path, work: Path) -> None:
    for words in (("-p", "hello there"), ("--", "claude", "-p", "hello there")):
        ran = shell(root, work, "-q", "cloud", *words)
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.startswith("cloud says: ")
    assert [path.name for path in work.iterdir()] == []


def test_it_has_the_terminal(root: Path, work: Path) -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 111, 0, 0))
    script = "sleep 1; stty size; trap 'echo stopped; exit 9' INT; touch begun; sleep 300 & wait"
    process = subprocess.Popen(
        ["setsid", "--ctty", *argv(root, "-q", "cloud", "--", "sh", "-c", script)],
        cwd=work,
        env=environ(TERM="xterm"),
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    assert soon((work / "begun").exists)
    os.write(master, b"\x03")
    assert process.wait(30) == 9
    shown = os.read(master, 65536)
    os.close(master)
    assert b"33 111" in shown
    assert b"stopped" in shown
    assert soon(lambda: _clients(root) == [])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_nothing_is_left(number: signal.Signals, root: Path, work: Path) -> None:
    process = subprocess.Popen(
        argv(root, "-q", "cloud", "--", "sh", "-c", "touch begun; sleep 300"),
        cwd=work,
        env=environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert soon((work / "begun").exists)
    line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    assert MASTER_KEY.encode() not in line
    assert len(_clients(root)) == 1
    process.send_signal(number)
    process.wait(60)
    assert soon(lambda: _clients(root) == [])
    assert json.loads(gateway(root, "status", "--format", "json").stdout)["in_sync"]


def test_folders_that_are_too_much(root: Path, tmp_path: Path) -> None:
    for folder, what in ((Path("/"), "the whole machine"), (tmp_path, "your home")):
        ran = shell(root, folder, "cloud", HOME=str(tmp_path))
        assert ran.returncode == 125
        assert f"the client gets the current folder, and that is {what}\n" in ran.stderr


def test_a_gateway_that_it_starts_goes_with_it(
    tmp_path_factory: pytest.TempPathFactory, upstream: StandIn, root: Path, work: Path
) -> None:
    other = tmp_path_factory.mktemp("other")
    one_model(base_url(upstream, "docker")).write(other)
    ran = shell(other, work, "cloud", "--", "sh", "-c", "exit 3")
    assert ran.returncode == 3, ran.stderr
    assert ran.stderr.startswith("starting with docker …\nready after ")
    assert soon(lambda: containers(other) == [], 60)
    assert soon(lambda: not (other / ".gateway").exists())


def _clients(root: Path) -> list[str]:
    return [line for line in containers(root) if "-client-" in line]


def test_an_image_that_is_not_here_and_cannot_be_built(root: Path, work: Path) -> None:
    nothing = f"127.0.0.1:9/nobody/{uuid.uuid4().hex}:1"
    ran = shell(root, work, "cloud", GATEWAY_CLIENT_IMAGE=nothing, HTTPS_PROXY="http://127.0.0.1:9")
    assert ran.returncode == 125
    assert f"the image {nothing} is not here and cannot be built" in ran.stderr


def test_a_plain_up_starts_no_client(root: Path) -> None:
    assert image()
    argv = ["docker", "compose", "--env-file", ".env", "--file", "compose/compose.yaml"]
    services = subprocess.run(
        [*argv, "config", "--services"], cwd=root, capture_output=True, text=True, check=True
    )
    assert services.stdout.split() == ["gateway"]
