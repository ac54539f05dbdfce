"""The project's files are read, or a clear sentence says which cannot be, and nothing ever waits."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from gateway.model import GatewayError
from gateway.project import find_project, read_bytes, read_project


@pytest.fixture
def root(write_project) -> Path:
    return write_project({})


def refusal(root: Path) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        read_project(root)
    return caught.value


def test_files_are_read_in_the_order_of_their_names(write_project) -> None:
    files = {
        "models.d/b.yml": "b: 1",
        "models.d/.hidden.yaml": "",
        "models.d/notes.txt": "",
        "models.d/a.yaml": "\ufeffa: é\r\n",
        "models.d/deeper/x.yaml": "",
    }
    project = read_project(write_project(files))
    read = [(f.path, f.text) for f in project.fragments]
    assert read[0] == ("models.d/a.yaml", "a: é\r\n")
    assert [path for path, _ in read] == [
        "models.d/a.yaml",
        "models.d/b.yml",
        "models.d/glm-5.yaml",
    ]
    assert project.settings.path == "gateway.yaml"


def test_the_nearest_project_upwards_is_found(root: Path) -> None:
    assert find_project(root / "models.d") == root
    assert find_project(root) == root


def test_a_broken_link_named_gateway_yaml_is_still_a_project(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").symlink_to("nowhere")
    assert find_project(tmp_path) == tmp_path
    assert refusal(tmp_path).message == "gateway.yaml does not exist"


def test_without_a_project_the_way_on_is_named(tmp_path: Path) -> None:
    with pytest.raises(GatewayError) as caught:
        find_project(tmp_path)
    assert caught.value.message.startswith("no gateway.yaml in ")
    assert "gateway init" in (caught.value.hint or "")


def test_a_project_without_models_has_none(root: Path) -> None:
    (root / "models.d/glm-5.yaml").unlink()
    (root / "models.d").rmdir()
    assert read_project(root).fragments == ()


def test_missing_settings(root: Path) -> None:
    (root / "gateway.yaml").unlink()
    assert refusal(root).message == "gateway.yaml does not exist"


def test_text_that_is_not_utf_8(root: Path) -> None:
    (root / "models.d/a.yaml").write_bytes(b"a: 1\nb: \xff\n")
    error = refusal(root)
    assert error.message == "models.d/a.yaml is not UTF-8 text (line 2)"
    assert error.hint == "save it with the encoding UTF-8"


def test_a_file_of_50_mb(root: Path) -> None:
    with (root / "models.d/a.yaml").open("wb") as file:
        file.truncate(50_000_000)
    assert refusal(root).message.startswith(
        "models.d/a.yaml has 50,000,000 bytes; more than 1,000,"
    )


@pytest.mark.parametrize("size", [0, 1, 999_999, 1_000_000])
def test_files_up_to_the_limit_are_read_whole(root: Path, size: int) -> None:
    (root / "big").write_bytes(b"x" * size)
    assert len(read_bytes(root, "big", 1_000_000)) == size


def test_a_file_whose_size_is_not_known_before_it_is_read(root: Path) -> None:
    (root / "models.d/a.yaml").symlink_to("/proc/self/status")
    assert "Name:" in read_project(root).fragments[0].text


def test_a_symlink_loop(root: Path) -> None:
    (root / "models.d/a.yaml").symlink_to("a.yaml")
    assert refusal(root).message == "models.d/a.yaml is a symbolic link that leads to itself"


def test_a_folder_where_a_file_should_be(root: Path) -> None:
    (root / "models.d/a.yaml").mkdir()
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert refusal(root).message == "models.d/a.yaml is a folder, where a file should be"
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_where_a_folder_should_be(root: Path) -> None:
    (root / "models.d/glm-5.yaml").unlink()
    (root / "models.d").rmdir()
    (root / "models.d").write_text("")
    assert refusal(root).message == "models.d is a file, where a folder should be"


def test_a_named_pipe_is_refused_and_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "models.d/a.yaml")
    assert refusal(root).message == "models.d/a.yaml is not a regular file"


def test_a_socket_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "models.d")  # the whole path may be too long for a socket's name
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("a.yaml")
        assert refusal(root).message.startswith("models.d/a.yaml cannot be read (")


@pytest.mark.parametrize("name", [b"a\nb.yaml", b"\xff.yaml", b"\x1b[31m.yaml"])
def test_a_name_that_would_garble_messages(root: Path, name: bytes) -> None:
    Path(os.fsdecode(bytes(root / "models.d") + b"/" + name)).write_text("")
    error = refusal(root)
    assert error.message.isprintable()
    assert error.message.endswith("in models.d cannot be shown")
