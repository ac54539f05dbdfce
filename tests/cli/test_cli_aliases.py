"""`gateway aliases`: functions that three shells really take, between markers that nobody else's lines cross."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from absence import require_program
from cli.command_line import Ran, run_gateway

from gateway.clients.aliases import aliases_of
from gateway.clients.marked_block import find_block, with_block, without_block
from gateway.model import GatewayError

MODELS = {
    "models.d/kimi.yaml": "provider: nanogpt\nmodel: a\naliases: [kimi-k2.5, qwen/qwen3.5:free]\n",
    "models.d/ls.yaml": "provider: nanogpt\nmodel: b\n",
    "models.d/time.yaml": "provider: nanogpt\nmodel: c\n",
    "models.d/vectors.yaml": "provider: nanogpt\nmodel: d\nmode: embedding\n",
}
CALLED = {
    "kimi": "kimi",
    "kimi-k2.5": "kimi-k2.5",
    "qwen-qwen3.5-free": "qwen/qwen3.5:free",
    "gateway-ls": "ls",
    "gateway-time": "time",
    "glm-5": "glm-5",
}
"""Function -> the model that it runs."""
SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-c"],
    "zsh": ["zsh", "-f", "-c"],
    "fish": ["fish", "--no-config", "-c"],
}
FAKE = '#!/bin/sh\nfor word; do printf "<%s>" "$word"; done; echo\n'
OWN = ("export X=1\nalias kimi=ls\n", "no line break", "", "a\r\nb\r\n")


@pytest.fixture
def shop(write_project: Callable[[Mapping[str, str]], Path]) -> Path:
    return write_project(MODELS)


@pytest.fixture
def fake(tmp_path: Path) -> dict[str, str]:
    """An environment in which `gateway` shows what it was called with."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "gateway").write_text(FAKE)
    (folder / "gateway").chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}


