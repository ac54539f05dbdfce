"""What real shells offer behind TAB, and that nothing in a project's files can disturb them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from absence import require_program
from cli.command_line import environment
from cli.terminal import Terminal
from small_project import SETTINGS

BIN = Path(sys.executable).parent
FILES = {
    "gateway.yaml": SETTINGS + "apps:\n  shop: {key: SHOP_KEY, models: [glm-5]}\n",
    "models.d/glm-5.yaml": 'provider: nanogpt\nmodel: g\ndescription: "5\'s `best` $(x): (a)"\n',
    "models.d/kimi-k2.5.yaml": "provider: nanogpt\nmodel: k\naliases: [Kimi]\n",
    "models.d/free.yaml": "name: qwen/qwen3.5:free\nprovider: nanogpt\nmodel: q\n",
    "models.d/off.yaml": "provider: nanogpt\nmodel: q\nenabled: false\n",
}
MODELS = {"glm-5", "kimi-k2.5", "Kimi", "qwen/qwen3.5:free"}


@pytest.fixture
def shop(write_project: Callable[[Mapping[str, str]], Path]) -> Path:
    """A project with several models, one with a `:` in its name."""
    return write_project(FILES)


def shell_environment() -> dict[str, str]:
    env = environment({"TERM": "xterm", "PS1": "ready>"})
    return {**env, "PATH": f"{BIN}{os.pathsep}{env['PATH']}"}


def script_of(shell: str, folder: Path) -> Path:
    """The script that `gateway --show-completion` prints in that shell."""
    done = subprocess.run(
        ["gateway"],
        env={**shell_environment(), "_GATEWAY_COMPLETE": f"source_{shell}"},
        cwd=folder,
        capture_output=True,
        timeout=30,
        check=True,
    )
    path = folder.parent / f"completion.{shell}"
    path.write_bytes(done.stdout)
    return path


def offered_by_bash(words: Sequence[str], cwd: Path) -> list[str]:
    """What bash's own function puts into COMPREPLY, the cursor behind the last word."""
    script = script_of("bash", cwd)
    program = (
        f'source {script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        '_gateway_completion gateway; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", program, "bash", *words],
        cwd=cwd,
        env=shell_environment(),
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout.decode().split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["explain", ""], [*sorted(MODELS), "nanogpt", "shop"]),
        (["explain", "sh"], ["shop"]),
        (["explain", "GW10"], [f"GW10{n}" for n in range(2, 10)]),
        (["explain", "gw301"], ["gw301"]),
        (["new", "x", "--provider", ""], ["nanogpt"]),
        (["new", "x", "--provider", "=", "n"], ["nanogpt"]),
        (["new", "x", "--fallback", ""], sorted(MODELS)),
        (["new", "x", "--fallback", "glm-5", "--fallback", "ki"], ["kimi-k2.5"]),
        (["new", "x", "--mode", "em"], ["embedding"]),
        (["up", "--engine", ""], ["auto", "docker", "process"]),
        (["validate", "--format", "j"], ["json", "junit"]),
        (["schema", ""], ["model", "gateway"]),
        (["lo"], ["logs"]),
        (["keys", ""], ["list", "set", "check", "rotate", "export", "login", "logout"]),
        (["keys", "set", ""], ["LITELLM_MASTER_KEY", "NANOGPT_API_KEY"]),
        (["keys", "check", "NANO"], ["NANOGPT_API_KEY"]),
        (["keys", "rotate", ""], ["master", "shop"]),
        (["validate", "gat"], []),
        (["up", "--project", ""], []),
        (["explain", "off"], []),
    ],
    ids=" ".join,
)
def test_bash_is_offered(words: list[str], offered: list[str], shop: Path) -> None:
    assert sorted(offered_by_bash(["gateway", *words], shop)) == sorted(offered)


def test_a_login_is_offered_where_a_provider_has_one(
    write_project: Callable[[Mapping[str, str]], Path],
) -> None:
    oauth = "oauth: {issuer: https://b.example, client_id: c}"
    acme = f"  acme: {{litellm: openai, api_base: https://a.example/v1, {oauth}}}\n"
    root = write_project({**FILES, "gateway.yaml": SETTINGS + acme})
    assert offered_by_bash(["gateway", "keys", "login", ""], root) == ["acme"]
    assert offered_by_bash(["gateway", "keys", "logout", "ac"], root) == ["acme"]


