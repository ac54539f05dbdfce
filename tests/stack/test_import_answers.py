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

from gateway.pipeline import check
from gateway.resolve.patterns import patterns_data
from gateway.runtime.model_patterns import Patterns, glob_has
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
  - model_name: openai/*
    litellm_params: {{<<: *cloud, model: openai/*, temperature: 0.75}}
  - model_name: openai/own
    litellm_params: {{model: openai/own-id, api_base: {local}, api_key: none}}
  - model_name: mine/*
    litellm_params: {{model: openai/*, api_base: {local}, api_key: none}}
  - model_name: mine/vendor/*
    litellm_params: {{<<: *cloud, model: openai/other-vendor/*}}
  - model_name: glm*
    litellm_params: {{model: hosted_vllm/glm*, api_base: {local}, api_key: os.environ/KEY_A}}
  - model_name: custom/*
    litellm_params: {{model: "*", custom_llm_provider: openai, api_base: {cloud}, api_key: os.environ/KEY_B}}
  - model_name: team/*
    litellm_params: {{model: openai/team-*, api_base: {cloud}, api_key: os.environ/KEY_A}}
  - model_name: team/*
    litellm_params: {{model: openai/team-*, api_base: {cloud}, api_key: os.environ/KEY_B}}
  - model_name: anthropic/*
    litellm_params: {{model: anthropic/*, api_base: {anthropic}, api_key: os.environ/KEY_B}}
  - model_name: mine/fixed-*
    litellm_params: {{<<: *cloud, model: openai/fixed-id}}
  - model_name: mine/*-in-the-middle
    litellm_params: {{<<: *cloud, model: openai/*-elsewhere}}
  - model_name: claude-haiku-*
    litellm_params: {{<<: *cloud, model: openai/haiku-id}}
credential_list:
  - credential_name: cloud
    credential_values: {{api_key: os.environ/CLOUD_KEY, api_base: {cloud}}}
    credential_info: {{}}
router_settings:
  fallbacks:
    - {{local: [plain]}}
    - {{nick: [plain]}}
    - {{mine/falls: [openai/answers]}}
    - {{mine/*: [plain]}}
  model_group_alias: {{nick: local, other: with-params, wild: openai/for-the-alias}}
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
# Names of wildcards, each with the id that its upstream is to be asked for.
WILD = {
    "openai/gpt-4o": "gpt-4o",
    "openai/vendor/model:free": "vendor/model:free",
    "openai/own": "own-id",
    "openai/answers": "answers",
    "mine/x": "x",
    "mine/falls": "falls",
    "mine/vendor/x": "other-vendor/x",
    "mine/vendor/in-the-middle": "other-vendor/in-the-middle",
    "glm-5": "glm-5",
    "glm5": "glm5",
    "custom/x": "x",
    "team/x": "team-x",
    "wild": "for-the-alias",
}
FOR_CLAUDE = {
    "anthropic/claude-opus-4-5": "claude-opus-4-5",
    "claude-opus-4-5": "claude-opus-4-5",
    "claude-newfamily-7": "claude-newfamily-7",
}
NOT_CARRIED = (
    *("mine/fixed-x", "mine/a-in-the-middle", "mine/a-in-the-middle-2", "claude-haiku-4-5"),
    "mine/vendor/a-in-the-middle",
)
LOST = ("mine/fixed-*", "mine/*-in-the-middle*", "claude-haiku-*")
NAMED_OF_WILDCARDS = {"mine/falls", "openai/answers", "openai/for-the-alias", "wild"}
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
    root: Path
    """Of the project."""

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
        urls = {"local": local.base_url, "cloud": cloud.base_url}
        anthropic = cloud.base_url.removesuffix("/v1")
        source.write_text(CONFIG.format(**urls, anthropic=anthropic))
        before = stack.enter_context(plain_litellm(source, VALUES))
        after = stack.enter_context(imported(source, folder / "new"))
        yield Pair(before, after, local, cloud, folder / "new")


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
    key = request.headers.get("authorization") or request.headers.get("x-api-key")
    return {
        "path": request.path,
        "body": request.body,
        "key": None if key in NO_KEY else key,
        **{name: request.headers.get(name) for name in ("x-title", "x-team")},
    }


def test_the_models_are_the_same(pair: Pair) -> None:
    """Of a wildcard LiteLLM lists what its price list has, here what the configuration names is listed;
    the others are served all the same."""
    blueprint = check(pair.root).blueprint
    assert blueprint is not None
    patterns = Patterns.from_data(patterns_data(blueprint))
    before, after = set(pair.before.models()), set(pair.after.models())
    # The default model answers to one more name here, which the documentation says.
    assert after - before <= {"default", *NAMED_OF_WILDCARDS}
    assert after >= {"default", *NAMED_OF_WILDCARDS}
    only_before = before - after
    unserved = {name for name in only_before if patterns.serving(name) is None}
    assert {name for name in unserved if not any(glob_has(lost, name) for lost in LOST)} == set()
    assert len(only_before - unserved) > 500


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", CHATS)
def test_every_name_is_answered_alike(pair: Pair, model: str, kind: str) -> None:
    was, asked_before = pair.ask(pair.before, kind, model)
    now, asked_after = pair.ask(pair.after, kind, model)
    assert was.is_answer, was
    assert (now.status, now.text) == (was.status, was.text)
    assert [essence(r) for r in asked_after] == [essence(r) for r in asked_before]


def asked_of(arrived: list[Request], model: str) -> list[dict[str, Any]]:
    """The essence of each, without what is open: which of two keys, and whether LiteLLM, which strips it
    again, asks for a stream's usage where it does not see the provider."""
    found = [essence(request) for request in arrived]
    for each in found:
        if model.startswith("team/"):
            del each["key"]
        if model in ("custom/x", "wild"):
            each["body"] = {k: v for k, v in each["body"].items() if k != "stream_options"}
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", WILD)
def test_a_wildcards_name_is_answered_alike(pair: Pair, model: str, kind: str) -> None:
    was, asked_before = pair.ask(pair.before, kind, model)
    now, asked_after = pair.ask(pair.after, kind, model)
    assert was.is_answer, was
    assert [request.model for request in asked_before] == [WILD[model]]
    assert (now.status, now.text) == (was.status, was.text)
    assert asked_of(asked_after, model) == asked_of(asked_before, model)


@pytest.mark.parametrize("kind", [*KINDS, "messages"])
@pytest.mark.parametrize("model", FOR_CLAUDE)
def test_claudes_models_are_asked_for_alike(pair: Pair, model: str, kind: str) -> None:
    """Also without the prefix: Claude Code does so. The stand-in does not speak their protocol."""
    _, asked_before = pair.ask(pair.before, kind, model)
    _, asked_after = pair.ask(pair.after, kind, model)
    assert {(r.path, r.model, essence(r)["key"]) for r in asked_after} == {
        ("/v1/messages", FOR_CLAUDE[model], VALUES["KEY_B"])
    }
    assert {(r.path, r.model, essence(r)["key"]) for r in asked_before} == {
        ("/v1/messages", FOR_CLAUDE[model], VALUES["KEY_B"])
    }


@pytest.mark.parametrize("model", NOT_CARRIED)
def test_a_name_of_a_lost_wildcard_goes_to_no_other_upstream(pair: Pair, model: str) -> None:
    was, asked_before = pair.ask(pair.before, "chat", model)
    now, asked_after = pair.ask(pair.after, "chat", model)
    assert was.comes_from("cloud"), was
    assert len(asked_before) == 1
    assert (now.status, asked_after) == (404, [])


def test_a_wildcard_has_its_names_fallbacks_and_none_of_its_own(pair: Pair) -> None:
    pair.local.behave(Behaviour(status=500))
    try:
        for proxy in (pair.before, pair.after):
            falls, _ = pair.ask(proxy, "chat", "mine/falls")
            assert falls.comes_from("cloud"), falls
            alone, arrived = pair.ask(proxy, "chat", "mine/alone")
            assert not alone.is_answer
            assert {request.model for request in arrived} == {"alone"}
    finally:
        pair.local.heal()


@pytest.mark.parametrize("model", ["embed", "openai/embed-too"])
def test_an_embedding_is_the_same(pair: Pair, model: str) -> None:
    was, asked_before = pair.ask(pair.before, "embeddings", model)
    now, asked_after = pair.ask(pair.after, "embeddings", model)
    assert was.is_answer, was
    assert now.text == was.text
    assert [essence(r) for r in asked_after] == [essence(r) for r in asked_before]


@pytest.mark.parametrize("model", ["rotated", "team/x"])
def test_both_keys_are_used(pair: Pair, model: str) -> None:
    for proxy in (pair.before, pair.after):
        pair.cloud.clear()
        for _ in range(20):
            assert proxy.ask("chat", model).is_answer
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
