"""`gateway init`: a project that is sound as it stands, and nothing of anybody's overwritten."""

from __future__ import annotations

import re
from pathlib import Path

from cli.command_line import run_gateway, tree


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
    assert "unchanged  gateway.yaml\n" in ran.err
    assert "unchanged  .env\n" in ran.err
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
