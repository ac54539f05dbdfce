"""`gateway keys list`, `set`, `rotate` and `export`: names out, values into `.env`, never shown unasked."""

from __future__ import annotations

import json
import os
import pty
import select
import shlex
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from cli.command_line import Ran, environment, run_gateway
from small_project import SETTINGS

from gateway.env_file import read_environment

SECRET = "sk-canary-0123456789abcdef$'"
FINE = "sk-canary-0123456789$abcdef"
SEVERAL = (
    SETTINGS.replace("[NANOGPT_API_KEY]", "[NANOGPT_API_KEY, SECOND_KEY]")
    + """\
  far:
    litellm: openai
    api_base: os.environ/FAR_ADDRESS
    api_keys: [FAR_API_KEY]
    headers: {X-Title: os.environ/FAR_TITLE}
server: {variables: [AWS_REGION]}
"""
)


def keys(
    cwd: Path, *args: str, typed: str | bytes = "", env: Mapping[str, str] | None = None
) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "keys", *args],
        cwd=cwd,
        env=environment(env),
        input=typed if isinstance(typed, bytes) else typed.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def several(rendered: Path) -> Path:
    (rendered / "gateway.yaml").write_text(SEVERAL)
    (rendered / "models.d" / "far.yaml").write_text("provider: far\nmodel: m\n")
    return rendered


def test_list_says_where_each_comes_from_and_what_is_odd(several: Path) -> None:
    (several / ".env").write_text(
        "LITELLM_MASTER_KEY=short\n"
        f"NANOGPT_API_KEY='{FINE}'\nSECOND_KEY='{FINE}' # the same\n"
        "FAR_API_KEY=in-the-file-0123456789\nFAR_ADDRESS=$broken\nAWS_REGION=\n"
    )
    (several / ".env").chmod(0o644)
    ran = keys(several, "list", env={"FAR_API_KEY": "in-the-shell-0123456789"})
    assert ran.code == 0
    assert ran.out == (
        "variable            source       length  used by\n"
        "LITELLM_MASTER_KEY  .env:1       5       what clients show\n"
        "  = note: only 5 characters: cut off, or easy to guess\n"
        "AWS_REGION          missing              passed to the proxy (`server.variables`)\n"
        "FAR_ADDRESS         .env:5       7       far: far (address)\n"
        "  = note: its value holds a `$`, which Compose expands: put the value into single quotes\n"
        "FAR_API_KEY         environment  23      far: far\n"
        "  = note: set in this environment, which wins: its value in .env:4 has no effect\n"
        "FAR_TITLE           missing              far: far (header X-Title)\n"
        "NANOGPT_API_KEY     .env:2       27      nanogpt: glm-5\n"
        "  = note: the same value as SECOND_KEY\n"
        "SECOND_KEY          .env:3       27      nanogpt: glm-5\n"
        "  = note: the same value as NANOGPT_API_KEY\n"
    )
    assert ran.err == ".env may be read by others (mode 0644): chmod 600 .env\n"
    (several / ".gitignore").unlink()
    assert "put .env into .gitignore: it holds the keys\n" in keys(several, "list").err


def test_list_as_json_has_the_same(several: Path) -> None:
    ran = keys(several, "list", "--format", "json", env={"FAR_TITLE": "", "SECOND_KEY": "x"})
    document = json.loads(ran.out)
    assert document["format_version"] == "1.0"
    found = {each["name"]: each for each in document["variables"]}
    assert next(iter(found)) == "LITELLM_MASTER_KEY", "first"
    assert found["SECOND_KEY"] == {
        "name": "SECOND_KEY",
        "source": "environment",
        "line": None,
        "length": 1,
        "last_used": None,
        "purposes": ["key"],
        "providers": ["nanogpt"],
        "models": ["glm-5"],
        "same_as": [],
        "notes": ["only 1 character: cut off, or easy to guess"],
    }
    assert (found["FAR_TITLE"]["source"], found["FAR_TITLE"]["length"]) == ("missing", None)


@pytest.mark.parametrize(
    "value", ["your-api-key-here", "<paste it here>", "sk-xxxxxxxxxxxxxxx", "sk-…"]
)
def test_list_knows_what_examples_say(value: str, several: Path) -> None:
    ran = keys(several, "list", env={"FAR_API_KEY": value, "FAR_TITLE": "your own gateway"})
    assert ran.out.count("  = note: reads like an example, not like a key\n") == 1


