"""A provider's missing key never becomes another provider's: what arrives at upstreams is looked at.

LiteLLM itself sends OPENAI_API_KEY to whatever address an `openai/` model has, where that model's own
key is not set.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from docker_rule import require_engine
from stack.asking import CHAT_KINDS, KINDS
from stack.projects import MASTER_KEY, Project, Stack, free_port, gateway, model, provider, running

from gateway.assets import stand_in_folder
from gateway.constants import PROXY_ENVIRONMENT
from gateway.stand_in import Behaviour, StandIn

FAR_KEY = "far-0123456789abcdef"
FROM_SHELL = "sk-openai-of-the-shell-0123456789"
FROM_ENV_FILE = "sk-openai-of-the-env-file-0123456789"
NAMED = "sk-openai-of-a-provider-0123456789"
OTHERS = ("ANTHROPIC_API_KEY", "OPENROUTER_API_KEY", "NANO_GPT_API_KEY", "HOSTED_VLLM_API_KEY")
PLACES = ("shell", "env file", "named")


def project(home_url: str, far_url: str, place: str) -> Project:
    """`home` needs no key, `nanogpt`'s is not set, `far`'s is; OPENAI_API_KEY is set in `place`."""
    values = {"FAR_API_KEY": FAR_KEY, "NANOGPT_API_KEY": ""}
    providers = {
        "home": provider(home_url),
        "nanogpt": provider(far_url, "NANOGPT_API_KEY"),
        "far": provider(far_url, "FAR_API_KEY"),
    }
    models = {
        "home-chat": model("home", "home-chat"),
        "home-chain": model("home", "home-chain", "nano-chain"),
        "nano-chat": model("nanogpt", "nano-chat"),
        "nano-chain": model("nanogpt", "nano-chain", "far-chat"),
        "nano-embedding": model("nanogpt", "nano-embedding", mode="embedding"),
        "home-embedding": model("home", "home-embedding", mode="embedding"),
        "far-chat": model("far", "far-chat"),
        "far-embedding": model("far", "far-embedding", mode="embedding"),
    }
    if place == "env file":
        values["OPENAI_API_KEY"] = FROM_ENV_FILE
    if place == "named":
        values["OPENAI_API_KEY"] = NAMED
        providers["openai"] = provider(far_url, "OPENAI_API_KEY")
        models["named-chat"] = model("openai", "named-chat")
    return Project(providers, models, values=values)


@dataclass(frozen=True, slots=True)
class Leaks:
    stack: Stack
    place: str


@pytest.fixture(scope="module")
def cloud() -> Iterator[StandIn]:
    """As a provider does, it wants one of its keys."""
    with StandIn("cloud", api_keys=[FAR_KEY, NAMED]) as upstream:
        yield upstream


@pytest.fixture(scope="module", params=PLACES)
def leaks(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    local: StandIn,
    cloud: StandIn,
) -> Iterator[Leaks]:
    place: str = request.param
    shell = dict.fromkeys(("OPENAI_API_KEY", *OTHERS), FROM_SHELL) if place == "shell" else {}
    root = tmp_path_factory.mktemp("leaks")
    for upstream in (local, cloud):
        upstream.heal()
        upstream.clear()
    with running(root, project(local.base_url, cloud.base_url, place), environ=shell) as stack:
        yield Leaks(stack, place)


def keys_seen(*upstreams: StandIn) -> set[str]:
    """Every value of every header of every request that may carry a key."""
    names = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
    requests = [request for upstream in upstreams for request in upstream.requests]
    return {
        request.headers[name] for request in requests for name in names if name in request.headers
    }


def ask_everything(stack: Stack, names: tuple[str, ...], embedders: tuple[str, ...]) -> None:
    """Each kind of request, the count of tokens, a response and the lists; answers do not matter."""
    for name in names:
        for kind in CHAT_KINDS:
            stack.proxy.ask(kind, name)
        question = [{"role": "user", "content": "hi"}]
        send(stack, "/v1/messages/count_tokens", {"model": name, "messages": question})
        send(stack, "/v1/responses", {"model": name, "input": "hi"})
    for name in embedders:
        stack.proxy.ask("embeddings", name)
    for path in ("/v1/models", "/models", "/v1/model/info", "/health"):
        stack.proxy.get(path)


def send(stack: Stack, path: str, body: dict[str, Any]) -> httpx.Response:
    headers = stack.proxy.headers("messages")
    return httpx.post(
        stack.proxy.url + path, json=body, headers=headers, timeout=60, trust_env=False
    )


@pytest.mark.parametrize("fault", [None, Behaviour(refuse=True), Behaviour(status=500)])
def test_no_request_carries_another_providers_key(
    leaks: Leaks, local: StandIn, cloud: StandIn, fault: Behaviour | None
) -> None:
    local.heal()
    if fault is not None:
        local.behave(fault)
    names = ("home-chat", "home-chain", "nano-chat", "nano-chain", "far-chat")
    ask_everything(leaks.stack, names, ("home-embedding", "nano-embedding", "far-embedding"))
    own = {"Bearer none", f"Bearer {FAR_KEY}", "Bearer missing-NANOGPT_API_KEY"}
    # `/health` asks every model, and the model of `openai` is asked with the key it names.
    named = {f"Bearer {NAMED}"} if leaks.place == "named" else set()
    assert keys_seen(local) <= {"Bearer none"}
    assert keys_seen(cloud) <= own | named
    assert f"Bearer {FAR_KEY}" in keys_seen(cloud)
    with_named = {r.model for r in cloud.requests if r.headers.get("authorization") in named}
    assert with_named <= {"named-chat"}


def test_nothing_was_asked_at_the_start_but_by_us(
    leaks: Leaks, local: StandIn, cloud: StandIn
) -> None:
    """LiteLLM's refresh of models' limits, a `GET /v1/models` with the key, is off."""
    lists = [r.path for r in (*local.requests, *cloud.requests) if r.method == "GET"]
    assert lists == []


def test_the_other_models_work(leaks: Leaks, local: StandIn) -> None:
    local.heal()
    proxy = leaks.stack.proxy
    assert proxy.ask("chat", "far-chat").text == "cloud says: hi"
    assert proxy.ask("chat", "home-chat").text == "local says: hi"
    assert proxy.ask("embeddings", "far-embedding").is_answer
    if leaks.place == "named":
        assert proxy.ask("chat", "named-chat").text == "cloud says: hi"


@pytest.mark.parametrize("kind", CHAT_KINDS)
def test_a_chain_goes_past_the_model_whose_key_is_missing(leaks: Leaks, kind: str) -> None:
    reply = leaks.stack.proxy.ask(kind, "nano-chain")
    assert reply.text == "cloud says: hi", reply
    assert reply.model == "far-chat"


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_alone_whose_key_is_missing_answers_401_each_time(leaks: Leaks, kind: str) -> None:
    """Not once 401 and then 429 because LiteLLM leaves the upstream alone: nothing is worn out here."""
    name = "nano-embedding" if kind == "embeddings" else "nano-chat"
    for _ in range(3):
        reply = leaks.stack.proxy.ask(kind, name)
        assert reply.status == 401, reply
        assert "NANOGPT_API_KEY" in (reply.error or ""), "says which variable is missing"


def test_up_and_status_name_the_variable(leaks: Leaks) -> None:
    status = gateway(leaks.stack.root, "status")
    assert "not set in .env: NANOGPT_API_KEY" in status.stdout


def test_no_key_is_in_the_proxys_log(leaks: Leaks) -> None:
    log = leaks.stack.log_file.read_text("utf-8")
    for secret in (MASTER_KEY, FAR_KEY, FROM_SHELL, FROM_ENV_FILE, NAMED):
        assert secret not in log


@pytest.mark.docker
def test_in_a_container_there_are_the_named_variables_and_the_fixed_ones_only(
    tmp_path: Path,
) -> None:
    """And what the stand-in beside it logs is the same: no key but the provider's own."""
    require_engine()
    name, port = "cloud-beside", free_port()
    found = project(f"http://{name}:9101/v1", f"http://{name}:9101/v1", "env file")
    own = f"gateway-leaks-{free_port()}"
    found = replace(found, settings={"server": {"project": own}})
    (tmp_path / "compose.yaml").write_text(json.dumps(beside(own, name, port)), "utf-8")
    shell = dict.fromkeys(("OPENAI_API_KEY", *OTHERS), FROM_SHELL)
    with running(tmp_path, found, engine="docker", environ=shell) as stack:
        ask_everything(
            stack, ("home-chat", "nano-chat", "nano-chain", "far-chat"), ("home-embedding",)
        )
        log = httpx.get(f"http://127.0.0.1:{port}/_requests", trust_env=False).json()
        environment = environment_of(own)
    seen = {request["headers"].get("authorization") for request in log}
    assert f"Bearer {FAR_KEY}" in seen
    assert seen <= {"Bearer none", f"Bearer {FAR_KEY}", "Bearer missing-NANOGPT_API_KEY"}
    values = {
        "LITELLM_MASTER_KEY": MASTER_KEY,
        "FAR_API_KEY": FAR_KEY,
        "NANOGPT_API_KEY": "missing-NANOGPT_API_KEY",
    }
    fixed = {**PROXY_ENVIRONMENT, "PYTHONPATH": "/gateway", "HOME": "/tmp"}
    assert {**environment, **fixed, **values} == environment
    others = environment.keys() - fixed.keys() - values.keys()
    assert not [
        other for other in others if "KEY" in other or "TOKEN" in other or "SECRET" in other
    ]
    assert not {FROM_SHELL, FROM_ENV_FILE} & set(environment.values())


