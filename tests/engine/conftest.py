"""Each engine really runs: as a process, and in containers where an engine answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from docker_rule import require_engine
from engine.left_overs import left_overs
from stack.projects import Project, gateway, model, provider

from gateway.stand_in import StandIn

ENGINES = [
    pytest.param("process", marks=pytest.mark.stack),
    pytest.param("docker", marks=pytest.mark.docker),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", ENGINES)


@pytest.fixture(autouse=True)
def _engine(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("docker"):
        require_engine()


@pytest.fixture(scope="session")
def upstream() -> Iterator[StandIn]:
    """Reached from containers too, as `host.docker.internal`."""
    with StandIn("cloud", host="0.0.0.0") as stand_in:
        yield stand_in


def base_url(upstream: StandIn, engine: str) -> str:
    host = "host.docker.internal" if engine == "docker" else "127.0.0.1"
    return f"http://{host}:{upstream.port}/v1"


def one_model(url: str, **settings: object) -> Project:
    """The smallest project: one provider with a key, one model."""
    return Project(
        providers={"far": provider(url, "FAR_API_KEY")},
        models={"cloud": model("far", "cloud-chat")},
        settings=settings,
    )


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder for a project. Whatever a test does, nothing of it is left when it is over."""
    yield tmp_path
    if (tmp_path / ".gateway").exists():
        gateway(tmp_path, "down", "--engine", "process")
    down = gateway(tmp_path, "down") if (tmp_path / "gateway.yaml").exists() else None
    assert down is None or down.returncode == 0, down.stderr
    assert left_overs(tmp_path) == []