def test_without_an_env_file_everything_is_missing(several: Path) -> None:
    (several / ".env").unlink()
    ran = keys(several, "list")
    assert (ran.code, ran.out.count("missing")) == (0, 7)
    assert ran.err == "there is no .env: `gateway render` makes one\n"


def test_set_keeps_every_other_byte_and_says_what_is_next(several: Path) -> None:
    before = (
        b"\xef\xbb\xbf# mine\r\nLITELLM_MASTER_KEY=k # why\r\n\r\nSECOND_KEY = 'old'   # two\r\nX=1"
    )
    (several / ".env").write_bytes(before)
    (several / ".env").chmod(0o664)
    ran = keys(several, "set", "SECOND_KEY", typed=f"  {FINE}\r\n")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines()[0] == "   update  .env (SECOND_KEY, 27 characters)"
    assert "`gateway up` hands it to the proxy" in ran.err
    assert (several / ".env").read_bytes() == before.replace(b"'old'", f"'{FINE}'".encode())
    assert stat.S_IMODE((several / ".env").stat().st_mode) == 0o600
    assert keys(several, "set", "SECOND_KEY", typed=FINE).err.startswith("unchanged  .env")


def test_set_makes_the_env_file_where_there_is_none(several: Path) -> None:
    (several / ".env").unlink()
    ran = keys(several, "set", "FAR_API_KEY", typed=FINE)
    assert ran.code == 0
    assert read_environment(several, ["FAR_API_KEY"], {}) == {"FAR_API_KEY": FINE}
    assert len(read_environment(several, ["LITELLM_MASTER_KEY"], {})["LITELLM_MASTER_KEY"]) == 46
    assert stat.S_IMODE((several / ".env").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("args", "typed", "sentence"),
    [
        (["FAR_API_KEX"], FINE, "nothing in this project names the variable `FAR_API_KEX`"),
        (["FAR_API_KEY"], "", "no value for `FAR_API_KEY` came: nothing was written"),
        (["FAR_API_KEY"], " \n", "no value for `FAR_API_KEY` came"),
        (["FAR_API_KEY"], f"{FINE}\n{FINE}", "the value has several lines"),
        (["FAR_API_KEY"], f"{FINE}\x1b[A", "the value holds a character that no HTTP header"),
        (["FAR_API_KEY"], f"{FINE}\u00e9", "the value holds a character that no HTTP header"),
        (["FAR_API_KEY"], b"canary\xff", "the value holds a character that no HTTP header"),
        (["FAR_API_KEY"], b"canary" * 20_000, "the standard input is too long to be a key"),
        (["FAR_API_KEY"], f"FAR_API_KEY={FINE}", "this is a whole line, not a value"),
        (["FAR_API_KEY"], f"export ANY={FINE}", "this is a whole line, not a value"),
        (["FAR_API_KEY"], f"OTHER_NAME = {FINE}", "this is a whole line, not a value"),
        (["FAR_API_KEY"], f'"{FINE}"', "the value stands in quotes"),
        (["FAR_API_KEY"], f"Bearer {FINE}", "this is a whole header, not a key"),
        (["FAR_API_KEY"], "missing-canary", "a value that begins with `missing-`"),
        (["FAR_API_KEY"], SECRET, "no line of .env can hold this value"),
        (["FAR_API_KEY", FINE], "", "something follows the name"),
        (["FAR_API_KEY", f"--{FINE}"], "", "an option is not known, or something follows"),
        ([f"FAR_API_KEY={FINE}"], "", "this is no name of a variable"),
        (["canary0123456789abcdef0123456789"], "", "this is no name of a variable"),
    ],
)
def test_set_refuses_and_never_repeats_it(
    args: list[str], typed: str | bytes, sentence: str, several: Path
) -> None:
    before = (several / ".env").read_bytes()
    ran = keys(several, "set", *args, typed=typed)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"gateway: {sentence}")
    assert "canary" not in ran.err
    assert (several / ".env").read_bytes() == before


@pytest.mark.parametrize("value", ["YWJjZGVmZ2hpamtsbW5vcA==", "Endpoint=sb://x/;Key=abc", "a=b"])
def test_set_takes_keys_with_an_equals_sign(value: str, several: Path) -> None:
    assert keys(several, "set", "FAR_API_KEY", typed=value).code == 0
    assert read_environment(several, ["FAR_API_KEY"], {}) == {"FAR_API_KEY": value}


