"""What the tests on a real LiteLLM process share: projects that run, stand-ins that fail as told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from stack.claude_code import Client
from stack.claude_lab import Lab, lab
from stack.faults import HOLES, REFUSED, Addresses, Faulty, fault_project, steer_all
from stack.messages import Desk
from stack.projects import Project, Stack, StartStack, model, provider, running
from stack.puppet import puppet
from stack.slow import SlowReplies, asked_slowly

from gateway.stand_in import Behaviour, BlackHole, StandIn


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.stack)


@pytest.fixture(scope="module")
def start_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartStack]:
    """Brings a project's gateway up (about 8 s); it is taken down after the module's last test."""
    with contextlib.ExitStack() as stacks:

        def start(project: Project, *, engine: str = "process") -> Stack:
            root = tmp_path_factory.mktemp("project")
            return stacks.enter_context(running(root, project, engine=engine))

        yield start


@pytest.fixture(scope="session")
def local() -> Iterator[StandIn]:
    """The upstream that tests let fail. `healed` brings it back before each test."""
    with StandIn("local") as upstream:
        yield upstream


@pytest.fixture(scope="session")
def cloud() -> Iterator[StandIn]:
    """The upstream that always answers."""
    with StandIn("cloud") as upstream:
        yield upstream


@pytest.fixture
def healed(local: StandIn, cloud: StandIn) -> None:
    """Both upstreams healthy, with empty logs."""
    for upstream in (local, cloud):
        upstream.heal()
        upstream.clear()


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """A model for every fault and kind of request, on upstreams of its own."""
    with contextlib.ExitStack() as stack:
        local, cloud = (stack.enter_context(StandIn(name)) for name in ("local", "cloud"))
        with ThreadPoolExecutor(HOLES) as pool:
            holes = list(pool.map(stack.enter_context, [BlackHole() for _ in range(HOLES)]))
        addresses = Addresses(
            local=local.base_url,
            cloud=cloud.base_url,
            refused=tuple(stack.enter_context(_refusing()) for _ in range(REFUSED)),
            holes=tuple(f"http://127.0.0.1:{hole.port}/v1" for hole in holes),
        )
        steer_all(local.url)
        root = tmp_path_factory.mktemp("project")
        runs = stack.enter_context(running(root, fault_project(addresses)))
        yield Faulty(runs, local.url, cloud.url)


@pytest.fixture(scope="session")
def slow_replies(faulty: Faulty) -> Iterator[SlowReplies]:
    """Asked early, awaited late: they take a minute and a half."""
    with asked_slowly(faulty) as replies:
        yield replies


@contextlib.contextmanager
def _refusing() -> Iterator[str]:
    """The address of a port that is taken and closed."""
    with StandIn("nobody", behaviour=Behaviour(refuse=True)) as upstream:
        yield upstream.base_url


@pytest.fixture(scope="session")
def claude(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The stack that the tests of the real Claude Code client share."""
    with lab(tmp_path_factory.mktemp("project")) as ready:
        yield ready


@pytest.fixture
def client(claude: Lab, tmp_path: Path) -> Client:
    """Claude Code, in a home of its own."""
    return claude.client(tmp_path)


@pytest.fixture(scope="module")
def pair(start_stack: StartStack, local: StandIn, cloud: StandIn) -> Stack:
    """`local` (and `local-embedding`) with `cloud` (and `cloud-embedding`) behind it, defaults else."""
    return start_stack(pair_project(local.base_url, cloud.base_url))


def pair_project(local_url: str, cloud_url: str) -> Project:
    """Two providers, a chat and an embedding model on each; the cloud's stand behind the local ones."""
    return Project(
        providers={"home": provider(local_url), "far": provider(cloud_url)},
        models={
            "local": model("home", "local-chat", "cloud", aliases=["house"]),
            "local-embedding": model("home", "local-emb", "cloud-embedding", mode="embedding"),
            "cloud": model("far", "cloud-chat"),
            "cloud-embedding": model("far", "cloud-emb", mode="embedding"),
        },
    )


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A gateway whose one upstream says what it is told to."""
    with puppet() as upstream:
        models = {"m": model("one", "upstream-m", aliases=["claude-sonnet-4-5"])}
        project = Project({"one": provider(upstream.base_url)}, models)
        with running(tmp_path_factory.mktemp("project"), project) as stack:
            yield Desk(stack.proxy.url, stack.proxy.key, upstream)
