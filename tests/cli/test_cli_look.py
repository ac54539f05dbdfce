"""`explain`, `models` and `schema`: the commands that only look."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from cli.command_line import run_gateway, tree
from small_project import MODEL, SETTINGS

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
    ran = run_gateway("explain", "GW99990", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "GW99990 is not a code" in ran.err
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
    assert (
        ran.err
        == "gateway: `kimmi` is not a model\n  = hint: did you mean `kimi`? there are: glm-5, k2, kimi\n"
    )


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


SHOP = "apps:\n  shop: {key: SHOP_KEY, models: [glm-5], default_model: glm-5}\n"


def test_explain_a_provider_and_an_app(write_project: Callable[[Mapping[str, str]], Path]) -> None:
    root = write_project({"gateway.yaml": SETTINGS + SHOP})
    assert run_gateway("explain", "nanogpt", cwd=root).out == (
        "nanogpt: one of `providers`\n"
        "  written in  gateway.yaml:3\n"
        "  prefix      openai\n"
        "  address     https://nano-gpt.com/api/v1\n"
        "  keys        NANOGPT_API_KEY\n"
        "  serves      glm-5\n"
    )
    assert run_gateway("explain", "shop", cwd=root).out == (
        "shop: one of `apps`\n"
        "  written in  gateway.yaml:8\n"
        "  key         SHOP_KEY\n"
        "  models      glm-5\n"
        "  default     glm-5\n"
        "  limits      none\n"
        "  budget      none\n"
        "  expires     never\n"
    )


def test_explain_shows_no_key_that_was_written_where_its_name_belongs(
    write_project: Callable[[Mapping[str, str]], Path],
) -> None:
    secret = "sk-nano-0123456789abcdef0123456789abcdef"
    root = write_project({"gateway.yaml": SETTINGS.replace("NANOGPT_API_KEY", secret)})
    ran = run_gateway("explain", "nanogpt", cwd=root)
    assert ran.code == 1
    assert secret not in ran.out + ran.err


def test_a_model_comes_before_a_provider_of_its_name(
    write_project: Callable[[Mapping[str, str]], Path],
) -> None:
    root = write_project({"models.d/nanogpt.yaml": MODEL})
    assert "  1. nanogpt\n" in run_gateway("explain", "nanogpt", cwd=root).out