def test_names_come_from_the_project_that_is_named(shop: Path, tmp_path: Path) -> None:
    words = ["gateway", "explain", "--project", str(shop), "k"]
    assert offered_by_bash(words, tmp_path) == ["kimi-k2.5"]
    assert offered_by_bash(["gateway", "explain", "k"], tmp_path) == []


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("models.d/bad.yaml", b"a: [\n"),
        ("models.d/bad.yaml", b"\xff\xfe"),
        ("models.d/bad.yaml", b""),
        ("models.d/bad.yaml", b"name: 5\naliases: {a: b}\nprovider: []\n"),
        ("gateway.yaml", b"providers: [\n"),
        ("gateway.yaml", b"providers: 5\n"),
        ("gateway.yaml", b"\xff"),
    ],
)
def test_a_broken_file_is_passed_over_in_silence(path: str, content: bytes, shop: Path) -> None:
    (shop / path).write_bytes(content)
    assert set(offered_by_bash(["gateway", "explain", ""], shop)) >= MODELS
    assert offered_by_bash(["gateway", "new", "x", "--provider", ""], shop) == (
        [] if path == "gateway.yaml" else ["nanogpt"]
    )


@pytest.fixture(params=["bash", "zsh"])
def terminal(request: pytest.FixtureRequest, shop: Path) -> Terminal:
    """The shell as people start it, without anybody's own settings."""
    require_program(request.param)
    script = script_of(request.param, shop)
    argv = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}
    shell = Terminal(argv[request.param], cwd=shop, env=shell_environment())
    if request.param == "zsh":
        shell.run("bindkey -e; autoload -Uz compinit; compinit -D -u")
    shell.run(f"source {script}")
    return shell


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("gateway explain ki\t", ["gateway", "explain", "kimi-k2.5"]),
        ("gateway explain gl\t", ["gateway", "explain", "glm-5"]),
        ("gateway explain qwen/qwen3.5:fr\t", ["gateway", "explain", "qwen/qwen3.5:free"]),
        ("gateway explain q\t", ["gateway", "explain", "qwen/qwen3.5:free"]),
        ("gateway new x --provider n\t", ["gateway", "new", "x", "--provider", "nanogpt"]),
        ("gateway validate gat\t", ["gateway", "validate", "gateway.yaml"]),
        ("gateway env cla\t", ["gateway", "env", "claude"]),
        ("gateway env claude ki\t", ["gateway", "env", "claude", "kimi-k2.5"]),
    ],
)
def test_a_shell_on_a_terminal_completes(typed: str, words: list[str], terminal: Terminal) -> None:
    with terminal:
        assert terminal.words(typed) == words


def test_fish_offers_names_with_a_line_about_each(shop: Path) -> None:
    require_program("fish")
    script = script_of("fish", shop)

    def offered(line: str) -> dict[str, str]:
        argv = ["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"]
        done = subprocess.run(
            argv, cwd=shop, env=shell_environment(), capture_output=True, timeout=30, check=True
        )
        assert done.stderr == b""
        lines = (text.partition("\t") for text in done.stdout.decode().splitlines())
        return {name: about for name, _, about in lines}

    found = offered("gateway explain ")
    assert found.keys() == {*MODELS, "nanogpt", "shop"}
    assert found["shop"] == "one of apps"
    assert (found["glm-5"], found["Kimi"]) == ("5 s best x a", "alias of kimi-k2.5")
    assert offered("gateway explain qwen/qwen3.5:f").keys() == {"qwen/qwen3.5:free"}
    assert offered("gateway new x --provider n").keys() == {"nanogpt"}
    assert offered("gateway validate gat").keys() == {"gateway.yaml"}


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_completion_among_a_thousand_models_is_quick(
    shell: str, write_project: Callable[[Mapping[str, str]], Path]
) -> None:
    """Three times `import typer` and half a second of the processor: every file is read, little loaded."""
    text = "description: One of many\nprovider: nanogpt\nmodel: m\nfallbacks: [glm-5]\n"
    root = write_project({f"models.d/m{n}.yaml": text for n in range(1000)})
    asked = {"_GATEWAY_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    asked |= {"COMP_WORDS": "gateway\nexplain\nm99", "COMP_CWORD": "2"}
    asked |= {"_TYPER_COMPLETE_ARGS": "gateway explain m99"}
    found, seconds = _timed([str(BIN / "gateway")], root, asked)
    _, of_typer = _timed([sys.executable, "-c", "import typer"], root, {})
    assert len(found.splitlines()) == 11
    assert seconds < 3 * of_typer + 0.5


def _timed(argv: list[str], cwd: Path, env: Mapping[str, str]) -> tuple[str, float]:
    """The output, and the processor's seconds: what else the machine does is no matter."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        argv, cwd=cwd, env={**shell_environment(), **env}, capture_output=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return done.stdout.decode(), used