def beside(project_name: str, name: str, port: int) -> dict[str, Any]:
    """The root's compose.yaml with a stand-in as one more service, in the gateway's own image."""
    rendered = yaml.safe_load(
        (Path(__file__).parents[2] / "compose/compose.yaml").read_text("utf-8")
    )
    options = ["--name", "cloud", "--host", "0.0.0.0", "--port", "9101", "--api-key", FAR_KEY]
    service = {
        "image": rendered["services"]["gateway"]["image"],
        "entrypoint": ["python3", "-m", "stand_in", *options],
        "environment": {"PYTHONPATH": "/demo"},
        "volumes": [f"{stand_in_folder()}:/demo/stand_in:ro"],
        "ports": [f"127.0.0.1:{port}:9101"],
        "init": True,
    }
    return {"name": project_name, "include": ["compose/compose.yaml"], "services": {name: service}}


def environment_of(project_name: str) -> dict[str, str]:
    """What `docker inspect` says of the gateway's container, without what its image brings."""
    labels = [f"com.docker.compose.project={project_name}", "com.docker.compose.service=gateway"]
    filters = [part for label in labels for part in ("--filter", f"label={label}")]
    listed = subprocess.run(
        ["docker", "ps", "-q", *filters], capture_output=True, text=True, check=True
    )
    inspect = ["docker", "inspect", listed.stdout.split()[0], "--format", "{{json .Config.Env}}"]
    pairs: list[str] = json.loads(subprocess.run(inspect, capture_output=True, check=True).stdout)
    return dict(pair.partition("=")[::2] for pair in pairs)
