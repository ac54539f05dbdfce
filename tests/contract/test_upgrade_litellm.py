"""Moving to another LiteLLM: what is refused, and that a step that fails leaves everything as it was."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import upgrade_litellm
from litellm_snapshot_changes import describe_changes
from upgrade_litellm import StepFailed, check_version, name_the_version, put_back, upgrade

CONSTANTS = 'LITELLM_VERSION = "1.106.2"\n# measured on 1.106.2\n'
PIN = 'proxy = ["litellm[proxy]==1.106.2"]\n'
SNAPSHOT = '{\n  "litellm_version": "1.106.2"\n}\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A working tree with what the move touches, as git knows it."""
    root = tmp_path / "tree"
    files = {
        "gateway/constants.py": CONSTANTS,
        "gateway/schema/litellm-keys.json": SNAPSHOT,
        "pyproject.toml": PIN,
        "requirements/test.txt": "litellm==1.106.2 \\\n    --hash=sha256:aa\n",
        "requirements/proxy.txt": "litellm==1.106.2\n",
        "tests/lock.sh": "exit 0\n",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    return root


def everything(root: Path) -> dict[str, bytes]:
    files = (p for p in root.rglob("*") if p.is_file() and ".git" not in p.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("version", ["1.82.7", "1.82.8"])
def test_a_stolen_release_is_refused_before_anything_is_fetched(tree: Path, version: str) -> None:
    before = everything(tree)
    with pytest.raises(StepFailed, match="credential stealer"):
        upgrade(tree, "/no/uv", version, is_dry=False, say=lambda _: None)
    assert everything(tree) == before


@pytest.mark.parametrize(
    "version", ["", "1.106", "v1.106.3", "1.106.3; rm -rf /", "latest", "../x"]
)
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(StepFailed, match="is no version"):
        check_version(version, "1.106.2")


@pytest.mark.parametrize("version", ["1.106.3", "1.107.0rc1", "1.107.0.dev2", "0.1.76.post1"])
def test_versions(version: str) -> None:
    check_version(version, "1.106.2")


def test_the_pinned_version_is_nothing_to_move_to() -> None:
    with pytest.raises(StepFailed, match="pinned version already"):
        check_version("1.106.2", "1.106.2")


def test_only_the_whole_version_is_renamed(tree: Path) -> None:
    constants = tree / "gateway/constants.py"
    constants.write_text(
        'A = "1.106.2"\nB = "v1.106.2"\nC = "11.106.2"\nD = "1.106.20"\nE = "1.106.2.1"\n'
    )
    name_the_version(tree, "1.106.2", "1.107.0")
    assert constants.read_text() == (
        'A = "1.107.0"\nB = "v1.107.0"\nC = "11.106.2"\nD = "1.106.20"\nE = "1.106.2.1"\n'
    )


def make_in(copy: Path, *_: object) -> None:
    """What the steps would make, without a package index."""
    name_the_version(copy, "1.106.2", "1.107.0")
    lock = copy / "requirements/test.txt"
    lock.write_text(lock.read_text().replace("1.106.2", "1.107.0"))
    snapshot = copy / "gateway/schema/litellm-keys.json"
    snapshot.write_text(snapshot.read_text().replace("1.106.2", "1.107.0"))
    (copy / "compose").mkdir()
    (copy / "compose/compose.yaml").write_text("image: v1.107.0\n")
    (copy / ".env").write_text("LITELLM_MASTER_KEY=made-by-a-render\n")


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrade_litellm, "make_all", make_in)
    before, said = everything(tree), list[str]()
    upgrade(tree, "uv", "1.107.0", is_dry=True, say=said.append)
    assert everything(tree) == before
    assert said == [
        "requirements: litellm 1.106.2 -> 1.107.0",
        "litellm_version: 1.106.2 -> 1.107.0",
        "changes compose/compose.yaml",
        "changes gateway/constants.py",
        "changes gateway/schema/litellm-keys.json",
        "changes pyproject.toml",
        "changes requirements/test.txt",
        "nothing was written",
    ]


def test_a_move_writes_what_changed_and_nothing_that_a_step_left(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrade_litellm, "make_all", make_in)
    upgrade(tree, "uv", "1.107.0", is_dry=False, say=lambda _: None)
    after = everything(tree)
    assert after["pyproject.toml"] == PIN.replace("1.106.2", "1.107.0").encode()
    assert after["compose/compose.yaml"] == b"image: v1.107.0\n"
    assert ".env" not in after
    assert not any(".upgrade-" in path for path in after)


def failing_script(tree: Path) -> None:
    (tree / "tests/lock.sh").write_text("echo no such version >&2; exit 3\n")


def missing_script(tree: Path) -> None:
    (tree / "tests/lock.sh").unlink()


@pytest.mark.parametrize("break_it", [failing_script, missing_script])
def test_a_step_that_fails_leaves_everything_as_it_was(
    tree: Path, break_it: Callable[[Path], None]
) -> None:
    break_it(tree)
    before = everything(tree)
    with pytest.raises(StepFailed, match=r"lock\.sh"):
        upgrade(tree, "uv", "1.107.0", is_dry=False, say=lambda _: None)
    assert everything(tree) == before


def test_a_file_that_cannot_be_written_takes_the_others_back(tree: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for path in ("gateway/constants.py", "pyproject.toml/inside"):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_text("new\n")
    before = everything(tree)
    with pytest.raises(StepFailed, match="nothing was changed"):
        put_back(tree, copy, ["gateway/constants.py", "pyproject.toml/inside"])
    assert everything(tree) == before


def test_changes_are_said_in_words() -> None:
    old = {
        "litellm_version": "1",
        "modes": ["chat", "ocr"],
        "router_settings": {
            "gone": {},
            "retries": {"type": ["integer"]},
            "strategy": {"type": ["string"], "enum": ["a", "b"]},
            "policy": {"type": ["object"], "properties": {"x": {}}, "additionalProperties": False},
            "same": {"type": ["string"]},
        },
    }
    new = {
        "litellm_version": "2",
        "modes": ["chat", "video"],
        "router_settings": {
            "come": {"type": ["boolean"], "x-text": True},
            "retries": {"type": ["integer", "null"], "minimum": 0},
            "strategy": {"type": ["string"], "enum": ["b", "c"]},
            "policy": {"type": ["object"], "properties": {"y": {}}, "additionalProperties": False},
            "same": {"type": ["string"]},
        },
    }
    assert describe_changes(old, new) == [
        "litellm_version: 1 -> 2",
        "modes: `ocr` is gone",
        "modes: `video` is new",
        "router_settings: `gone` is gone",
        "router_settings: `come` is new, it takes true or false, also as text",
        "router_settings: `policy` has another key: -x +y",
        "router_settings: `retries` took a whole number, takes a whole number or nothing, at least 0",
        "router_settings: `strategy` has another choice: -a +c",
    ]
