"""Moves to another LiteLLM: version, pin, image tag, lock files, snapshot and rendered stack together.

Run by `make litellm-upgrade VERSION=x.y.z [DRY=1]`. Everything is made in a copy of the working tree,
with the new LiteLLM in an environment of its own; the files go back only when every step succeeded.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from litellm_snapshot_changes import describe_changes

from gateway.constants import STACK_DIR, STOLEN_LITELLM_VERSIONS

ROOT = Path(__file__).parents[2]
SNAPSHOT = Path("gateway/schema/litellm-keys.json")
# What names the pinned version and nothing measured on it. The image's tag is made of the constant.
NAMES_THE_VERSION = (
    "gateway/constants.py",
    "gateway/diagnostics/codes/across_files.py",
    "gateway/schema/gateway.schema.json",
    "pyproject.toml",
    "tests/docker/image.sh",
    "tests/fragments/**/*.txt",
    "tests/fragments/**/*.yaml",
    "tests/golden/**/*.*",
)
_VERSION = re.compile(r"\d+\.\d+\.\d+([a-z]+\d+|\.[a-z]+\d+)*")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
_TIMEOUT = 1800
Say = Callable[[str], object]


class StepFailed(Exception):
    """A step of the move failed; nothing was written."""


def read_pinned(root: Path) -> str:
    text = (root / "gateway/constants.py").read_text(encoding="utf-8")
    found = re.search(r'^LITELLM_VERSION = "(.+)"$', text, re.MULTILINE)
    if found is None:
        raise StepFailed("gateway/constants.py has no LITELLM_VERSION any more")
    return found[1]


def check_version(version: str, pinned: str) -> None:
    if not _VERSION.fullmatch(version):
        raise StepFailed(f"`{version}` is no version: write x.y.z")
    if version in STOLEN_LITELLM_VERSIONS:
        raise StepFailed(f"LiteLLM {version} carried a credential stealer: it is never to be run")
    if version == pinned:
        raise StepFailed(f"LiteLLM {version} is the pinned version already")


def copy_tree(root: Path, copy: Path) -> list[str]:
    """The files that git knows or would know, as they stand now, and their paths."""
    listed = run(["git", "ls-files", "-co", "--exclude-standard", "-z"], root)
    paths = [path for path in listed.split("\0") if (root / path).is_file()]
    for path in paths:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / path, copy / path)
    return paths


def run(command: list[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise StepFailed(f"{' '.join(command)} ended with {done.returncode}:\n{last}")
    return done.stdout


def name_the_version(copy: Path, old: str, new: str) -> None:
    """Whole versions only: 1.106.2 is no part of 11.106.20."""
    whole = re.compile(rf"(?<![\d.]){re.escape(old)}(?!\d|\.\d)".encode())
    for pattern in NAMES_THE_VERSION:
        for path in (path for path in copy.glob(pattern) if path.is_file()):
            content = path.read_bytes()  # some of the cases are no text
            if whole.search(content):
                path.write_bytes(whole.sub(new.encode(), content))


def make_all(copy: Path, uv: str, version: str, say: Say) -> None:
    """Every file that follows from the version, in the copy."""
    pinned = read_pinned(copy)
    say(f"naming {version} where {pinned} was named")
    name_the_version(copy, pinned, version)
    say("resolving the lock files")
    run(["bash", "tests/lock.sh", uv], copy)
    say(f"installing LiteLLM {version} into an environment of its own")
    python = copy.parent / "environment" / "bin" / "python"
    run([uv, "venv", "--quiet", "--python", sys.executable, str(python.parents[1])], copy)
    install = [uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes"]
    run([*install, "-r", "requirements/proxy.txt"], copy)
    say("reading what it accepts")
    here = {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    run([str(python), "tests/contract/make_litellm_keys.py"], copy, here)
    say("rendering the sample project's stack")
    run([str(python), "-m", "gateway", "render", "-q"], copy, here)


def find_changed(root: Path, copy: Path, known: list[str]) -> list[str]:
    """Those of the copied files, and of the stack's, that have other bytes now."""
    stack = (p.relative_to(copy).as_posix() for p in (copy / STACK_DIR).rglob("*") if p.is_file())
    paths = sorted({*known, *stack})
    return [path for path in paths if _bytes(root / path) != _bytes(copy / path)]


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def put_back(root: Path, copy: Path, paths: list[str]) -> None:
    """Each file by a rename; where one cannot be written, those before it are as they were again."""
    before = {path: _bytes(root / path) for path in paths}
    try:
        for path in paths:
            _replace(root / path, (copy / path).read_bytes(), copy / path)
    except OSError as error:
        for path, content in before.items():
            if content is not None and _bytes(root / path) != content:
                _replace(root / path, content, root / path)
        raise StepFailed(f"{error.filename} cannot be written: nothing was changed") from error


def _replace(path: Path, content: bytes, like: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".upgrade-", delete=False) as new:
        new.write(content)
    shutil.copymode(like, new.name)
    Path(new.name).replace(path)


def describe(root: Path, copy: Path, paths: list[str]) -> list[str]:
    """What changes, in words: packages, what LiteLLM accepts, files."""
    lines = [f"requirements: {line}" for line in _packages(root, copy)]
    old, new = (json.loads((base / SNAPSHOT).read_bytes()) for base in (root, copy))
    return [*lines, *describe_changes(old, new), *(f"changes {path}" for path in paths)]


def _packages(root: Path, copy: Path) -> list[str]:
    lock = "requirements/test.txt"
    old, new = (dict(_PIN.findall((base / lock).read_text())) for base in (root, copy))
    return [
        f"{name} {old.get(name, 'none')} -> {new.get(name, 'none')}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def upgrade(root: Path, uv: str, version: str, is_dry: bool, say: Say) -> None:
    """Raises StepFailed, and then the working tree is as it was."""
    check_version(version, read_pinned(root))
    with tempfile.TemporaryDirectory(prefix="litellm-upgrade-") as folder:
        copy = Path(folder) / "copy"
        known = copy_tree(root, copy)
        make_all(copy, uv, version, say)
        paths = find_changed(root, copy, known)
        for line in describe(root, copy, paths):
            say(line)
        if is_dry:
            say("nothing was written")
            return
        put_back(root, copy, paths)
    say(
        f"moved to LiteLLM {version}; what is left: review the differences, then `make test`, "
        "`python tests/contract/compare_with_litellm.py` and `make docs-write`"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("version")
    parser.add_argument("--uv", required=True, help="the uv program")
    parser.add_argument("-n", "--dry-run", action="store_true", help="write nothing")
    options = parser.parse_args()
    uv = str(Path(options.uv).absolute())
    try:
        upgrade(
            ROOT,
            uv,
            options.version,
            options.dry_run,
            lambda line: sys.stdout.write(f"{line}\n") and sys.stdout.flush(),
        )
    except StepFailed as failed:
        sys.stderr.write(f"{failed}\nnothing was changed\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
