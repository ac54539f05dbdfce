"""What all tests share: `--update-golden`, and small projects on the disk."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from small_project import MODEL, SETTINGS
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from gateway.model import Blueprint
from gateway.pipeline import check

# A shell's background job ignores Ctrl-C, one under nohup a hang-up, and so would every command that the
# tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Importing LiteLLM must ask nobody for its price list.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what came out as expected")


# What modules share whose names begin so: one gateway, which the worker that got it keeps.
_TOGETHER = ("test_claude_code", "test_messages")


class ByModule(LoadScopeScheduling):
    """A module's tests stay on one worker, for their gateway; modules go out in the order of the command line."""

    def _split_scope(self, nodeid: str) -> str:
        module = Path(nodeid.partition("::")[0])
        return next((name for name in _TOGETHER if module.name.startswith(name)), str(module))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModule | None:
    """For `--dist loadgroup`; the marks of xdist 3.8 are lost on pytest 9.2, which keeps ids elsewhere."""
    if config.getvalue("dist") != "loadgroup":
        return None
    # Ordered by their number of tests, the modules of the slow containers would come last, one alone.
    config.option.loadscopereorder = False
    return ByModule(config, log)


class Golden:
    """Compares what came out with the files that say what is expected, or writes them."""

    def __init__(self, update: bool) -> None:
        self._update = update

    def check_text(self, expected: Path, actual: str) -> None:
        if self._update:
            expected.parent.mkdir(parents=True, exist_ok=True)
            expected.write_bytes(actual.encode())
        assert expected.is_file(), f"{expected} is missing: pytest --update-golden writes it"
        assert actual == expected.read_bytes().decode()

    def check_folder(self, folder: Path, actual: Mapping[str, str]) -> None:
        """Every file of `actual`, and nothing else: a file that nothing writes any more fails."""
        for path, text in actual.items():
            self.check_text(folder / path, text)
        there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
        orphans = sorted(there.keys() - actual.keys())
        if self._update:
            for path in orphans:
                there[path].unlink()
            return
        assert orphans == [], f"orphans in {folder}: pytest --update-golden removes them"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(bool(request.config.getoption("--update-golden")))


WriteProject = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def write_project(tmp_path: Path) -> WriteProject:
    """Writes {path: text} as a project and returns its folder; there is always one sound model."""

    def write(files: Mapping[str, str]) -> Path:
        root = tmp_path / "project"
        for path, text in {
            "gateway.yaml": SETTINGS,
            "models.d/glm-5.yaml": MODEL,
            **files,
        }.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode())
        return root

    return write


@pytest.fixture
def check_project(write_project):
    """Writes {path: text} as a project and returns what `check` says of it."""
    return lambda files: check(write_project(files))


@pytest.fixture
def resolve_project(check_project):
    """The blueprint of a project that is in order, from {model: fragment} and gateway.yaml's text."""

    def blueprint(models: Mapping[str, str], settings: str = SETTINGS) -> Blueprint:
        files = {f"models.d/{name}.yaml": text for name, text in models.items()}
        checked = check_project({"gateway.yaml": settings, **files})
        assert checked.blueprint is not None, checked.diagnostics
        return checked.blueprint

    return blueprint
