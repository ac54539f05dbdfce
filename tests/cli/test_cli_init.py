"""`gateway init`: a project that is sound as it stands, and nothing of anybody's overwritten."""

from __future__ import annotations

import contextlib
import re
import socket
from pathlib import Path

import pytest
from cli.command_line import run_gateway, tree

from gateway.yaml_text import read_plain


def _master_key(folder: Path) -> str:
    found = re.search(r"^LITELLM_MASTER_KEY=(.*)$", (folder / ".env").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def test_in_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    ran = run_gateway("init", "a/new", cwd=tmp_path)
    assert (ran.code, ran.out) == (0, "")
    assert "   create  gateway.yaml\n" in ran.err
    assert "cd a/new && gateway up" in ran.err
    folder = tmp_path / "a" / "new"
    assert (folder / "compose" / "compose.yaml").exists()
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    assert ".env" in (folder / ".gitignore").read_text().split()
    assert run_gateway("validate", cwd=folder).code == 0
    assert run_gateway("render", "--check", cwd=folder).code == 0


def test_here_and_the_key_is_strong_and_never_the_same(tmp_path: Path) -> None:
    keys = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        ran = run_gateway("init", cwd=tmp_path / name)
        assert ran.code == 0
        keys.append(_master_key(tmp_path / name))
        assert keys[-1] not in ran.out + ran.err
        for path, (_, content) in tree(tmp_path / name).items():
            assert path == ".env" or keys[-1].encode() not in content
    assert keys[0] != keys[1]
    for key in keys:
        assert re.fullmatch(r"sk-[A-Za-z0-9_-]{40,}", key)  # no `$`: nobody expands it


def test_what_is_there_is_kept_byte_for_byte(tmp_path: Path) -> None:
    mine = {
        "gateway.yaml": "default_model: m\nproviders: {p: {litellm: openai, api_base: 'http://h/v1', "
        "api_keys: []}}\n",
        "models.d/m.yaml": "provider: p\nmodel: x\n",
        ".env": "LITELLM_MASTER_KEY=mine\n",
        ".gitignore": "*.log\n",
        "README.md": "mine\n",
    }
    for path, text in mine.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    before = tree(tmp_path)
    ran = run_gateway("init", cwd=tmp_path)
    assert ran.code == 0
    assert not re.search(r"(gateway\.yaml|\.env)\n", ran.err)
    assert "3 files unchanged\n" in ran.err  # gateway.yaml, .env, .gitignore
    assert "put .env into .gitignore" in ran.err
    after = tree(tmp_path)
    assert {path: after[path] for path in before} == before
    assert sorted(p.name for p in (tmp_path / "models.d").iterdir()) == ["m.yaml"]


def test_twice_changes_nothing(tmp_path: Path) -> None:
    run_gateway("init", cwd=tmp_path)
    before = tree(tmp_path)
    assert run_gateway("init", cwd=tmp_path).code == 0
    assert tree(tmp_path) == before


def test_where_a_file_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run_gateway("init", "file", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("gateway: file cannot be made")


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("my-app", "my-app"),
        ("My App_2", "my-app_2"),
        ("été", "t"),
        ("___", "gateway"),
        ("123", "123"),
    ],
)
def test_two_projects_have_two_names(folder: str, name: str, tmp_path: Path) -> None:
    """Compose would take the one's containers for the other's."""
    assert run_gateway("init", folder, cwd=tmp_path).code == 0
    root = tmp_path / folder
    assert read_plain((root / "gateway.yaml").read_text())["server"] == {"project": name}
    assert read_plain((root / "compose.yaml").read_text())["name"] == name
    rendered = read_plain((root / "compose/compose.yaml").read_text())
    assert rendered["name"] == rendered["networks"]["default"]["name"] == name
    assert run_gateway("validate", cwd=root).code == 0


def test_a_new_compose_yaml_has_the_name_that_an_old_gateway_yaml_gives(tmp_path: Path) -> None:
    assert run_gateway("init", "app", cwd=tmp_path).code == 0
    root = tmp_path / "app"
    settings = root / "gateway.yaml"
    settings.write_text(settings.read_text().replace("project: app", "project: other"))
    (root / "compose.yaml").unlink()
    ran = run_gateway("init", cwd=root)
    assert ran.code == 0
    assert "   create  compose.yaml\n" in ran.err
    assert read_plain((root / "compose.yaml").read_text())["name"] == "other"


def test_a_port_that_is_taken_is_mentioned(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # taken already: as good
            stack.enter_context(socket.create_server(("127.0.0.1", 4000)))
        ran = run_gateway("init", "app", cwd=tmp_path)
    assert ran.code == 0
    assert "port 4000 is taken by another program now" in ran.err
    assert "port:" not in (tmp_path / "app" / "gateway.yaml").read_text()


def test_the_stack_is_one_line(tmp_path: Path) -> None:
    ran = run_gateway("init", "mine", cwd=tmp_path)
    files = [path for path in (tmp_path / "mine" / "compose").rglob("*") if path.is_file()]
    assert f"   create  compose/ ({len(files)} files)\n" in ran.err
    assert "create  compose/compose.yaml" not in ran.err
