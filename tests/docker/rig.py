"""Nothing goes in, a rendered project that runs in real containers, with stand-ins beside it, comes out."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from stack import projects
from stack.asking import Proxy
from stack.faults import HOLES, REFUSED, Addresses, Faulty, fault_project, steer_all
from stack.projects import Stack
from testcontainers.compose import DockerCompose

from gateway import stand_in

_IMAGE = "${GATEWAY_IMAGE:?}"
PORT, _FIRST_HOLE, _FIRST_CLOSED = 9101, 9200, 9300
_HOLES = """\
import signal
from concurrent.futures import ThreadPoolExecutor
from stand_in import BlackHole
with ThreadPoolExecutor({count}) as pool:
    holes = list(pool.map(lambda n: BlackHole({first} + n, "0.0.0.0").__enter__(), range({count})))
signal.sigwait([signal.SIGTERM])
"""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A Compose project that runs: the rendered stack and, beside it, its stand-ins."""

    faulty: Faulty
    compose: DockerCompose
    name: str
    """Of the Compose project and of its network."""

    @property
    def root(self) -> Path:
        return self.faulty.stack.root

    @property
    def container(self) -> str:
        """The gateway's container."""
        return docker("compose", "ps", "--all", "--quiet", "gateway", cwd=self.root).stdout.strip()


def docker(*argv: str, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["docker", *argv], cwd=cwd, capture_output=True, text=True, timeout=180, check=False
    )
    assert not check or done.returncode == 0, done.stderr
    return done


@contextlib.contextmanager
def deployed(root: Path) -> Iterator[Deployed]:
    """`gateway render` makes the stack and its `.env`; plain Compose brings it up.

    The image's name is in the environment, as `require_engine` leaves it.
    """
    addresses = Addresses(
        local=f"http://local:{PORT}/v1",
        cloud=f"http://cloud:{PORT}/v1",
        refused=tuple(f"http://local:{_FIRST_CLOSED + n}/v1" for n in range(REFUSED)),
        holes=tuple(f"http://holes:{_FIRST_HOLE + n}/v1" for n in range(HOLES)),
    )
    project = fault_project(addresses)
    away = projects.provider(f"http://away:{PORT}/v1")
    project = replace(
        project,
        providers={**project.providers, "away": away},
        models={**project.models, "away": projects.model("away", "away", "cloud")},
    )
    port = project.write(root)
    (root / ".env").unlink()
    name = add_compose_file(root)
    rendered = projects.gateway(root, "render")
    assert rendered.returncode == 0, rendered.stderr
    key = read_key(root)
    compose = DockerCompose(root, compose_file_name="compose.yaml", wait=True)
    try:
        docker("compose", "up", "--detach", cwd=root)
        compose.start()  # waits until every service is healthy
        urls = [f"http://127.0.0.1:{compose.get_service_port(s, PORT)}" for s in ("local", "cloud")]
        steer_all(urls[0])
        stack = Stack(root, "docker", Proxy(f"http://127.0.0.1:{port}", key))
        yield Deployed(Faulty(stack, *urls), compose, name)
    finally:
        compose.stop()


def read_key(root: Path) -> str:
    lines = (root / ".env").read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith("LITELLM_MASTER_KEY=")).partition("=")[2]


def add_compose_file(root: Path) -> str:
    """The root's compose.yaml, as the sample has it, with the stand-ins' services; returns the name."""
    settings = json.loads((root / "gateway.yaml").read_text("utf-8"))
    name: str = settings["server"]["project"]
    holes = _HOLES.format(count=HOLES, first=_FIRST_HOLE)
    services = {
        "local": _service("-m", "stand_in", "--name", "local", *_listening()),
        "cloud": _service("-m", "stand_in", "--name", "cloud", *_listening()),
        "away": _service("-m", "stand_in", "--name", "local", *_listening()),
        "holes": _service("-c", holes),
    }
    data = {"name": name, "include": ["compose/compose.yaml"], "services": services}
    (root / "compose.yaml").write_text(json.dumps(data, indent=1), "utf-8")
    return name


def _listening() -> list[str]:
    return ["--host", "0.0.0.0", "--port", str(PORT)]


def _service(*argv: str) -> dict[str, object]:
    """A stand-in in the gateway's own image: it needs nothing but a Python."""
    folder = Path(str(stand_in.__file__)).parent
    return {
        "image": _IMAGE,
        "entrypoint": ["python3", *argv],
        "environment": {"PYTHONPATH": "/rig"},
        "volumes": [f"{folder}:/rig/stand_in:ro"],
        "ports": [f"127.0.0.1::{PORT}"],
        "stop_grace_period": "1s",
        "init": True,
    }
