"""An engine's name in, stand-in upstreams that it reaches out; and the sample project pointed at them."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.assets import sample_folder, stand_in_folder
from gateway.constants import (
    COMPOSE_FILE,
    ENV_FILE,
    IMAGE_VARIABLE,
    LITELLM_IMAGE,
    MASTER_KEY,
    MODELS_DIR,
    ROOT_COMPOSE_FILE,
    SETTINGS_FILE,
)
from gateway.env_file import new_master_key
from gateway.model import GatewayError
from gateway.pipeline import check
from gateway.project import read_file
from gateway.write import write_new

_CLOUD_PORT, _HOLE_PORT = 9101, 9102
_SERVICE = "stand-in"


@dataclass(frozen=True, slots=True)
class Upstreams:
    """The addresses of a machine that is off and of a cloud that answers; `compose`: services they need."""

    local: str
    cloud: str
    compose: str


@contextlib.contextmanager
def upstreams_for(engine: str) -> Iterator[Upstreams]:
    """Stand-ins in this process, or, for docker, as a service beside the gateway's."""
    if engine == "docker":
        address = f"http://{_SERVICE}"
        yield Upstreams(
            f"{address}:{_HOLE_PORT}/v1", f"{address}:{_CLOUD_PORT}/v1", _stand_in_service()
        )
        return
    from gateway.stand_in import BlackHole, StandIn  # noqa: PLC0415 - docker runs them elsewhere

    with BlackHole() as hole, StandIn("cloud") as cloud:
        yield Upstreams(f"http://127.0.0.1:{hole.port}/v1", cloud.base_url, "")


def make_demo_project(root: Path, upstreams: Upstreams) -> None:
    """The sample's fragments as they are; its gateway.yaml with the stand-ins' addresses and a free port;
    an `.env` with keys that the stand-ins take."""
    sample = sample_folder()
    (root / MODELS_DIR).mkdir(exist_ok=True)
    for file in (sample / MODELS_DIR).glob("*.yaml"):
        (root / MODELS_DIR / file.name).write_text(file.read_text("utf-8"), "utf-8")
    blueprint = check(sample).blueprint
    if blueprint is None or len(blueprint.chains[blueprint.default_model].members) < 2:
        raise GatewayError("the default model of the sample project has no fallback to show")
    text = read_file(sample, SETTINGS_FILE).text
    home = blueprint.models[0].upstreams[0].provider
    for upstream in (u for model in blueprint.models for u in model.upstreams):
        address = upstreams.local if upstream.provider == home else upstreams.cloud
        text = text.replace(str(upstream.provider.api_base), address)
    name = root.name.lower().replace("_", "-")
    text += f"\nserver:\n  port: {_free_port()}\n  project: {json.dumps(name)}\n"
    (root / SETTINGS_FILE).write_text(text, "utf-8")
    compose = f"name: {json.dumps(name)}\ninclude: [{COMPOSE_FILE}]\n{upstreams.compose}"
    (root / ROOT_COMPOSE_FILE).write_text(compose, "utf-8")
    values = {v.name: "any-key-of-a-stand-in" for v in blueprint.variables}
    values[MASTER_KEY] = new_master_key()
    write_new(
        root / ENV_FILE, "".join(f"{name}={value}\n" for name, value in values.items()), 0o600
    )


def _stand_in_service() -> str:
    """The stand-in in the gateway's own image: it needs nothing but a Python."""
    module = ["python3", "-m", "stand_in", "--name", "cloud", "--host", "0.0.0.0"]  # noqa: S104 - in its container
    ports = ["--port", str(_CLOUD_PORT), "--black-hole-port", str(_HOLE_PORT)]
    service = {
        "image": f"${{{IMAGE_VARIABLE}:-{LITELLM_IMAGE}}}",
        "entrypoint": module + ports,
        "environment": {"PYTHONPATH": "/demo"},
        "volumes": [f"{stand_in_folder()}:/demo/stand_in:ro"],
        "stop_grace_period": "1s",
        "init": True,
    }
    return "services: " + json.dumps({_SERVICE: service}) + "\n"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
