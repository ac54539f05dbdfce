"""One configuration under plain LiteLLM and, imported and rendered, under the gateway: the same models, the same answers.

Both run side by side on the same stand-in upstreams; what arrives there is compared, field by field.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stack.asking import Proxy, Reply
from stack.plain import plain_litellm
from stack.projects import MASTER_KEY, forked_gateway, free_port

from gateway.stand_in import Behaviour, Request, StandIn

CONFIG = """\
x-cloud: &cloud
  api_base: {cloud}
  api_key: os.environ/CLOUD_KEY
  extra_headers: {{X-Title: my app, X-Team: os.environ/TEAM}}
model_list:
  - model_name: plain
    litellm_params: {{model: openai/plain-id, api_base: {cloud}, api_key: sk-literal-key-0123456789}}
  - model_name: with-params
    litellm_params:
      <<: *cloud
      model: openai/vendor/with-params-id
      temperature: 0.25
      max_tokens: 77
      seed: 5
      stop: ["###"]
      extra_body: {{provider: {{only: [one]}}, top_k: 3}}
      own_field: sent-upstream
  - model_name: local
    litellm_params: {{model: openai/local-id, api_base: {local}, api_key: none, timeout: 20}}
    model_info: {{mode: chat, max_input_tokens: 8000}}
  - model_name: both
    litellm_params: {{model: openai/first-id, api_base: {local}, api_key: none, order: 1}}
  - model_name: both
    litellm_params: {{<<: *cloud, model: openai/second-id, order: 2}}
  - model_name: unlike
    litellm_params: {{<<: *cloud, model: openai/unlike-id, temperature: 0.5, tags: [a]}}
  - model_name: rotated
    litellm_params: {{model: openai/rotated-id, api_base: {cloud}, api_key: os.environ/KEY_A}}
  - model_name: rotated
    litellm_params: {{model: openai/rotated-id, api_base: {cloud}, api_key: os.environ/KEY_B}}
  - model_name: credited
    litellm_params: {{model: openai/credited-id, litellm_credential_name: cloud}}
  - model_name: vllm
    litellm_params: {{model: hosted_vllm/vllm-id, api_base: {cloud}, top_k: 9}}
  - model_name: embed
    litellm_params: {{<<: *cloud, model: openai/embed-id, dimensions: 8}}
    model_info: {{mode: embedding}}
  - model_name: Name/With:every@sign
    litellm_params: {{<<: *cloud, model: openai/odd-id}}
credential_list:
  - credential_name: cloud
    credential_values: {{api_key: os.environ/CLOUD_KEY, api_base: {cloud}}}
    credential_info: {{}}
router_settings:
  fallbacks: [{{local: [plain]}}, {{nick: [plain]}}]
  model_group_alias: {{nick: local, other: with-params}}
  num_retries: 0
