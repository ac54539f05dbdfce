"""What `gateway run` puts against Claude Code's settings files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.clients.claude_code import CLAUDE_CODE
from gateway.clients.claude_settings import overridden, pinned, settings_files
from gateway.clients.client import ClientModel, Connection
from gateway.model import GatewayError

HERE = {"ANTHROPIC_BASE_URL": "http://g", "ANTHROPIC_MODEL": "kimi", "ANTHROPIC_API_KEY": None}
ENV = {"ANTHROPIC_BASE_URL": "http://g", "ANTHROPIC_MODEL": "kimi", "ANTHROPIC_API_KEY": ""}


def split(argv: list[str]) -> tuple[Any, list[str]]:
    assert argv[0] == "--settings"
    return json.loads(argv[1]), argv[2:]


def test_everything_but_the_key_is_on_the_command_line() -> None:
    model = ClientModel("kimi")
    to = Connection("http://g", "sk-k", "K", model, model, {}, None, (model,), 600)
    program, *argv = CLAUDE_CODE.argv(to, ["-p", "hi"], CLAUDE_CODE.environment(to))
    settings, rest = split(argv)
    assert (program, rest) == ("claude", ["-p", "hi"])
    assert settings["apiKeyHelper"] == ""
    told = {name: value or "" for name, value in CLAUDE_CODE.environment(to).items()}
    del told["ANTHROPIC_AUTH_TOKEN"]
    assert settings["env"] == told
    assert "sk-k" not in argv[1]


@pytest.mark.parametrize("form", ["inline", "equals", "file"])
def test_settings_of_ones_own_are_merged_and_lead_nowhere_else(form: str, tmp_path: Path) -> None:
    own = json.dumps({"model": "x", "env": {"MINE": "1", "ANTHROPIC_BASE_URL": "http://evil"}})
    (tmp_path / "ci.json").write_text(own)
    given = {
        "inline": ["--settings", own],
        "equals": [f"--settings={own}"],
        "file": ["--settings", str(tmp_path / "ci.json")],
    }[form]
    settings, rest = split(pinned(HERE, ["--settings", "{}", "-p", *given, "hi"]))
    assert settings == {"model": "x", "apiKeyHelper": "", "env": {"MINE": "1", **ENV}}
    assert rest == ["-p", "hi"]


def test_behind_two_dashes_everything_is_a_prompt() -> None:
    settings, rest = split(pinned(HERE, ["--", "--settings", "{}"]))
    assert settings["env"] == ENV
    assert rest == ["--", "--settings", "{}"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is no JSON that can be read"),
        ("[]", "is not a JSON object"),
        ("{", "is no JSON that can be read"),
        ('{"env": {"MY_TOKEN": "s3cret"}}', "sets `MY_TOKEN`, which everybody on this machine"),
    ],
)
def test_settings_that_cannot_be_merged(content: str | None, message: str, tmp_path: Path) -> None:
    file = tmp_path / "ci.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(GatewayError, match=message) as failure:
        pinned(HERE, ["--settings", str(file)])
    assert "s3cret" not in str(failure.value)


def test_files_that_beat_the_environment_are_found(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "work"
    contents = [
        json.dumps({"env": {"ANTHROPIC_MODEL": "kimi", "OTHER": "1"}}),  # says what we say
        json.dumps({"env": {"ANTHROPIC_BASE_URL": "http://evil", "ANTHROPIC_MODEL": "evil"}}),
        "{ broken",
    ]
    files = settings_files(home, folder)
    for file, content in zip(files, contents, strict=True):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    assert overridden(HERE, files) == [(files[1], ["ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL"])]
