"""`gateway env` as people run it: what it prints and says, what it writes, and what a kill leaves."""

from __future__ import annotations

import json
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.command_line import run_gateway, tree
from killed import Killer

from gateway.cli.env_text import Asked, env_text
from gateway.cli.options import Colour

EMBEDDING = {"models.d/vectors.yaml": "provider: nanogpt\nmodel: v\nmode: embedding\n"}
SETTINGS = '{\n  // mine\n  "model": "opus",\n  "env": {"FOO": "bar"}\n}\n'
KEY = re.compile(r"sk-[\w-]{40,}")
FORMATS = ("shell", "fish", "dotenv", "json", "settings")
FILED = ("claude", "codex", "opencode", "aider", "continue", "nextjs")
UNFILED = ("cursor", "openai-python", "openai-js", "anthropic-python", "anthropic-js", "curl")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def of(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "SHELL": "/bin/bash", **more}


def test_for_a_shell_the_key_is_a_command(rendered: Path, home: Path) -> None:
    ran = run_gateway("env", "claude", cwd=rendered, env=of(home))
    assert ran.code == 0
    assert "export ANTHROPIC_BASE_URL=http://127.0.0.1:4000\n" in ran.out
    assert "unset ANTHROPIC_API_KEY\n" in ran.out
    assert not KEY.search(ran.out + ran.err)
    said = "Claude Code gets the master key (LITELLM_MASTER_KEY): it may use every model\n"
    assert ran.err == said
    shown = run_gateway("env", "claude", "--with-key", cwd=rendered, env=of(home))
    assert KEY.search(shown.out)
    key = run_gateway("env", "claude", "--format", "key", cwd=rendered, env=of(home))
    assert key.out.strip() == KEY.search(shown.out)[0]  # type: ignore[index]
    assert key.err == ""


def test_a_settings_file_that_beats_the_shell_is_said(rendered: Path, home: Path) -> None:
    """A cloned repository may bring one: the client would send the key there."""
    file = rendered / ".claude" / "settings.local.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:7802"}}))
    said = f"warning: {file} sets ANTHROPIC_BASE_URL, and beats these variables\n"
    for format in ("shell", "fish"):
        ran = run_gateway("env", "claude", "--format", format, cwd=rendered, env=of(home))
        assert said in ran.err
    assert "warning" not in run_gateway("env", "codex", cwd=rendered, env=of(home)).err
    assert run_gateway("env", "claude", "--write", cwd=rendered, env=of(home)).code == 0
    file.unlink()
    assert "warning" not in run_gateway("env", "claude", cwd=rendered, env=of(home)).err


def test_the_shell_of_the_user_is_the_default(rendered: Path, home: Path) -> None:
    fish = run_gateway("env", "codex", cwd=rendered, env=of(home, SHELL="/usr/bin/fish"))
    assert fish.out.startswith("set -gx GATEWAY_API_KEY (")


@pytest.mark.parametrize("client", [*FILED, *UNFILED])
def test_no_key_means_no_key(
    client: str, rendered: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in of(home).items():
        monkeypatch.setenv(name, value)
    without_variables = client in ("continue", "cursor")
    for format in ("settings",) if without_variables else FORMATS:
        asked = Asked(rendered, client, None, format, with_key=False, colour=Colour.NEVER)
        assert not KEY.search(env_text(asked))


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ("cluade",),
            "`cluade` is not a client that gateway knows\n  = hint: did you mean `claude`?",
        ),
        (
            ("claude", "glm5"),
            "`glm5` is not a model\n  = hint: did you mean `glm-5`? there are: glm-5",
        ),
        (("codex", "vectors"), "`vectors` is not a chat model (its mode is embedding)"),
        (("curl", "--write"), "curl has no settings file to write to\n  = hint: `gateway env curl"),
        (("claude", "--undo"), "this project wrote nothing into ~/.claude/settings.json"),
    ],
)
def test_a_mistake_gets_a_sentence_and_a_remedy(
    args: tuple[str, ...], said: str, write_project: Callable[..., Path], home: Path
) -> None:
    root = write_project(EMBEDDING)
    assert run_gateway("render", "-q", cwd=root).code == 0
    ran = run_gateway("env", *args, cwd=root, env=of(home))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_an_embedding_model_is_fine_where_nobody_chats(
    write_project: Callable[..., Path], home: Path
) -> None:
    root = write_project(EMBEDDING)
    assert run_gateway("render", "-q", cwd=root).code == 0
    ran = run_gateway("env", "curl", "vectors", "--format", "settings", cwd=root, env=of(home))
    assert '"model": "vectors", "input"' in ran.out