litellm_settings:
  drop_params: true
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
"""
VALUES = {
    "LITELLM_MASTER_KEY": MASTER_KEY,
    "CLOUD_KEY": "sk-cloud-0123456789abcdef",
    "TEAM": "team-a",
    "KEY_A": "sk-key-a-0123456789abcdef",
    "KEY_B": "sk-key-b-0123456789abcdef",
}
CHATS = [
    *("plain", "with-params", "local", "both", "unlike", "credited", "vllm", "nick", "other"),
    "Name/With:every@sign",
]
KINDS = ("chat", "chat-stream")
# What a server that wants no key is sent: LiteLLM has a word of its own for `hosted_vllm/`.
NO_KEY = ("Bearer none", "Bearer fake-api-key")
_LOGS = 8000


@dataclass(frozen=True, slots=True)
class Pair:
    """The same configuration twice: as it was, and as it was imported."""

    before: Proxy
    after: Proxy
    local: StandIn
    cloud: StandIn

    def ask(self, proxy: Proxy, kind: str, model: str) -> tuple[Reply, list[Request]]:
        """The answer, and what arrived at the upstreams."""
        for upstream in (self.local, self.cloud):
            upstream.clear()
        reply = proxy.ask(kind, model)
        arrived = [*self.local.requests, *self.cloud.requests]
        return reply, [request for request in arrived if request.method == "POST"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("import")
    with contextlib.ExitStack() as stack:
        local, cloud = (stack.enter_context(StandIn(name)) for name in ("local", "cloud"))
        source = folder / "litellm_config.yaml"
        source.write_text(CONFIG.format(local=local.base_url, cloud=cloud.base_url))
        before = stack.enter_context(plain_litellm(source, VALUES))
        after = stack.enter_context(imported(source, folder / "new"))
        yield Pair(before, after, local, cloud)


@contextlib.contextmanager
def imported(source: Path, into: Path) -> Iterator[Proxy]:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "import", str(source), "--into", str(into)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    port = free_port()
    settings = into / "gateway.yaml"
    text = settings.read_text()
    assert "server:\n  project: " in text
    settings.write_text(text.replace("server:\n", f"server:\n  port: {port}\n"))
    env = into / ".env"
    lines = [line for line in env.read_text().splitlines() if line.partition("=")[0] not in VALUES]
    env.write_text("\n".join([*lines, *(f"{k}={v}" for k, v in VALUES.items())]) + "\n")
    up = forked_gateway(into, "up", "--engine", "process")
    assert up.returncode == 0, up.stderr
    try:
        yield Proxy(f"http://127.0.0.1:{port}", MASTER_KEY)
    finally:
        down = forked_gateway(into, "down", "--engine", "process")
    assert down.returncode == 0, down.stderr


def essence(request: Request) -> dict[str, Any]:
    """What an upstream sees that it could answer by: address, body, key and the headers that were set."""
    key = request.headers.get("authorization")
    return {
        "path": request.path,
        "body": request.body,
        "key": None if key in NO_KEY else key,
        **{name: request.headers.get(name) for name in ("x-title", "x-team")},
    }


def test_the_models_are_the_same(pair: Pair) -> None:
    # The default model answers to one more name here, which the documentation says.
    assert sorted({*pair.before.models(), "default"}) == sorted(pair.after.models())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", CHATS)
def test_every_name_is_answered_alike(pair: Pair, model: str, kind: str) -> None:
    was, asked_before = pair.ask(pair.before, kind, model)
    now, asked_after = pair.ask(pair.after, kind, model)
    assert was.is_answer, was
    assert (now.status, now.text) == (was.status, was.text)
    assert [essence(r) for r in asked_after] == [essence(r) for r in asked_before]


def test_an_embedding_is_the_same(pair: Pair) -> None:
    was, asked_before = pair.ask(pair.before, "embeddings", "embed")
    now, asked_after = pair.ask(pair.after, "embeddings", "embed")
    assert was.is_answer, was
    assert now.text == was.text
    assert [essence(r) for r in asked_after] == [essence(r) for r in asked_before]


def test_both_keys_are_used(pair: Pair) -> None:
    for proxy in (pair.before, pair.after):
        pair.cloud.clear()
        for _ in range(20):
            assert proxy.ask("chat", "rotated").is_answer
        keys = {request.headers["authorization"] for request in pair.cloud.requests}
        assert keys == {f"Bearer {VALUES['KEY_A']}", f"Bearer {VALUES['KEY_B']}"}


@pytest.mark.parametrize("model", ["local", "both", "nick"])
@pytest.mark.parametrize("fault", [Behaviour(refuse=True), Behaviour(status=500)])
def test_the_same_one_answers_where_the_local_upstream_is_down(
    pair: Pair, model: str, fault: Behaviour
) -> None:
    pair.local.behave(fault)
    try:
        was, _ = pair.ask(pair.before, "chat", model)
        now, arrived = pair.ask(pair.after, "chat", model)
    finally:
        pair.local.heal()
    assert was.comes_from("cloud"), was
    assert now.text == was.text
    assert [r.model for r in arrived if r.status == 200] == [
        "second-id" if model == "both" else "plain-id"
    ]
