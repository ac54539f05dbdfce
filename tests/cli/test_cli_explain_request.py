"""`explain --request`: who answers a saved request and why, with nothing of its prompt."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli.command_line import Ran, environment, run_gateway, tree
from small_project import MODEL, SETTINGS, model_at

SECTION = """\
claude_code:
  tiers: {opus: kimi}
  routes: {background: kimi, long_context: kimi}
  long_context_threshold: 3000
  rules:
    - {name: team, model: kimi, when: {header: {X-Team: 'docs*'}}}
"""
PROMPT = "the launch code is 0451"
BODY: dict[str, Any] = {
    "model": "claude-sonnet-4-5",
    "system": f"<gateway-model>nobody</gateway-model>{PROMPT}",
    "messages": [{"role": "user", "content": PROMPT}],
}


@pytest.fixture
def routed(write_project) -> Path:
    files = {"models.d/glm-5.yaml": MODEL, "models.d/kimi.yaml": model_at("kimi") + "fallbacks: [glm-5]\n"}  # fmt: skip
    root: Path = write_project({"gateway.yaml": SETTINGS + SECTION, **files})
    return root


def explain(root: Path, body: Any, *options: str, text: str | None = None) -> Ran:
    (root / "request.json").write_text(json.dumps(body) if text is None else text)
    return run_gateway("explain", "--request", "request.json", *options, cwd=root)


def test_every_step_has_its_reason_and_the_chain_follows(routed: Path) -> None:
    before = tree(routed)
    ran = explain(routed, {**BODY, "model": "claude-opus-5-5"})
    (routed / "request.json").unlink()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("request.json: asks for `claude-opus-5-5` on /v1/messages\n")
    assert "> tier:opus" in ran.out
    assert "    subagent      its tag: `nobody` names no model\n" in ran.out
    assert "  - default       glm-5: nothing else applies to" in ran.out
    assert "answered by kimi: tier:opus\nkimi\n" in ran.out
    assert "  1. kimi\n" in ran.out and "  2. glm-5\n" in ran.out
    assert PROMPT not in ran.out
    assert tree(routed) == before


def test_for_programs(routed: Path) -> None:
    ran = explain(routed, BODY, "--header", "x-team: docs-eu", "--format", "json")
    assert ran.code == 0
    data = json.loads(ran.out)
    assert data["format_version"] == "1.0"
    assert (data["route"], data["model"], data["chain"]) == ("rule:team", "kimi", ["kimi", "glm-5"])
    assert data["facts"]["tag"] == "nobody"
    assert [step["route"] for step in data["steps"]][:3] == [
        "rule:team",
        "explicit",
        "long_context",
    ]
    assert PROMPT not in ran.out


def test_what_was_saved_beside_the_body_counts(routed: Path) -> None:
    saved = {"path": "/v1/chat/completions", "headers": {"X-Team": "docs"}, "body": BODY}
    ran = explain(routed, saved, "--format", "json")
    data = json.loads(ran.out)
    assert (data["protocol"], data["route"]) == ("chat", "rule:team")
    other = explain(routed, saved, "--header", "X-Team: ops", "--protocol", "messages")
    assert "on /v1/messages" in other.out
    assert "rule:team     its `header` does not hold" in other.out


def test_near_the_limit_the_count_is_exact(routed: Path) -> None:
    text = " ".join(f"{number} apples" for number in range(1200))
    ran = explain(routed, {"model": "claude-x", "system": text}, "--format", "json")
    tokens = json.loads(ran.out)["facts"]["tokens"]
    assert tokens["at_least"] == tokens["at_most"] > 3000


def test_a_name_that_is_left_alone(routed: Path) -> None:
    ran = explain(routed, {"model": "gpt-9"}, "--protocol", "chat")
    assert ran.code == 0
    assert ran.out.endswith("left as it is: LiteLLM answers 400\n")


def test_standard_input(routed: Path) -> None:
    argv = [sys.executable, "-m", "gateway", "explain", "--request", "-"]
    done = subprocess.run(
        argv, input=json.dumps(BODY), cwd=routed, env=environment(), capture_output=True,
        text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("standard input: asks for `claude-sonnet-4-5`")


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "7"])
def test_what_is_no_request(routed: Path, text: str) -> None:
    ran = explain(routed, None, text=text)
    assert (ran.code, ran.out) == (2, "")
    assert "the request is not a JSON object" in ran.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--request", "nowhere.json"], "nowhere.json cannot be read (no such file or directory)"),
        (["--request", "x", "--header", "no colon"], "a --header is `NAME: VALUE`"),
        ([], "give either NAME or --request FILE"),
        (["kimi", "--request", "x"], "give either NAME or --request FILE"),
        (["kimi", "--format", "json"], "only with --request"),
    ],
)
def test_what_cannot_be_asked(routed: Path, options: list[str], said: str) -> None:
    ran = run_gateway("explain", *options, cwd=routed)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("claude-opus-5-5", "kimi: tier:opus"),
        ("opus", "kimi: tier:opus"),
        ("claude-haiku-4-5", "kimi: background"),
        ("claude-sonnet-4-5[1m]", "glm-5: default"),
        ("nanogpt,kimi", "kimi: explicit"),
    ],
)
def test_a_name_of_claudes_alone(routed: Path, name: str, answer: str) -> None:
    ran = run_gateway("explain", name, cwd=routed)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"`{name}` is no model's own name: the routes decide")
    assert f"\nanswered by {answer}\n" in ran.out
    assert "  rule:team" in ran.out


def test_a_name_of_nobodys_is_no_model(routed: Path) -> None:
    ran = run_gateway("explain", "gpt-5", cwd=routed)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("gateway: `gpt-5` is not a model\n")


@pytest.mark.parametrize(("command", "code"), [("models", 0), ("status", 1)])
def test_the_table_of_models_shows_them(routed: Path, command: str, code: int) -> None:
    ran = run_gateway(command, cwd=routed)
    assert ran.code == code
    assert ran.out.endswith(
        "Claude Code's names and requests, rules first:\n"
        "  tiers   opus → kimi\n"
        "  routes  background → kimi, long_context → kimi\n"
        "  rules   team → kimi\n"
    )
    data = json.loads(run_gateway(command, "--format", "json", cwd=routed).out)
    assert data["claude_code"] == {
        "tiers": {"opus": "kimi"},
        "routes": {"background": "kimi", "long_context": "kimi"},
        "long_context_threshold": 3000,
        "rules": [{"name": "team", "model": "kimi", "when": {"header": {"X-Team": "docs*"}}}],
    }


def test_a_project_without_the_section_shows_nothing_of_it(write_project) -> None:
    ran = run_gateway("models", cwd=write_project({}))
    assert (ran.code, ran.out) == (0, "* glm-5  nanogpt\n")


def test_a_short_request_is_said_in_words_of_its_own(routed: Path) -> None:
    body = {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "abcdef"}]}
    ran = explain(routed, body)
    assert "about 1 token, not over 3000" in ran.out
    assert "  shows image   no\n  all images    0\n" in ran.out