def test_without_a_key_it_says_how_to_make_one(project: Path, home: Path) -> None:
    ran = run_gateway("env", "claude", cwd=project, env=of(home))
    assert ran.code == 2
    assert "LITELLM_MASTER_KEY is not set\n  = hint: run `gateway keys rotate master`" in ran.err


def test_a_proxy_of_the_environment_is_kept_out_of_the_way(rendered: Path, home: Path) -> None:
    more = {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "example.com"}
    ran = run_gateway("env", "claude", "--format", "json", cwd=rendered, env=of(home, **more))
    told = json.loads(ran.out)
    assert told["NO_PROXY"] == "example.com,127.0.0.1"
    assert told["no_proxy"] == "example.com,127.0.0.1"
    ran = run_gateway("env", "claude", "--format", "json", cwd=rendered, env=of(home))
    assert "NO_PROXY" not in json.loads(ran.out)


def test_write_says_a_verb_and_undo_brings_the_bytes_back(rendered: Path, home: Path) -> None:
    file = home / ".claude" / "settings.json"
    file.parent.mkdir()
    file.write_text(SETTINGS)
    env = of(home)
    dry = run_gateway("env", "claude", "--write", "-n", cwd=rendered, env=env)
    assert dry.err.splitlines()[-1] == "   update  ~/.claude/settings.json"
    assert file.read_text() == SETTINGS
    first = run_gateway("env", "claude", "--write", cwd=rendered, env=env)
    assert (first.code, first.out) == (0, "")
    assert first.err.splitlines()[-1] == "   update  ~/.claude/settings.json"
    assert not KEY.search(file.read_text())
    again = run_gateway("env", "claude", "--write", cwd=rendered, env=env)
    assert again.err.splitlines()[-1] == "unchanged  ~/.claude/settings.json"
    undone = run_gateway("env", "claude", "--undo", cwd=rendered, env=env)
    assert undone.err == "   update  ~/.claude/settings.json\n"
    assert file.read_text() == SETTINGS


def test_a_value_of_the_users_is_named_and_kept_without_force(rendered: Path, home: Path) -> None:
    file = home / ".claude" / "settings.json"
    file.parent.mkdir()
    mine = '{"env": {"ANTHROPIC_BASE_URL": "https://mine", "CLAUDE_CODE_USE_BEDROCK": "1"}}\n'
    file.write_text(mine)
    ran = run_gateway("env", "claude", "--write", cwd=rendered, env=of(home))
    assert ran.code == 1
    assert (
        " conflict  ~/.claude/settings.json: `env.ANTHROPIC_BASE_URL` has another value" in ran.err
    )
    assert "`env.CLAUDE_CODE_USE_BEDROCK` must not be set" in ran.err
    assert "https://mine" not in ran.err
    assert file.read_text() == mine
    forced = run_gateway("env", "claude", "--write", "--force", cwd=rendered, env=of(home))
    assert forced.err.splitlines()[-1] == "overwrite  ~/.claude/settings.json"
    assert "CLAUDE_CODE_USE_BEDROCK" not in file.read_text()
    assert run_gateway("env", "claude", "--undo", cwd=rendered, env=of(home)).code == 0
    assert file.read_text() == mine


@pytest.mark.parametrize("client", FILED)
def test_every_file_is_written_and_undone(client: str, rendered: Path, home: Path) -> None:
    before = tree(home)
    ran = run_gateway("env", client, "--write", cwd=rendered, env=of(home))
    assert ran.code == 0, ran.err
    outside = (home if client != "nextjs" else rendered).rglob("*")
    holding = [p for p in outside if p.is_file() and KEY.search(p.read_text()) and p.name != ".env"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in holding)
    assert ("holds the key" in ran.err) == bool([p for p in holding if ".gateway" not in p.parts])
    assert run_gateway("env", client, "--undo", cwd=rendered, env=of(home)).code == 0
    assert tree(home) == before


