"""`.env` is read as Compose reads it, or the line is named that it would read otherwise; never a value."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.command_line import run_gateway

from gateway.env_file import new_master_key, read_environment
from gateway.env_text import read_assignments, value_of
from gateway.model import GatewayError

# Each read by Docker Compose 2.26 to the same value (tests/engine compares a few with the real one).
READ = [
    ("A=x", "x"),
    ("A = x ", "x"),
    ("  export A=x", "x"),
    ("A=", ""),
    ("B=x", ""),
    ("A", ""),
    ("A=x\nA=y", "y"),
    ("A=x # why", "x"),
    ("A=x#y", "x#y"),
    ("A=x y", "x y"),
    ("A=x'y\"z", "x'y\"z"),
    ("A=x\\y", "x\\y"),
    ("A='x $y \"z\" #'", 'x $y "z" #'),
    ("A='x' # why", "x"),
    ("A=\"x 'y' #\"", "x 'y' #"),
    ("A=''", ""),
    ("A=x=y==", "x=y=="),
    ("\ufeffA=x", "x"),
    ("A=x\r\nB=y\r\n", "x"),
    ('B="one\nA=not-this"\nA=x', "x"),
    ("B=$HOME\nA=x", "x"),
    ("my-other.name[0]=y\nA=x", "x"),
]
REFUSED = [
    ("A=x$y", ".env:1: `A` holds a `$`"),
    ('\nA="x$y"', ".env:2: `A` holds a `$` or a backslash in double quotes"),
    ('A="x\\ny"', ".env:1: `A` holds a `$` or a backslash in double quotes"),
    ("A='x\\'y'", ".env:1: `A` holds a quote behind a backslash"),
    ("A=#x", ".env:1: `A` has a `#` that Compose takes for a part of the value"),
    ("A= # x", ".env:1: `A` has a `#`"),
    ("A=x\t# y", ".env:1: `A` "),
    ("A='x\ny'", ".env:1: `A` goes over several lines"),
    ("A=xé", ".env:1: `A` holds a character that no HTTP header can carry"),
    ("A=x\x00y", ".env:1: `A` holds a character that no HTTP header can carry"),
    ("# ok\nA: x", ".env:2: this line is not `NAME=value`"),
    ("A B=x", ".env:1: this line is not `NAME=value`"),
    ("B='x\nA=y", ".env:1: a quote that is opened here is never closed"),
    ("A='x'y", ".env:1: something follows the closing quote"),
]


@pytest.mark.parametrize(("text", "value"), READ)
def test_a_line_that_is_read(text: str, value: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(text.encode())
    assert read_environment(tmp_path, ["A"], {}) == ({"A": value} if value else {})


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_a_line_that_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(GatewayError) as raised:
        value_of("A", read_assignments(text))
    assert raised.value.message.startswith(sentence)
    assert raised.value.hint


def test_this_environment_wins_also_where_it_is_empty(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file\nC=$broken\n")
    process = {"A": "mine", "B": "", "C": "fine"}
    assert read_environment(tmp_path, ["A", "B", "C"], process) == {"A": "mine", "C": "fine"}


def test_a_new_master_key_is_read_as_it_is() -> None:
    key = new_master_key()
    assert value_of("A", read_assignments(f"A={key}")) == key


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"LITELLM_MASTER_KEY=sk-canary$x\n", ".env:1: `LITELLM_MASTER_KEY` holds a `$`"),
        (b"LITELLM_MASTER_KEY='sk-canary\n", ".env:1: a quote that is opened here"),
        (b"LITELLM_MASTER_KEY=sk-canary\xff\n", ".env is not UTF-8 text (line 1)"),
        (None, ".env is a folder, where a file should be"),
    ],
)
def test_a_command_says_the_line_and_never_the_value(
    content: bytes | None, sentence: str, rendered: Path
) -> None:
    (rendered / ".env").unlink()
    if content is None:
        (rendered / ".env").mkdir()
    else:
        (rendered / ".env").write_bytes(content)
    for command in ("up", "status"):
        ran = run_gateway(command, "--engine", "process", cwd=rendered)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"gateway: {sentence}")
        assert "canary" not in ran.err
    assert run_gateway("down", "--engine", "process", cwd=rendered).code == 0
    assert run_gateway("validate", cwd=rendered).code == 0
