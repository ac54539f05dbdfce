"""What the client's container gets of the folder: never a home, and never the project's keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.engine.client_container import client_container, require_folder
from gateway.engine.docker import DockerEngine
from gateway.model import GatewayError


def test_a_home_is_refused_by_any_name(tmp_path: Path) -> None:
    home = tmp_path / "homes" / "me"
    home.mkdir(parents=True)
    (tmp_path / "link").symlink_to(home)
    for folder in (home, tmp_path / "link", home.parent, tmp_path, Path("/")):
        with pytest.raises(GatewayError, match="the client gets the current folder"):
            require_folder(folder, home)
    with pytest.raises(GatewayError, match="your home"):
        require_folder(home, tmp_path / "link")


def test_a_folder_in_a_home_is_not_refused(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    require_folder(tmp_path / "work", tmp_path)
    require_folder(tmp_path / "work", None)


def test_the_keys_are_hidden_where_the_project_is_named_by_a_link(tmp_path: Path) -> None:
    work = tmp_path / "work"
    project = work / "gateway"
    (project / "compose").mkdir(parents=True)
    (project / "compose" / "compose.yaml").write_text("name: mine\n")
    (project / ".env").write_text("KEY=x\n")
    (tmp_path / "link").symlink_to(project)
    for root in (project, tmp_path / "link"):
        engine = DockerEngine(root, {})
        made = client_container(engine, root, work, (), ("sh",), has_terminal=False)
        assert f"{os.devnull}:{project / '.env'}:ro" in made.argv