def aliases(root: Path, *args: str | Path, **env: str) -> Ran:
    """As a person has it, `gateway` is on PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program = ("-c", "import sys, gateway.cli.main as m; sys.argv[0] = 'gateway'; m.run()")
    environ = {"PATH": path, "SHELL": "/bin/bash", **env}
    return run_gateway("aliases", *args, cwd=root, env=environ, first=program)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_takes_every_function_and_passes_the_words_on(
    shell: str, shop: Path, fake: dict[str, str], tmp_path: Path
) -> None:
    require_program(shell)
    file = tmp_path / "functions"
    ran = aliases(shop, "--shell", shell, "--write", "--file", file)
    assert ran.code == 0, ran.err
    calls = [f"{name} -p 'two words' '$x' ''" for name in CALLED]
    calls += [f"gateway-{each} --quiet" for each in ("up", "down", "status", "logs", "restart")]
    script = "\n".join([f"source {file}", *calls])
    done = subprocess.run(
        [*SHELLS[shell], script], env=fake, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stderr == ""
    project = f"<--project><{shop}>"
    words = "<--><-p><two words><$x><>"
    expected = [f"<run><{model}>{project}{words}" for model in CALLED.values()]
    expected += [f"<{e}>{project}<--quiet>" for e in ("up", "down", "status", "logs", "restart")]
    assert done.stdout.splitlines() == expected


def test_names_that_a_function_cannot_have_are_said(shop: Path) -> None:
    ran = aliases(shop)
    assert "gateway-ls: `ls` is a program on PATH\n" in ran.err
    assert "gateway-time: `time` is a word of the shell\n" in ran.err
    assert "qwen-qwen3.5-free: no shell takes this name for a function\n" in ran.err
    assert "vectors" not in ran.out


def test_two_models_of_one_name_get_one_function() -> None:
    made, left = aliases_of(["a/b", "a-b", "ok"], ["gateway"], "/p", lambda _: False)
    assert [alias.name for alias in made][:2] == ["a-b", "ok"]
    assert left == ["a-b"]


def test_a_file_is_written_once_and_again_where_it_is_stale(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / ".bashrc"
    file.write_text("export X=1\n")
    env = {"HOME": str(tmp_path)}
    assert aliases(shop, "--check", **env).code == 1
    assert "   update  ~/.bashrc\n" in aliases(shop, "--write", **env).err
    assert aliases(shop, "--check", **env).code == 0
    assert "unchanged  ~/.bashrc\n" in aliases(shop, "--write", **env).err
    file.write_text(f"# first\n{file.read_text()}# last\n")
    (shop / "models.d" / "new.yaml").write_text("provider: nanogpt\nmodel: n\n")
    stale = aliases(shop, "--check", **env)
    assert (stale.code, "are stale" in stale.err) == (1, True)
    assert aliases(shop, "--write", "-n", **env).code == 0
    assert "function new " not in file.read_text()
    assert aliases(shop, "--write", **env).code == 0
    assert "function new " in file.read_text()
    assert aliases(shop, "--undo", **env).code == 0
    assert file.read_text() == "# first\nexport X=1\n# last\n"
    assert aliases(shop, "--undo", **env).code == 2


def test_lines_of_others_between_the_markers_are_a_conflict(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "rc"
    assert aliases(shop, "--write", "--file", file).code == 0
    edited = file.read_text().replace("function kimi ", "echo mine; function kimi ")
    file.write_text(edited)
    for args in (["--write"], ["--undo"]):
        ran = aliases(shop, *args, "--file", file)
        assert ran.code == 1
        assert "the lines between the markers are edited by hand" in ran.err
        assert file.read_text() == edited
    assert aliases(shop, "--write", "--force", "--file", file).code == 0
    other = file.read_text().replace(f"of {shop} (", "of /somewhere/else (")
    file.write_text(other)
    ran = aliases(shop, "--write", "--file", file)
    assert (ran.code, "of another project, /somewhere/else" in ran.err) == (1, True)


@pytest.mark.parametrize(
    "text",
    [
        "# BEGIN gateway aliases of /p (0123456789abcdef)\nx\n",
        "# END gateway aliases\n",
        "# END gateway aliases\n# BEGIN gateway aliases of /p (0123456789abcdef)\n",
        "# BEGIN gateway aliases\nx\n# END gateway aliases\n",
        2 * "# BEGIN gateway aliases of /p (0123456789abcdef)\nx\n# END gateway aliases\n",
    ],
)
def test_broken_markers_are_refused(text: str, shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "rc"
    file.write_text(text)
    for args in (["--write"], ["--write", "--force"], ["--undo"], ["--check"]):
        ran = aliases(shop, *args, "--file", file)
        assert ran.code == 2
        assert "by hand" in ran.err
    assert file.read_text() == text


@pytest.mark.parametrize("own", OWN)
def test_a_block_that_goes_leaves_the_bytes_that_were_there(own: str) -> None:
    text = with_block(own, None, "/p", "one\n")
    block = find_block(text, "rc")
    assert block is not None
    assert not block.is_edited
    text = with_block(text, block, "/p", "two\n")
    found = find_block(text, "rc")
    assert found is not None
    assert (found.body, found.owner) == ("two\n", "/p")
    assert without_block(text, found) == own
    appended = f"{text}more\n"
    found = find_block(appended, "rc")
    assert found is not None
    assert without_block(appended, found).endswith("more\n")


def test_a_marker_that_was_edited_is_refused() -> None:
    text = with_block("", None, "/p", "one\n").replace(" of /p", "")
    with pytest.raises(GatewayError):
        find_block(text, "rc")


def test_an_unknown_shell_is_answered_with_those_that_are_known(shop: Path) -> None:
    ran = aliases(shop, SHELL="/bin/tcsh")
    assert ran.code == 2
    assert "$SHELL is `tcsh`" in ran.err
    assert "--shell bash, --shell zsh, --shell fish" in ran.err


def test_a_path_that_would_leave_the_comment_is_refused() -> None:
    with pytest.raises(GatewayError, match="line break"):
        with_block("", None, "/home/me/a\nrm -r b", "body\n")


def test_an_empty_file_is_still_there_after_the_undo(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / ".bashrc"
    file.write_text("")
    env = {"HOME": str(tmp_path)}
    assert aliases(shop, "--write", **env).code == 0
    assert file.read_text()
    assert aliases(shop, "--undo", **env).code == 0
    assert file.read_bytes() == b""
