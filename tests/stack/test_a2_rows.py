"""What the hand-written LiteLLM set-up for NanoGPT and a machine on Tailscale had, row by row (A2).

docs/from-litellm.md is the same list for its owner. Rows about files are shown on the sample project's
own files, rows about behaviour on a running proxy that serves the sample with stand-in upstreams.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
import pytest
import yaml
from stack.asking import CHAT_KINDS
from stack.conftest import StartStack
from stack.projects import MASTER_KEY, Stack, gateway
from stack.sample import CLOUD, CLOUD_KEY, HOME, ROOT, sample

from gateway.constants import LITELLM_VERSION
from gateway.stand_in import Behaviour, StandIn

CLOUD_MODELS = ["glm-5", "kimi-k2.5", "minimax-m2.5", "qwen3.5"]
PATHS = {
    "chat": "/v1/chat/completions",
    "messages": "/v1/messages",
    "embeddings": "/v1/embeddings",
}


@pytest.fixture(scope="module")
def stack(start_stack: StartStack, local: StandIn, cloud: StandIn) -> Stack:
    return start_stack(sample(local.base_url, cloud.base_url, MASTER_KEY))


@pytest.fixture(autouse=True)
def _healthy(healed: None) -> None:
    pass


def compose() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((ROOT / "compose/compose.yaml").read_text("utf-8"))
    return data


def service() -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"]["gateway"]
    return found


def config() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((ROOT / "compose/litellm_config.yaml").read_text("utf-8"))
    return data


def deployments() -> dict[str, dict[str, Any]]:
    return {each["model_name"]: each["litellm_params"] for each in config()["model_list"]}


def posts(upstream: StandIn) -> list[Any]:
    return [request for request in upstream.requests if request.method == "POST"]


def test_a2_row_01_a_repository_of_configuration_only(tmp_path: Path) -> None:
    """Better: the two files that were written by hand are made of `gateway.yaml` and `models.d/`.

    Nothing else goes in: from these alone the committed stack comes out again, byte for byte.
    """
    shutil.copy(ROOT / "gateway.yaml", tmp_path)
    shutil.copytree(ROOT / "models.d", tmp_path / "models.d")
    assert gateway(tmp_path, "render").returncode == 0
    rendered = [p for p in (tmp_path / "compose").rglob("*") if p.is_file()]
    assert {"compose.yaml", "litellm_config.yaml"} <= {path.name for path in rendered}
    for path in rendered:
        committed = ROOT / path.relative_to(tmp_path)
        assert path.read_bytes() == committed.read_bytes(), committed
    tracked = subprocess.run(
        ["git", "check-ignore", ".env"], cwd=ROOT, capture_output=True, check=False
    )
    assert tracked.returncode in (0, 128), ".env is ignored (128: not a git checkout)"


def test_a2_row_02_the_image_is_pinned() -> None:
    """Replaces the floating `main-latest`: the one version that package, image and keys share."""
    image = service()["image"]
    assert image == f"${{GATEWAY_IMAGE:-docker.litellm.ai/berriai/litellm:v{LITELLM_VERSION}}}"
    assert "latest" not in image


def test_a2_row_03_port_4000_is_published_to_this_machine_alone(stack: Stack) -> None:
    """Better: on 127.0.0.1 unless told otherwise; nobody else on the network reaches it."""
    assert service()["ports"] == ["127.0.0.1:4000:4000"]
    port = urlsplit(stack.proxy.url).port
    assert stack.proxy.get("/health/liveliness", key="").status_code == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port or 0), timeout=2)


def test_a2_row_04_nanogpt_is_an_openai_upstream_with_its_own_key(
    stack: Stack, cloud: StandIn
) -> None:
    params = deployments()
    for name in (*CLOUD_MODELS, "qwen3-embedding"):
        assert params[name]["model"].startswith("openai/")
        assert params[name]["api_base"] == CLOUD
        assert params[name]["api_key"] == "os.environ/NANOGPT_API_KEY"
    assert stack.proxy.ask("chat", "glm-5").text == "cloud says: hi"
    assert [r.headers["authorization"] for r in posts(cloud)] == [f"Bearer {CLOUD_KEY}"]


def test_a2_row_05_the_machine_at_home_needs_no_key(stack: Stack, local: StandIn) -> None:
    """The word `none` instead of no key at all: LiteLLM would fill that in with OPENAI_API_KEY."""
    assert deployments()["qwen3.5-local"]["api_base"] == HOME
    assert deployments()["qwen3.5-local"]["api_key"] == "none"
    assert stack.proxy.ask("chat", "qwen3.5-local").is_answer
    assert [r.headers["authorization"] for r in posts(local)] == ["Bearer none"]


def test_a2_row_06_clients_authenticate_with_the_master_key(stack: Stack) -> None:
    """The salt key is gone: it encrypts what LiteLLM keeps in a database, and there is none."""
    for kind in CHAT_KINDS:
        assert stack.proxy.ask(kind, "default").status == 200
        assert stack.proxy.ask(kind, "default", key="").status == 401
        assert stack.proxy.ask(kind, "default", key="sk-wrong").status == 401
    assert config()["general_settings"]["master_key"] == "os.environ/LITELLM_MASTER_KEY"
    assert "SALT" not in (ROOT / ".env.example").read_text("utf-8") + json.dumps(service())


def test_a2_row_07_the_default_model_is_the_one_at_home(stack: Stack, local: StandIn) -> None:
    """It is listed before the others, and answers to `default` too."""
    assert set(stack.proxy.models()[:2]) == {"default", "qwen3.5-local"}
    for name in ("qwen3.5-local", "default"):
        assert stack.proxy.ask("chat", name).text == "local says: hi"
    assert [r.model for r in posts(local)] == ["qwen3.5-35b-a3b"] * 2


@pytest.mark.parametrize("kind", CHAT_KINDS)
def test_a2_row_08_falls_back_when_the_local_model_is_unreachable(
    stack: Stack, local: StandIn, cloud: StandIn, kind: str
) -> None:
    """In the connect budget, where it took LiteLLM minutes; docs/failover.md has it for every fault."""
    local.behave(Behaviour(refuse=True))
    reply = stack.proxy.ask(kind, "qwen3.5-local")
    assert reply.text == "cloud says: hi", reply
    assert (reply.model, reply.upstream) == ("qwen3.5", "qwen3.5@nanogpt")
    assert reply.total < 10, "LiteLLM alone: 4 s refused, 135 s and more where packets are dropped"
    assert [r.model for r in posts(cloud)] == ["qwen/qwen3.5-397b-a17b"]


def test_a2_row_09_there_is_no_state_and_no_database(stack: Stack) -> None:
    """`allow_requests_on_db_unavailable` is gone: without a database none can be unavailable.

    What needs one is refused, and a wrong key is a 401 where LiteLLM alone looks for it in the
    database and says 400.
    """
    assert "allow_requests_on_db_unavailable" not in json.dumps(config())
    assert "DATABASE_URL" not in json.dumps(service())
    assert all(volume.endswith(":ro") for volume in service()["volumes"])
    assert service()["read_only"] is True
    started = [name for name, each in compose()["services"].items() if "profiles" not in each]
    assert started == ["gateway"]
    assert stack.proxy.ask("chat", "glm-5", key="sk-0123456789").status == 401
    assert stack.proxy.ask("chat", "glm-5").status == 200


def test_a2_row_10_a_parameter_that_the_upstream_does_not_know_is_dropped(
    stack: Stack, cloud: StandIn
) -> None:
    """Without `drop_params` each of these is LiteLLM's 400; a thinking request is Claude Code's."""
    assert config()["litellm_settings"]["drop_params"] is True
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    dropped = {"thinking", "verbosity", "dimensions"}
    assert post(stack, "chat", "glm-5", **thinking, verbosity="low") == 200
    assert post(stack, "messages", "glm-5", **thinking) == 200
    assert post(stack, "embeddings", "qwen3-embedding", dimensions=256) == 200
    assert [dropped & set(request.body) for request in posts(cloud)] == [set(), set(), set()]


def test_a2_row_11_the_cloud_models_and_the_embedding_model_answer(
    stack: Stack, cloud: StandIn
) -> None:
    assert {*CLOUD_MODELS, "qwen3-embedding"} <= set(stack.proxy.models())
    for name in CLOUD_MODELS:
        assert stack.proxy.ask("chat", name).text == "cloud says: hi"
    assert stack.proxy.ask("embeddings", "qwen3-embedding").is_answer
    asked = [
        "zai-org/glm-5",
        "moonshotai/kimi-k2.5",
        "minimax/minimax-m2.5",
        "qwen/qwen3.5-397b-a17b",
    ]
    assert [request.model for request in posts(cloud)] == [*asked, "qwen3-embedding"]


def test_a2_row_12_a_model_is_added_with_one_fragment_and_gateway_up(
    stack: Stack, cloud: StandIn
) -> None:
    """Better: three lines instead of an entry of `model_list`, checked before anything restarts.

    And where `docker compose restart` does not read `.env` again, `gateway up` takes a new key.
    """
    fragment = stack.root / "models.d" / "deepseek-v3.yaml"
    fragment.write_text("provider: nanogp\nmodel: deepseek-ai/deepseek-v3\n", "utf-8")
    refused = gateway(stack.root, "up", "--engine", stack.engine)
    assert refused.returncode == 1
    assert "models.d/deepseek-v3.yaml:1:11: error" in refused.stderr
    assert stack.proxy.ask("chat", "glm-5").is_answer, "what runs goes on"
    fragment.write_text("provider: nanogpt\nmodel: deepseek-ai/deepseek-v3\n", "utf-8")
    env = stack.root / ".env"
    env.write_text(env.read_text("utf-8").replace(CLOUD_KEY, "nano-the-new-one"), "utf-8")
    up = gateway(stack.root, "up", "--engine", stack.engine)
    assert up.returncode == 0, up.stderr
    cloud.clear()
    assert "deepseek-v3" in stack.proxy.models()
    assert stack.proxy.ask("chat", "deepseek-v3").text == "cloud says: hi"
    seen = [(request.model, request.headers["authorization"]) for request in posts(cloud)]
    assert seen == [("deepseek-ai/deepseek-v3", "Bearer nano-the-new-one")]


def test_a2_row_13_the_commands_and_the_chat_test(
    stack: Stack, local: StandIn, cloud: StandIn
) -> None:
    """`up`, `logs` and `restart` of `gateway` stand for Compose's; both work on the rendered files.

    `/health` bills every model, so nothing asks it by itself and it needs the key; what is asked
    instead bills nobody.
    """
    assert gateway(stack.root, "restart", "--engine", stack.engine).returncode == 0
    assert gateway(stack.root, "status", "--engine", stack.engine).returncode == 0
    logs = gateway(stack.root, "logs", "--engine", stack.engine)
    assert logs.returncode == 0
    assert logs.stdout
    for upstream in (local, cloud):
        upstream.clear()
    assert stack.proxy.get("/health", key="").status_code == 401
    for path in ("/health/liveliness", "/health/readiness"):
        assert stack.proxy.get(path, key="").status_code == 200
    assert posts(local) + posts(cloud) == [], "none of these asked a model"
    assert stack.proxy.ask("chat", "qwen3.5-local").text == "local says: hi"
    test = " ".join(service()["healthcheck"]["test"])
    assert "/health/liveliness" in test
    assert "python" in test, "the image has neither curl nor wget"


def test_a2_row_14_the_compose_file_has_a_healthcheck_and_mounts_what_is_rendered() -> None:
    """Better: mounted read-only, files and not names, and nothing of `.env` but what is named."""
    checked = service()["healthcheck"]
    assert set(checked) == {"test", "interval", "timeout", "retries", "start_period"}
    assert checked["start_period"] in ("30s", "60s")
    sources = [volume.split(":")[0] for volume in service()["volumes"]]
    assert sources == ["./litellm_config.yaml", "./gateway_runtime"]
    assert all((ROOT / "compose" / source).exists() for source in sources)
    assert "env_file" not in service()


def test_a2_row_15_several_apps_share_one_base_url_and_stable_names(
    stack: Stack, cloud: StandIn
) -> None:
    """At once, with the SDK that Next.js apps use; the name stays where the model behind it changes."""

    def answer(app: int) -> str | None:
        with openai.OpenAI(
            base_url=f"{stack.proxy.url}/v1", api_key=stack.proxy.key, max_retries=0
        ) as client:
            question: Any = [{"role": "user", "content": f"app {app}"}]
            reply = client.chat.completions.create(model="kimi-k2.5", messages=question)
            return reply.choices[0].message.content

    with ThreadPoolExecutor(6) as apps:
        assert list(apps.map(answer, range(6))) == [f"cloud says: app {app}" for app in range(6)]
    fragment = stack.root / "models.d" / "kimi-k2.5.yaml"
    text = fragment.read_text("utf-8")
    fragment.write_text(text.replace("moonshotai/kimi-k2.5", "moonshotai/kimi-k3"), "utf-8")
    assert gateway(stack.root, "up", "--engine", stack.engine).returncode == 0
    cloud.clear()
    assert answer(7) == "cloud says: app 7"
    assert [request.model for request in posts(cloud)] == ["moonshotai/kimi-k3"]
    assert compose()["networks"]["default"]["name"] == "gateway", "other Compose projects join it"


def post(stack: Stack, kind: str, model: str, **more: Any) -> int:
    """The status of a request that carries more parameters."""
    body = {**stack.proxy.body(kind, model), **more}
    url, headers = stack.proxy.url + PATHS[kind], stack.proxy.headers(kind)
    return httpx.post(url, json=body, headers=headers, timeout=60, trust_env=False).status_code