def test_set_offers_the_name_that_was_meant_and_force_takes_any(several: Path) -> None:
    ran = keys(several, "set", "FAR_API_KEX", typed=FINE)
    assert "  = hint: did you mean `FAR_API_KEY`? --force sets it all the same" in ran.err
    assert keys(several, "set", "FAR_API_KEX", "--force", typed=FINE).code == 0
    assert read_environment(several, ["FAR_API_KEX"], {}) == {"FAR_API_KEX": FINE}


def test_set_warns_where_the_environment_wins(several: Path) -> None:
    ran = keys(several, "set", "FAR_API_KEY", typed=FINE, env={"FAR_API_KEY": ""})
    assert ran.code == 0
    assert (
        "FAR_API_KEY is set in this environment, too (empty); that wins over .env: unset it"
        in ran.err
    )


def test_set_says_that_a_name_stands_twice(several: Path) -> None:
    (several / ".env").write_text("FAR_API_KEY=one\nFAR_API_KEY=two\n")
    ran = keys(several, "set", "FAR_API_KEY", typed="three")
    assert ".env says FAR_API_KEY 2 times: the last one counts, and was set" in ran.err
    assert (several / ".env").read_text() == "FAR_API_KEY=one\nFAR_API_KEY=three\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("FAR_API_KEY", "FAR_API_KEY has only 1 character: `gateway keys check` says"),
        ("LITELLM_MASTER_KEY", "has only 1 character: `gateway keys rotate master` makes a long"),
        ("AWS_REGION", None),
    ],
)
def test_set_says_that_a_key_is_short(name: str, said: str | None, several: Path) -> None:
    ran = keys(several, "set", name, typed="x")
    assert ran.code == 0
    assert f"update  .env ({name}, 1 character)" in ran.err
    assert (said in ran.err) if said else ("has only" not in ran.err)


def test_rotate_makes_no_key_of_a_provider(several: Path) -> None:
    for whose in ("FAR_API_KEY", "far"):
        ran = keys(several, "rotate", whose)
        assert ran.code == 2
        assert "there is no app of this name" in ran.err
        assert "a provider's key is made at the provider: `gateway keys set`" in ran.err


def test_a_dry_run_writes_nothing(several: Path) -> None:
    before = (several / ".env").read_bytes()
    for args in (["set", "FAR_API_KEY", "-n"], ["rotate", "master", "--dry-run"]):
        ran = keys(several, *args, typed=FINE)
        assert ran.code == 0
        assert ran.err.startswith("   update  .env (")
    assert (several / ".env").read_bytes() == before
    assert keys(several, "set", "FAR_API_KEY", "-n", typed=SECRET).code == 2


