"""A claude-code-router project, imported by the real command, answers as its clients knew it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from stack.asking import CHAT_KINDS, Proxy
from stack.projects import forked_gateway, free_port

from gateway.stand_in import Behaviour, StandIn

CLIENT_KEY = "sk-ccr-0123456789abcdef"
CONFIG = """\
{
  // after config.example.json, with every provider on this machine
  "APIKEY": "%(key)s",
  "PORT": %(port)d,
  "Providers": [
    {
      "name": "deepseek",
      "api_base_url": "%(off)s/chat/completions",
      "api_key": "$DEEPSEEK_API_KEY",
      "models": ["deepseek-chat", "deepseek-reasoner"],
      "transformer": {"use": ["deepseek"], "deepseek-chat": {"use": ["tooluse"]}},
    },
    {
      "name": "openrouter",
      "api_base_url": "%(cloud)s/chat/completions",
      "api_key": "key-of-openrouter",
      "models": ["anthropic/claude-sonnet-4"],
      "transformer": {"use": [["openrouter", {"provider": {"only": ["moonshotai"]}, "title": "ccr"}]]},
    },
    {
      "name": "ollama",
      "api_base_url": "%(local)s/chat/completions",
      "api_key": "ollama",
      "models": ["qwen2.5-coder:latest"],
    },
  ],
  "Router": {
    "default": "deepseek,deepseek-chat",
    "background": "ollama,qwen2.5-coder:latest",
    "think": "deepseek,deepseek-reasoner",
  },
  "fallback": {"default": ["openrouter,anthropic/claude-sonnet-4"]},
}
"""


@pytest.fixture(scope="module")
def imported(
    tmp_path_factory: pytest.TempPathFactory, local: StandIn, cloud: StandIn
) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("ccr")
    root, port = folder / "project", free_port()
    with StandIn("off", behaviour=Behaviour(refuse=True)) as off:
        addresses = {"off": off.base_url, "local": local.base_url, "cloud": cloud.base_url}
        config = CONFIG % {"key": CLIENT_KEY, "port": port, **addresses}
        (folder / "config.json").write_text(config, "utf-8")
        argv = ["import", str(folder / "config.json"), "--into", str(root)]
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *argv], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        up = forked_gateway(root, "up", "--engine", "process")
        assert up.returncode == 0, up.stderr
        try:
            yield Proxy(f"http://127.0.0.1:{port}", CLIENT_KEY)
        finally:
            down = forked_gateway(root, "down", "--engine", "process")
        assert down.returncode == 0, down.stderr


@pytest.mark.usefixtures("healed")
@pytest.mark.parametrize("kind", CHAT_KINDS)
@pytest.mark.parametrize("name", ["deepseek-chat", "default", "opus", "claude-sonnet-4-5"])
def test_the_default_route_falls_back_as_it_did(imported: Proxy, kind: str, name: str) -> None:
    reply = imported.ask(kind, name)
    assert reply.comes_from("cloud"), reply
    assert reply.model == "anthropic/claude-sonnet-4"


@pytest.mark.usefixtures("healed")
@pytest.mark.parametrize("kind", CHAT_KINDS)
@pytest.mark.parametrize("name", ["haiku", "claude-haiku-4-5-20251001"])
def test_the_background_route_answers_the_haiku_family(
    imported: Proxy, kind: str, name: str
) -> None:
    reply = imported.ask(kind, name)
    assert reply.comes_from("local"), reply
    assert reply.model == "qwen2.5-coder:latest"


@pytest.mark.usefixtures("healed")
def test_options_of_a_transformer_reach_the_upstream(imported: Proxy, cloud: StandIn) -> None:
    imported.ask("chat", "anthropic/claude-sonnet-4")
    (seen,) = cloud.requests
    assert seen.body["provider"] == {"only": ["moonshotai"]}
    assert seen.headers["x-title"] == "ccr"
    assert seen.headers["authorization"] == "Bearer key-of-openrouter"