def test_another_folder_of_the_clients_is_found_and_a_link_stays_one(
    rendered: Path, home: Path
) -> None:
    real = home / "dotfiles" / "settings.json"
    real.parent.mkdir()
    real.write_text("{}\n")
    (home / "own").mkdir()
    (home / "own" / "settings.json").symlink_to(real)
    env = of(home, CLAUDE_CONFIG_DIR=str(home / "own"))
    assert run_gateway("env", "claude", "--write", cwd=rendered, env=env).code == 0
    assert (home / "own" / "settings.json").is_symlink()
    assert "ANTHROPIC_BASE_URL" in real.read_text()
    ran = run_gateway("env", "aider", "--write", "--file", "x.yml", cwd=rendered, env=env)
    assert ran.code == 0
    assert "openai-api-base: " in (rendered / "x.yml").read_text()


@pytest.mark.parametrize(
    ("client", "variable"),
    [
        ("opencode", "GATEWAY_API_KEY"),
        ("aider", "AIDER_OPENAI_API_KEY"),
        ("continue", "GATEWAY_API_KEY"),
        ("nextjs", "OPENAI_API_KEY"),
    ],
)
def test_a_file_without_the_key_is_said_to_need_it(
    client: str, variable: str, rendered: Path, home: Path
) -> None:
    ran = run_gateway("env", client, "--write", "--no-key", cwd=rendered, env=of(home))
    assert ran.code == 0
    assert f"takes it from {variable}, which is yours to set\n" in ran.err


PRELOAD = ["gateway.cli.main", "gateway.cli.env_write", "jsonschema", "jsonschema_rs", "tomlkit"]


def copied(project: Path, folder: Path) -> Path:
    """What the command reads, and a file of the client's."""
    shutil.copytree(project / "models.d", folder / "models.d")
    for name in ("gateway.yaml", ".env"):
        shutil.copy(project / name, folder)
    (folder / "settings.json").write_text(SETTINGS)
    return folder


def test_a_kill_leaves_the_old_file_or_the_new_and_the_undo_knows_the_way_back(
    rendered: Path, tmp_path: Path
) -> None:
    def make(at: int) -> Path:
        return copied(rendered, tmp_path / f"step-{at}")

    args = ["env", "claude", "--write", "--file", "settings.json"]
    undo = ["env", "claude", "--undo", "--file", "settings.json"]
    with Killer(args, PRELOAD) as killer, Killer(undo, PRELOAD) as back:
        seen = set()
        for at, folder, was_killed in killer.every_step(make):
            text = (folder / "settings.json").read_text()
            assert text == SETTINGS or '"apiKeyHelper": ' in text, at
            state = (text == SETTINGS, (folder / ".gateway" / "clients").is_dir())
            if was_killed and state not in seen:
                assert killer.run(folder) == 0, at
                assert '"apiKeyHelper": ' in (folder / "settings.json").read_text()
            if state not in seen or not was_killed:
                assert back.run(folder) == 0, at
                assert (folder / "settings.json").read_text() == SETTINGS, at
            seen.add(state)
            shutil.rmtree(folder)
        assert len(seen) >= 3


def test_a_kill_while_it_is_undone_is_undone_by_the_next(rendered: Path, tmp_path: Path) -> None:
    write = ["env", "claude", "--write", "--file", "settings.json"]
    undo = ["env", "claude", "--undo", "--file", "settings.json"]
    with Killer(write, PRELOAD) as writer, Killer(undo, PRELOAD) as killer:

        def make(at: int) -> Path:
            folder = copied(rendered, tmp_path / f"step-{at}")
            assert writer.run(folder) == 0
            return folder

        for at, folder, was_killed in killer.every_step(make):
            if was_killed and list((folder / ".gateway" / "clients").glob("*.json")):
                assert killer.run(folder) == 0, at
            assert (folder / "settings.json").read_text() == SETTINGS, at
            shutil.rmtree(folder)
