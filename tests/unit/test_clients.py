"""What each client is told, from a blueprint on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.clients import CLIENTS, Connection, client_named, connection_to
from gateway.model import Blueprint, GatewayError
from gateway.pipeline import check

KEY = "sk-0123456789abcdef"
WINDOWED = "provider: nanogpt\nmodel: a\ncontext_window: 65536\nmax_output_tokens: 8000\n"
CHEAP = "provider: nanogpt\nmodel: b\naliases: [quick]\ncontext_window: 40000\n"
EMBEDDING = "provider: nanogpt\nmodel: c\nmode: embedding\n"
FILES = {
    "models.d/kimi.yaml": WINDOWED,
    "models.d/cheap.yaml": CHEAP,
    "models.d/vectors.yaml": EMBEDDING,
}


@pytest.fixture
def blueprint(write_project: Callable[[Mapping[str, str]], Path]) -> Blueprint:
    return _blueprint(write_project(FILES))


@pytest.fixture
def tiered(blueprint: Blueprint) -> Blueprint:
    tiers, routes = {"haiku": "quick", "opus": "kimi"}, {"subagent": "cheap"}
    return replace(
        blueprint, claude_code=replace(blueprint.claude_code, tiers=tiers, routes=routes)
    )


def _blueprint(root: Path) -> Blueprint:
    checked = check(root)
    assert checked.blueprint is not None, checked.diagnostics
    return checked.blueprint


def to(blueprint: Blueprint, wanted: str) -> Connection:
    return connection_to(
        blueprint, wanted, url="http://127.0.0.1:4000", key=KEY, key_name="LITELLM_MASTER_KEY"
    )


def test_claude_code_asks_for_the_chosen_model_in_every_tier(blueprint: Blueprint) -> None:
    told = CLIENTS["claude"].environment(to(blueprint, "kimi"))
    assert told["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:4000"
    assert told["ANTHROPIC_AUTH_TOKEN"] == KEY
    assert told["ANTHROPIC_MODEL"] == "kimi"
    tiers = {name: told[name] for name in told if name.startswith("ANTHROPIC_DEFAULT_")}
    assert tiers == {
        f"ANTHROPIC_DEFAULT_{tier}_MODEL": "kimi" for tier in ("HAIKU", "SONNET", "OPUS", "FABLE")
    }
    assert told["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] == "65536"
    assert told["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] == "8000"


def test_claude_code_takes_tiers_and_the_subagents_model_from_the_project(
    tiered: Blueprint,
) -> None:
    told = CLIENTS["claude"].environment(to(tiered, "glm-5"))
    assert told["ANTHROPIC_MODEL"] == "glm-5"
    assert told["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "quick"
    assert told["ANTHROPIC_DEFAULT_OPUS_MODEL"] == "kimi"
    assert told["ANTHROPIC_DEFAULT_SONNET_MODEL"] == "glm-5"
    assert told["CLAUDE_CODE_SUBAGENT_MODEL"] == "cheap"
    assert told["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] == "200000"


def test_a_small_window_bounds_the_answer_that_nobody_bounded(blueprint: Blueprint) -> None:
    told = CLIENTS["claude"].environment(to(blueprint, "quick"))
    assert told["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] == "40000"
    assert told["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] == "10000"


def test_nothing_leads_claude_code_elsewhere(blueprint: Blueprint) -> None:
    told = CLIENTS["claude"].environment(to(blueprint, "kimi"))
    unset = {name for name, value in told.items() if value is None}
    assert {"ANTHROPIC_API_KEY", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"} <= unset


def test_a_client_waits_longer_than_the_gateway(
    write_project: Callable[[Mapping[str, str]], Path],
) -> None:
    slow = "provider: nanogpt\nmodel: s\ntimeouts: {connect: 2s, first_token: 90s, total: 20m}\n"
    files = {"models.d/slow.yaml": slow, "models.d/first.yaml": slow + "fallbacks: [slow]\n"}
    files["models.d/first.yaml"] = files["models.d/first.yaml"].replace("model: s", "model: f")
    blueprint = _blueprint(write_project(files))
    told = CLIENTS["claude"].environment(to(blueprint, "first"))
    assert int(told["API_TIMEOUT_MS"] or 0) >= (92 + 1200) * 1000


def test_codex_is_told_on_its_command_line_but_for_the_key(blueprint: Blueprint) -> None:
    codex = CLIENTS["codex"]
    argv = codex.argv(to(blueprint, "kimi"), ["exec", "-c", "x=1"])
    assert argv[0] == "codex"
    assert argv[-3:] == ["exec", "-c", "x=1"]
    assert KEY not in " ".join(argv)
    assert codex.environment(to(blueprint, "kimi")) == {"GATEWAY_API_KEY": KEY}


def test_a_model_that_is_none_is_answered_with_the_one_that_was_meant(
    blueprint: Blueprint,
) -> None:
    with pytest.raises(GatewayError) as raised:
        to(blueprint, "kmi")
    assert raised.value.message == "`kmi` is not a model"
    hint = "did you mean `kimi`? there are: cheap, glm-5, kimi, quick, vectors"
    assert raised.value.hint == hint


def test_a_model_that_does_not_chat_is_refused(blueprint: Blueprint) -> None:
    with pytest.raises(GatewayError, match="not a chat model") as raised:
        to(blueprint, "vectors")
    assert raised.value.hint == "there are: glm-5, cheap, kimi"


def test_a_client_that_is_none_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(GatewayError) as raised:
        client_named("cluade")
    assert raised.value.message == "`cluade` is not a client that gateway knows"
    assert (raised.value.hint or "").startswith("did you mean `claude`? there are: claude, codex")
    assert client_named("Claude") is CLIENTS["claude"]
    with pytest.raises(GatewayError) as raised:
        client_named("openai")
    hint = raised.value.hint or ""
    assert hint.startswith("did you mean `openai-python` or `openai-js`? there are: ")


def test_aiders_address_and_models_are_flags(blueprint: Blueprint) -> None:
    """A folder's `.env` beats the environment, under both of the address's names."""
    argv = CLIENTS["aider"].argv(to(blueprint, "kimi"), ["--message", "hi"])
    url = "http://127.0.0.1:4000/v1"
    assert argv[1:5] == ["--openai-api-base", url, "--set-env", f"OPENAI_BASE_URL={url}"]
    assert argv[5:9] == ["--model", "openai/kimi", "--weak-model", "openai/kimi"]
    assert argv[9:] == ["--message", "hi"]
