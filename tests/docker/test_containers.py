"""The rendered stack in real containers: what the process answers, and what Docker says of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml
from docker_rule import require_engine
from rig import PORT, Deployed, deployed, docker
from stack import test_faults, test_requests, test_slow_models
from stack.asking import KINDS
from stack.faults import Faulty, steer
from stack.projects import Stack
from stack.slow import SlowReplies, asked_slowly

from gateway.stand_in import Behaviour

# The same tests as on a LiteLLM process: only the fixtures differ.
test_an_upstream_that_answers_wrongly = test_faults.test_an_upstream_that_answers_wrongly
test_an_upstream_that_says_nothing = test_faults.test_an_upstream_that_accepts_and_says_nothing
test_an_upstream_that_nobody_reaches = test_faults.test_an_upstream_that_nobody_reaches
test_a_host_that_is_off = test_faults.test_a_host_that_is_off
test_another_providers_upstream_that_is_off = (
    test_faults.test_another_providers_upstream_that_is_off
)
test_an_answer_comes_from_the_model = (
    test_requests.test_an_answer_comes_from_the_model_that_was_asked
)
test_the_list_has_every_name = test_requests.test_the_list_has_every_name
test_without_the_key_it_is_401 = (
    test_requests.test_without_the_key_it_is_401_in_the_callers_protocol
)
test_the_list_needs_the_key_too = test_requests.test_the_list_needs_the_key_too
test_the_openai_sdk = test_requests.test_the_openai_sdk
test_the_anthropic_sdk = test_requests.test_the_anthropic_sdk


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Rendered by `gateway render`, brought up by a bare `docker compose up --detach`."""
    require_engine()
    with deployed(tmp_path_factory.mktemp("project")) as found:
        yield found


@pytest.fixture(scope="module")
def faulty(running: Deployed) -> Faulty:
    return running.faulty


@pytest.fixture(scope="module")
def slow_replies(faulty: Faulty) -> Iterator[SlowReplies]:
    with asked_slowly(faulty) as replies:
        yield replies


@pytest.fixture(scope="module")
def pair(faulty: Faulty) -> Stack:
    return faulty.stack


def inspected(running: Deployed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        docker("inspect", running.container, cwd=running.root).stdout
    )[0]
    return found


def test_compose_has_nothing_to_say_about_the_rendered_file(running: Deployed) -> None:
    done = docker(
        *("compose", "--env-file", ".env", "--file", "compose/compose.yaml", "config", "-q"),
        cwd=running.root,
    )
    assert (done.stdout, done.stderr) == ("", "")
    whole = docker("compose", "config", "-q", cwd=running.root)
    assert (whole.stdout, whole.stderr) == ("", "")


def test_it_is_healthy_and_was_not_restarted(running: Deployed) -> None:
    found = inspected(running)
    assert found["State"]["Health"]["Status"] == "healthy"
    assert found["RestartCount"] == 0


def test_it_may_do_next_to_nothing(running: Deployed) -> None:
    status = running.compose.exec_in_container(["cat", "/proc/1/status"], "gateway")[0]
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    assert int(fields["CapEff"], 16) == 0
    assert int(fields["CapBnd"], 16) == 0
    assert fields["NoNewPrivs"] == "1"
    assert fields["Uid"].split() == 4 * ["65534"]
    assert fields["Gid"].split() == 4 * ["65534"]


def test_its_root_file_system_is_read_only(running: Deployed) -> None:
    mounts = running.compose.exec_in_container(["cat", "/proc/mounts"], "gateway")[0]
    options = {line.split()[1]: line.split()[3].split(",") for line in mounts.splitlines()}
    assert "ro" in options["/"]
    assert "ro" in options["/gateway/litellm_config.yaml"]
    assert "ro" in options["/gateway/gateway_runtime"]
    assert "rw" in options["/tmp"]


def test_it_has_limits(running: Deployed) -> None:
    host = inspected(running)["HostConfig"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert host["LogConfig"]["Config"]["max-size"]


def test_it_is_published_on_this_machine_only(running: Deployed) -> None:
    ports = inspected(running)["NetworkSettings"]["Ports"]
    assert [each["HostIp"] for each in ports["4000/tcp"]] == ["127.0.0.1"]
    assert set(ports) == {"4000/tcp"}


def test_another_compose_project_that_joins_the_network_reaches_it(
    running: Deployed, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("app")
    code = (
        "import json, os, urllib.request as r\n"
        "q = r.Request('http://gateway:4000/v1/chat/completions',"
        " json.dumps({'model': 'default', 'messages': [{'role': 'user', 'content': 'hi'}]}).encode(),"
        " {'Authorization': 'Bearer ' + os.environ['KEY'], 'Content-Type': 'application/json'})\n"
        "print(json.load(r.urlopen(q))['choices'][0]['message']['content'])\n"
    )
    app = {
        "image": "${GATEWAY_IMAGE:?}",
        "entrypoint": ["python3", "-c", code],
        "environment": {"KEY": "${KEY:?}"},
        "networks": ["gateway"],
    }
    network = {"gateway": {"external": True, "name": running.name}}
    data = {"name": f"{running.name}-app", "services": {"app": app}, "networks": network}
    (root / "compose.yaml").write_text(yaml.safe_dump(data), "utf-8")
    (root / ".env").write_text(f"KEY={running.faulty.stack.proxy.key}\n", "utf-8")
    try:
        done = docker("compose", "run", "--rm", "--no-TTY", "app", cwd=root)
    finally:
        docker("compose", "down", cwd=root)
    assert done.stdout.strip() == "local says: hi"


def test_traffic_returns_with_the_upstream(running: Deployed) -> None:
    """Within `probe_every` (5 s) and a second of its return."""
    proxy, away = running.faulty.stack.proxy, 7.0
    url = f"http://127.0.0.1:{running.compose.get_service_port('away', PORT)}"
    assert proxy.ask("chat", "away").comes_from("local")
    steer(url, Behaviour(refuse=True, refuse_for=away))
    began = time.monotonic()
    assert proxy.ask("chat", "away").comes_from("cloud")
    while not (reply := proxy.ask("chat", "away")).comes_from("local"):
        assert reply.comes_from("cloud"), reply
        assert time.monotonic() - began <= away + 6
        time.sleep(0.1)
    assert time.monotonic() - began >= away - 0.5


@pytest.fixture
def healed(running: Deployed) -> None:
    """Nothing to heal: these upstreams fail for their own models only."""


test_a_slow_model_is_left_to_think = test_slow_models.test_a_slow_model_is_left_to_think


def test_running_answers_finish_when_compose_stops_it(running: Deployed) -> None:
    proxy = running.faulty.stack.proxy
    running.faulty.behave(Behaviour(token_gap=1.0), "local-chat")
    with ThreadPoolExecutor(len(KINDS)) as pool:
        kinds = ("chat-stream", "messages-stream")
        asked = [pool.submit(proxy.ask, kind, "local") for kind in kinds]
        time.sleep(1.5)
        docker("compose", "stop", "gateway", cwd=running.root)
        for future in asked:
            assert future.result().comes_from("local"), future.result()
    assert inspected(running)["State"]["ExitCode"] in (0, 143)
