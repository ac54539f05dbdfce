"""Each format of `gateway env` is read back by what it is for: shells, readers of `.env` files, parsers."""

from __future__ import annotations

import io
import json
import os
import subprocess
from pathlib import Path

import dotenv
import node_tools
import pytest
from absence import require_program
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.clients.env_formats import as_dotenv, as_fish, as_json, as_posix
from gateway.env_text import read_assignments, value_of
from gateway.model import GatewayError

AWKWARD = [
    "", "plain", "two words", "a'b", 'a"b', "$HOME", "`id`", "back\\slash", "\\'", "#no", "a #b", "!x",
    "a;b|c&d", "*?[a]", "~", "tab\there", "é→🙂", "=x=", "%PATH%", "{a,b}", "-n", "ends\\", "''", "$(id)",
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
)
PRINT = "import os, json; print(json.dumps({n: v for n, v in os.environ.items() if n[:2] == 'V_'}))"


def read_by(shell: list[str], text: str) -> dict[str, str]:
    """What a child of the shell finds, where the shell was given the lines."""
    program = f'exec python3 -c "{PRINT}"'
    done = subprocess.run(
        [*shell, f"{text}\n{program}"],
        env={"PATH": os.environ["PATH"], "V_GONE": "still here", "LANG": "C.UTF-8"},
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert done.stderr == b""
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "shell",
    [["sh", "-c"], ["bash", "--norc", "-c"], ["zsh", "-f", "-c"], ["fish", "--no-config", "-c"]],
    ids=lambda argv: argv[0],
)
def test_a_shell_reads_back_every_value(shell: list[str]) -> None:
    require_program(shell[0])
    as_text = as_fish if shell[0] == "fish" else as_posix

    @settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(VALUES, min_size=20, max_size=20), VALUES)
    def check(values: list[str], key: str) -> None:
        meant = {f"V_{n}": value for n, value in enumerate([*values, *AWKWARD]) if value != key}
        text = as_text({**meant, "V_KEY": key, "V_GONE": None}, key, ())
        assert read_by(shell, text) == {**meant, "V_KEY": key}
        text = as_text({"V_KEY": key, "V_GONE": None}, key, ["printf", "%s", key])
        assert read_by(shell, text) == {"V_KEY": key}

    check()


def test_json_says_null_where_nothing_may_be_set() -> None:
    variables = {"A": 'é "x"', "B": None}
    assert json.loads(as_json(variables)) == variables


@given(VALUES)
def test_every_reader_of_dotenv_files_reads_the_same_or_the_value_is_refused(value: str) -> None:
    try:
        text = as_dotenv({"A": value, "B": None})
    except GatewayError as error:
        assert len(value) < 4 or value not in f"{error.message} {error.hint}"
        return
    assert dotenv.dotenv_values(stream=io.StringIO(text), interpolate=True) == {"A": value}
    if value.isascii():
        assert value_of("A", read_assignments(text)) == value  # as Compose reads it


def test_what_next_and_node_read_is_what_was_meant(tmp_path: Path) -> None:
    """One run for all values: a process for each would take minutes."""
    modules = node_tools.npm_folder(node_tools.NODE / "clients") / "node_modules"
    written, lines = {}, ""
    for index, value in enumerate([*AWKWARD, "sk-" + "aB3_-" * 9, "http://[::1]:4000/v1", "a/b:c"]):
        try:
            lines += as_dotenv({f"V{index}": value})
        except GatewayError:
            continue
        written[f"V{index}"] = value
    (tmp_path / ".env.local").write_text(lines)
    assert len(written) > len(AWKWARD) / 2
    script = """
    import { createRequire } from "node:module";
    import { readFileSync } from "node:fs";
    import { parseEnv } from "node:util";
    const require = createRequire(process.argv[1] + "/");
    const folder = process.argv[2];
    const next = require("@next/env").loadEnvConfig(folder, true, { info() {}, error() {} });
    const text = readFileSync(folder + "/.env.local", "utf8");
    console.log(JSON.stringify([next.parsedEnv ?? next.combinedEnv, parseEnv(text)]));
    """
    for found in json.loads(node_tools.run_node(script, modules, tmp_path)):
        assert {name: found.get(name) for name in written} == written


def test_a_reference_is_left_to_be_expanded() -> None:
    text = as_dotenv({"A": "${LITELLM_MASTER_KEY}"}, "${LITELLM_MASTER_KEY}")
    assert text == "A=${LITELLM_MASTER_KEY}\n"
