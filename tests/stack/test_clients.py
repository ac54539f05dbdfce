"""Every client that can be installed here, led by `gateway env` alone, gets its answer from a real stack."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import node_tools
import pytest
import python_tools
from absence import not_here
from stack import claude_code

_LAB = Path(__file__).with_name("client_lab.py")
_MACHINES = {"x86_64": "x64", "aarch64": "arm64"}
_CODEX_MACHINES = {"x86_64": "x86_64-unknown-linux-musl", "aarch64": "aarch64-unknown-linux-musl"}
_WRITE = ["--write"]
_PRINT = ["--format", "json"]
_ATTRIBUTED = json.dumps({"env": {"CLAUDE_CODE_ATTRIBUTION_HEADER": "1"}})
_NEXT = """
import { createRequire } from "node:module";
const require = createRequire(process.env.MODULES + "/");
require("@next/env").loadEnvConfig(process.cwd(), true);
const OpenAI = require("openai").default;
const answer = await new OpenAI({ maxRetries: 0 }).chat.completions.create({
  model: process.env.OPENAI_MODEL,
  messages: [{ role: "user", content: "hello" }],
});
console.log(answer.choices[0].message.content);
"""
_CONTINUE = """
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import assert from "node:assert";
const require = createRequire(process.env.MODULES + "/");
const { configYamlSchema, parseConfigYaml, validateConfigYaml } = require("@continuedev/config-yaml");
const text = readFileSync(process.env.HOME + "/.continue/assistants/gateway.yaml", "utf8");
assert.deepStrictEqual(validateConfigYaml(parseConfigYaml(text)), []);
const written = require("yaml").parse(text);
assert.deepStrictEqual(configYamlSchema.parse(written), written); // nothing is unknown to it
const { apiBase, apiKey, model } = written.models[0];
const answer = await fetch(apiBase + "/chat/completions", {
  method: "POST",
  headers: { authorization: "Bearer " + apiKey, "content-type": "application/json" },
  body: JSON.stringify({ model, messages: [{ role: "user", content: "hello" }] }),
});
console.log((await answer.json()).choices[0].message.content);
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Client -> what it came to; one gateway for all."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        not_here("the clients are run on Linux on x86-64 and ARM alone")
    folder = tmp_path_factory.mktemp("lab")
    plan = folder / "plan.json"
    plan.write_text(json.dumps(_plan(folder)))
    unshare = shutil.which("unshare")
    assert unshare, "the clients have to be alone: install util-linux"
    own_user = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(
        [unshare, *own_user, "--net", sys.executable, str(_LAB), str(plan), str(folder)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _plan(folder: Path) -> dict[str, Any]:
    modules = node_tools.npm_folder(node_tools.NODE / "clients") / "node_modules"
    machine = _MACHINES[platform.machine()]
    claude = claude_code.installed()
    codex = modules / "@openai" / f"codex-linux-{machine}" / "vendor"
    codex = codex / _CODEX_MACHINES[platform.machine()] / "bin" / "codex"
    opencode = modules / f"opencode-linux-{machine}" / "bin" / "opencode"
    aider = python_tools.python_program("aider", "aider")
    scripts = {"next.mjs": _NEXT, "continue.mjs": _CONTINUE}
    for name, text in scripts.items():
        (folder / name).write_text(text)
    js = {"env": _PRINT, "argv": ["node"], "script": str(modules / "../hello.mjs")}
    python = {"env": _PRINT, "argv": [sys.executable], "script": "hello.py"}
    node = {"env": _WRITE, "environ": {"MODULES": str(modules)}}
    aider_flags = ["--no-git", "--yes-always", "--no-show-model-warnings", "--message", "hello"]
    return {
        "claude": {
            "env": _WRITE,
            "argv": [str(claude), "-p", "hello"],
            "then": [str(claude), "-p", "tell me of cats"],
            "environ": {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": ""},  # asking for the models is
            "keeps": ".claude/cache/gateway-models.json",
        },
        "claude-attributed": {
            "client": "claude",
            "env": _WRITE,
            "argv": [str(claude), "--settings", _ATTRIBUTED, "-p", "hello"],
            "then": [str(claude), "--settings", _ATTRIBUTED, "-p", "tell me of cats"],
        },
        "codex": {"env": _WRITE, "argv": [str(codex), "exec", "--skip-git-repo-check", "hello"]},
        "opencode": {"env": _WRITE, "argv": [str(opencode), "run", "hello"]},
        "aider": {"env": _WRITE, "argv": [str(aider), *aider_flags]},
        "nextjs": {**node, "argv": ["node", str(folder / "next.mjs")]},
        "continue": {**node, "argv": ["node", str(folder / "continue.mjs")]},
        "openai-js": {**js, "script": str(modules.parent / "hello-openai.mjs")},
        "anthropic-js": {**js, "script": str(modules.parent / "hello-anthropic.mjs")},
        "openai-python": python,
        "anthropic-python": python,
        "curl": {"env": _PRINT, "argv": ["bash"], "script": "hello.sh"},
    }


_FILES = {
    "claude": ".claude/settings.json",
    "codex": ".codex/config.toml",
    "opencode": ".config/opencode/opencode.json",
    "aider": ".aider.conf.yml",
    "nextjs": "work/.env.local",
    "continue": ".continue/assistants/gateway.yaml",
}
_LIBRARIES = ("openai-js", "anthropic-js", "openai-python", "anthropic-python", "curl")


@pytest.mark.parametrize("client", [*_FILES, *_LIBRARIES])
def test_the_client_gets_its_answer(client: str, outcomes: dict[str, Any]) -> None:
    found = outcomes[client]
    assert found["code"] == 0, found
    assert "stand-in says" in found["out"] or "cloud says" in found["out"], found
    assert found["asked"], found


@pytest.mark.parametrize(("client", "file"), _FILES.items())
def test_one_file_was_written_and_is_gone_again(
    client: str, file: str, outcomes: dict[str, Any]
) -> None:
    assert outcomes[client]["written"] == [file]
    assert outcomes[client]["left"] == []


def test_claude_codes_prompts_begin_alike_so_that_a_prefix_cache_hits(
    outcomes: dict[str, Any],
) -> None:
    first, second = outcomes["claude"]["asked"]
    assert first == second != ""
    assert "billing" not in first
    first, second = outcomes["claude-attributed"]["asked"]
    assert first != second, "what the variable is for: else the test above could not fail"
    assert "billing" in first


def test_claude_code_finds_the_models_for_its_picker(outcomes: dict[str, Any]) -> None:
    found = json.loads(outcomes["claude"]["kept"])
    names = {model["display_name"] for model in found["models"]}
    assert {"codex", "opencode-2"} <= names