@pytest.mark.parametrize("link", ["link", "mistake"])
def test_set_leaves_what_is_not_the_projects_own(
    link: str, several: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    far = tmp_path_factory.mktemp("elsewhere") / "env"
    if link == "link":
        (several / ".env").rename(far)
        (several / ".env").symlink_to(far)
        sentence = "gateway: .env is a symbolic link that leads out of the project"
    else:
        far.write_text("FAR_API_KEY='canary\n")
        (several / ".env").write_text(far.read_text())
        sentence = "gateway: .env:1: a quote that is opened here is never closed"
    before = far.read_bytes()
    ran = keys(several, "set", "FAR_API_KEY", typed=FINE)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert "canary" not in ran.err
    assert far.read_bytes() == before


def test_typed_on_a_terminal_it_is_not_shown(several: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "keys", "set", "FAR_API_KEY"],
        cwd=several,
        env=environment(),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    shown = _read_until(master, "(is not shown): ")
    os.write(master, f"{FINE}\n".encode())
    shown += _read_until(master, "one that runs")
    assert process.wait(timeout=30) == 0
    os.close(master)
    assert "canary" not in shown
    assert read_environment(several, ["FAR_API_KEY"], {}) == {"FAR_API_KEY": FINE}


def _read_until(master: int, sentence: str) -> str:
    shown, until = "", time.monotonic() + 30
    while sentence not in shown:
        assert time.monotonic() < until, shown
        if select.select([master], [], [], 0.1)[0]:
            shown += os.read(master, 65536).decode()
    return shown


def test_rotate_puts_a_new_master_key_in_place(several: Path) -> None:
    old = read_environment(several, ["LITELLM_MASTER_KEY"], {})["LITELLM_MASTER_KEY"]
    text = (several / ".env").read_text()
    ran = keys(several, "rotate", "master")
    assert (ran.code, ran.out) == (0, "")
    new = read_environment(several, ["LITELLM_MASTER_KEY"], {})["LITELLM_MASTER_KEY"]
    assert (len(new), new == old) == (46, False)
    assert (several / ".env").read_text() == text.replace(old, new)
    assert "what runs keeps the old key until `gateway up`" in ran.err
    assert old not in ran.err and new not in ran.err


VALUES = {
    "AWS_REGION": "",
    "FAR_ADDRESS": "http://127.0.0.1:9/v1",
    "FAR_API_KEY": "a b'c",
    "FAR_TITLE": "missing-FAR_TITLE",
    "LITELLM_MASTER_KEY": "sk-canary-$x",
    "NANOGPT_API_KEY": 'quote"d\\e',
    "SECOND_KEY": "missing-SECOND_KEY",
}


@pytest.fixture
def valued(several: Path) -> Path:
    (several / ".env").write_text(
        "LITELLM_MASTER_KEY='sk-canary-$x'\nNANOGPT_API_KEY='quote\"d\\e'\nUNUSED=not-ours\n"
        f"FAR_API_KEY=a b'c\nFAR_ADDRESS={VALUES['FAR_ADDRESS']}\n"
    )
    return several


def test_export_as_a_shell_reads_it(valued: Path) -> None:
    ran = keys(valued, "export", "--format", "shell")
    script = f"{ran.out}\nenv -0"
    out = subprocess.run(
        ["sh", "-c", script], env={"PATH": os.environ["PATH"]}, capture_output=True, check=True
    )
    got = dict(pair.split("=", 1) for pair in out.stdout.decode().split("\0") if pair)
    assert {name: got.get(name) for name in VALUES} == VALUES
    assert "UNUSED" not in got
    assert shlex.split(ran.out)


def test_export_as_json_and_as_a_secret(valued: Path) -> None:
    assert json.loads(keys(valued, "export", "--format", "json").out) == VALUES
    secret = json.loads(keys(valued, "export", "--format", "k8s-secret").out)
    assert secret["stringData"] == VALUES
    assert (secret["kind"], secret["metadata"]["name"]) == ("Secret", "gateway")


def test_export_for_docker_is_one_line_each_as_it_stands(valued: Path) -> None:
    lines = keys(valued, "export", "--format", "docker").out.splitlines()
    assert dict(line.split("=", 1) for line in lines) == VALUES


def test_an_export_is_an_env_file_in_which_the_same_is_missing(valued: Path) -> None:
    ran = keys(valued, "export")
    set_ = {name: value for name, value in VALUES.items() if value and "missing-" not in value}
    (valued / ".env").write_text(ran.out)
    assert read_environment(valued, VALUES, {}) == set_
    assert read_environment(valued, VALUES, VALUES) == set_
    assert ran.err == (
        "these are the keys in clear text: keep them out of files that others read\n"
        "not set, and written as what no provider takes for a key: "
        "FAR_TITLE, SECOND_KEY\n"
    )


def test_export_refuses_a_terminal_unless_told(valued: Path) -> None:
    for more, is_shown in (((), False), (("--show",), True)):
        master, slave = pty.openpty()
        argv = [sys.executable, "-m", "gateway", "keys", "export", *more]
        ran = subprocess.run(
            argv, cwd=valued, env=environment(), stdout=slave, stderr=subprocess.PIPE, check=False
        )
        os.close(slave)
        shown = os.read(master, 65536) if is_shown else b""
        os.close(master)
        assert (ran.returncode, b"canary" in shown) == ((0, True) if is_shown else (2, False))
        assert b"canary" not in ran.stderr


@pytest.mark.parametrize(
    "args", [["list"], ["check"], ["set", "X"], ["rotate", "master"], ["export"]]
)
def test_a_project_with_mistakes_is_1_and_without_one_2(
    args: list[str], rendered: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ran = keys(tmp_path_factory.mktemp("empty"), *args)
    assert (ran.code, ran.out) == (2, "")
    assert "no gateway.yaml in" in ran.err
    before = (rendered / ".env").read_bytes()
    (rendered / "gateway.yaml").write_text(SETTINGS + "oops: 1\n")
    ran = keys(rendered, *args)
    assert (ran.code, ran.out) == (1, "")
    assert "error[GW103]: unknown key `oops`" in ran.err
    assert (rendered / ".env").read_bytes() == before


def test_no_command_is_the_help(project: Path) -> None:
    ran = run_gateway("keys", cwd=project)
    assert ran.code == 2
    assert "rotate" in ran.out + ran.err
