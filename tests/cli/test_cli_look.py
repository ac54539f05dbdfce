"""`explain`, `models` and `schema`: the commands that only look."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cli.command_line import run_gateway, tree

from gateway.diagnostics.codes import CODES


@pytest.fixture
def chained(project: Path) -> Path:
    (project / "models.d" / "kimi.yaml").write_text(
        "description: Kimi\nprovider: nanogpt\nmodel: moonshotai/kimi\naliases: [k2]\n"
        "fallbacks: [glm-5]\n"
    )
    return project


@pytest.mark.parametrize("code", ["GW103", "gw201"])
def test_explain_a_code(code: str, tmp_path: Path) -> None:
    ran = run_gateway("explain", code, cwd=tmp_path)  # needs no project
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{code.upper()}: {CODES[code.upper()].title}\n")


def test_explain_an_unknown_code(tmp_path: Path) -> None:
    ran = run_gateway("explain", "GW999", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "GW999 is not a code" in ran.err
    listed = re.findall(r"GW\d+", ran.err)[1:]
    assert "GW103" in listed
    assert listed == sorted(listed)


@pytest.mark.parametrize("name", ["kimi", "k2"])
def test_explain_a_model(name: str, chained: Path) -> None:
    before = tree(chained)
    ran = run_gateway("explain", name, cwd=chained)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("kimi: Kimi\n")
    assert "NANOGPT_API_KEY" in ran.out
    assert "  2. glm-5\n" in ran.out
    assert tree(chained) == before


def test_explain_the_default(chained: Path) -> None:
    assert run_gateway("explain", "default", cwd=chained).out.startswith("glm-5")


def test_explain_an_unknown_model(chained: Path) -> None:
    ran = run_gateway("explain", "kimmi", cwd=chained)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "gateway: `kimmi` is not a model\n  = hint: there are: glm-5, k2, kimi\n"


def test_models(chained: Path) -> None:
    ran = run_gateway("models", cwd=chained)
    assert (ran.code, ran.err) == (0, "")
    first, second = ran.out.splitlines()
    assert first.split() == ["*", "glm-5", "nanogpt"]
    assert second.split() == ["kimi", "→", "glm-5", "nanogpt", "(also", "k2)"]


def test_models_as_json(chained: Path) -> None:
    ran = run_gateway("models", "--format", "json", cwd=chained)
    document = json.loads(ran.out)
    assert document["format_version"] == "1.0"
    default, kimi = document["models"]
    assert (default["name"], default["default"]) == ("glm-5", True)
    assert kimi["chain"] == ["kimi", "glm-5"]
    assert kimi["aliases"] == ["k2"]
    assert kimi["upstreams"][0]["api_key"] == "NANOGPT_API_KEY"


@pytest.mark.parametrize("name", ["model", "gateway"])
def test_schema(name: str, tmp_path: Path) -> None:
    ran = run_gateway("schema", name, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_schema_of_something_else_is_2(tmp_path: Path) -> None:
    ran = run_gateway("schema", "modle", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "model" in ran.err
