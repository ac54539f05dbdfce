"""Whole renders: tests/golden/CASE/project becomes exactly the files of tests/golden/CASE/expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway import assets
from gateway.pipeline import build, check
from gateway.project_schemas import project_schemas
from gateway.render import render

HERE = Path(__file__).parent
CASES = sorted(path for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__")
# The runtime's text is no golden, but its hash is in compose.yaml: a small one stands for it.
RUNTIME = {"__init__.py": "instance = None\n"}


def project_of(case: Path) -> Path:
    return assets.sample_folder() if case.name == "sample" else case / "project"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_project_renders_as_expected(case: Path, golden) -> None:
    checked = check(project_of(case))
    assert checked.blueprint is not None, checked.diagnostics
    own, ours = project_of(case) / "templates", assets.templates_folder()
    rendered, found = render(checked.blueprint, own, ours, RUNTIME)
    assert found == ()
    golden.check_folder(case / "expected", rendered)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_build_adds_the_runtime_as_it_is_and_the_schemas_with_the_projects_names(
    case: Path,
) -> None:
    built = build(project_of(case))
    assert built.checked.blueprint is not None
    copies = {
        **{f"compose/gateway_runtime/{name}": t for name, t in assets.runtime_files().items()},
        **{f"compose/client/{name}": text for name, text in assets.client_files().items()},
        **project_schemas(built.checked.blueprint),
    }
    assert {path: built.rendered[path] for path in copies} == copies
    of_some = {f"compose/gateway_runtime/{name}.json" for name in ("apps", "oauth")}
    others = built.rendered.keys() - copies.keys() - of_some
    assert others == {
        "compose/gateway_runtime/claude_routes.json",
        "compose/litellm_config.yaml",
        "compose/compose.yaml",
        ".env.example",
    }
