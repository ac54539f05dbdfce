"""Configurations as people have them, imported, validated, rendered and booted by a real LiteLLM."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from stack.projects import MASTER_KEY

from gateway.constants import PROXY_ENVIRONMENT
from gateway.pipeline import check
from gateway.yaml_text import read_plain

CASES = Path(__file__).parents[1] / "real_world"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
# What LiteLLM logs where it leaves out what a configuration says, or cannot do it.
_COMPLAINTS = re.compile(
    r"Error creating deployment|not a valid argument|not found in credential_list|Traceback"
    r"|Ignoring this key|Invalid model|Unable to|could not be"
)
# What is said of this machine and not of the configuration: packages that only the image has, and a
# Redis that nobody runs here.
_NOT_HERE = re.compile(
    r"No module named 'opentelemetry|No package metadata was found for langfuse"
    r"|connecting to (?:redis\.example\.internal|\*\*\*)"
)


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """How each of them booted, by name."""
    folder = tmp_path_factory.mktemp("real_world")
    projects = [_import(name, folder / name) for name in NAMES]
    listed = folder / "projects.json"
    listed.write_text(json.dumps(projects))
    inherited = {k: os.environ[k] for k in ("PATH", "HOME", "TMPDIR") if k in os.environ}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "boots.py"), str(listed)],
        env={**inherited, **PROXY_ENVIRONMENT},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    roots = {project["name"]: project["root"] for project in projects}
    return {result["name"]: {**result, "root": roots[result["name"]]} for result in results}


def _import(name: str, into: Path) -> dict[str, Any]:
    """Imports it as a user does; what `boots` needs to know of it."""
    source = into.parent / f"{name}-source"
    shutil.copytree(CASES / name, source)
    done = gateway_import(source / "litellm_config.yaml", into)
    assert done.returncode == 0, done.stderr
    blueprint = check(into).blueprint
    assert blueprint is not None
    values = {v.name: "" if v.may_be_empty else f"missing-{v.name}" for v in blueprint.variables}
    environ = {**values, "LITELLM_MASTER_KEY": MASTER_KEY}
    return {"name": name, "root": str(into), "key": MASTER_KEY, "environ": environ}


def gateway_import(source: Path, into: Path) -> subprocess.CompletedProcess[str]:
    inherited = {k: os.environ[k] for k in ("PATH", "HOME", "TMPDIR") if k in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "gateway", "import", str(source), "--into", str(into)],
        env=inherited,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def asked_names(name: str) -> set[str]:
    """The names that the configuration itself offers, read here without the import. Of a wildcard these are
    the ones that its fallbacks and aliases mention; what LiteLLM lists beside them, its price list, no
    pattern lists."""
    data = _merged(CASES / name / "litellm_config.yaml")
    entries = [
        e
        for e in data["model_list"]
        if "*" not in f"{e['model_name']}{e['litellm_params']['model']}"
    ]
    router = data.get("router_settings", {})
    aliases = router.get("model_group_alias", {})
    fallbacks = [pair for each in router.get("fallbacks", ()) for pair in each.items()]
    targets = [a if isinstance(a, str) else a["model"] for a in aliases.values()]
    routed = {*targets, *(n for asked, others in fallbacks for n in (asked, *others))}
    starts = tuple(wildcard[:-1] for wildcard in wildcards(name))
    mentioned = {n for n in routed if starts and n.startswith(starts) and "*" not in n}
    return {entry["model_name"] for entry in entries} | set(aliases) | mentioned


def wildcards(name: str) -> set[str]:
    """Those that a pattern can do: `*` stands for the same text, at the end of both."""
    data = _merged(CASES / name / "litellm_config.yaml")
    pairs = [(e["model_name"], e["litellm_params"]["model"]) for e in data["model_list"]]
    fit = re.compile(r"[^*]+\*\Z")
    return {asked for asked, model in pairs if fit.match(asked) and fit.match(model)}


def rendered_wildcards(name: str, root: Path) -> set[str]:
    """Of the booted configuration, apart from the one for Claude's names without their prefix."""
    rendered = read_plain((root / "compose" / "litellm_config.yaml").read_text())
    found = {e["model_name"] for e in rendered["model_list"] if "*" in e["model_name"]}
    without = {"claude-*"} if "anthropic/*" in wildcards(name) else set()
    return found - without


def _merged(path: Path) -> Mapping[str, Any]:
    data = read_plain(path.read_text())
    for included in data.get("include", []):
        data["model_list"] = [
            *data.get("model_list", []),
            *_merged(path.parent / included).get("model_list", []),
        ]
    return data


# Names that a project cannot have, each with a note of the import that says so.
RENAMED = {
    "aliases": ({"gpt-4 (latest)", "nothing"}, {"default-model"}),
    "custom_provider_and_typos": ({"my-custom-model"}, set()),
}


def test_there_are_thirty_of_them() -> None:
    assert len(NAMES) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_it_boots_with_the_same_models_and_without_a_complaint(
    booted: Mapping[str, Mapping[str, Any]], name: str
) -> None:
    result = booted[name]
    assert result["status"] == 200, result["log"][-2000:]
    lost, gained = RENAMED.get(name, (set(), set()))
    assert set(result["models"]) == asked_names(name) - lost | gained | {"default"}
    assert rendered_wildcards(name, Path(result["root"])) == wildcards(name)
    said = [line for line in result["log"].splitlines() if _COMPLAINTS.search(line)]
    assert [line for line in said if not _NOT_HERE.search(line)] == []
