"""Rendering: what templates may look like, own templates, and the comparison with what was resolved."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from small_project import MODEL

from gateway import assets
from gateway.model import Blueprint
from gateway.pipeline import build
from gateway.render import hash_of, render
from gateway.yaml_text import read_plain

TEMPLATES = sorted(assets.templates_folder().glob("*.j2"))
YAML_TEMPLATES = [path for path in TEMPLATES if path.name.endswith(".yaml.j2")]
RUNTIME = {"__init__.py": "instance = None\n"}
HOLE = re.compile(r"\{\{.*?\}\}")
# A hole is a whole value after `key: ` or `- `, or a mapping's key.
LINE = re.compile(r"\s*(- )*((?:[\w.-]+|\{\{ [\w.]+ \}\}):( \{\{ [\w.]+ \}\})?|- \{\{ [\w.]+ \}\})")


@pytest.fixture
def blueprint(resolve_project) -> Blueprint:
    return resolve_project({"glm-5": MODEL + "aliases: [glm]\n"})


def rendered(blueprint: Blueprint, own: Path):
    return render(blueprint, own, assets.templates_folder(), RUNTIME)


@pytest.mark.parametrize("template", YAML_TEMPLATES, ids=lambda path: path.name)
def test_each_hole_of_a_yaml_template_stands_alone(template: Path) -> None:
    for line in template.read_text().splitlines():
        if HOLE.search(line):
            assert LINE.fullmatch(line), line


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_are_whole_files_that_compute_nothing(template: Path) -> None:
    text = template.read_text()
    for tag in re.findall(r"\{%-? *(\w+)", text):
        assert tag in ("for", "endfor", "if", "elif", "else", "endif"), tag
    for hole in HOLE.findall(text):
        assert "|" not in hole
    assert "default(" not in text


def test_no_template_is_without_its_test() -> None:
    assert {p.name for p in TEMPLATES} == {
        "compose.yaml.j2",
        "env.example.j2",
        "litellm_config.yaml.j2",
    }


def test_the_files_of_a_stack(blueprint: Blueprint, tmp_path: Path) -> None:
    files, found = rendered(blueprint, tmp_path / "none")
    assert found == ()
    assert list(files) == [
        ".env.example",
        "compose/compose.yaml",
        "compose/gateway_runtime/__init__.py",
        "compose/gateway_runtime/claude_routes.json",
        "compose/litellm_config.yaml",
    ]
    assert all(text.endswith("\n") for text in files.values())


def test_the_label_is_the_hash_of_what_the_container_reads(
    blueprint: Blueprint, tmp_path: Path
) -> None:
    files, _ = rendered(blueprint, tmp_path)
    read = {
        p: t for p, t in files.items() if p.startswith("compose/") and p != "compose/compose.yaml"
    }
    service = read_plain(files["compose/compose.yaml"])["services"]["gateway"]
    assert service["labels"]["gateway.config"] == hash_of(read)
    assert hash_of(read) != hash_of({**read, "compose/gateway_runtime/__init__.py": ""})


def test_a_missing_key_arrives_as_none_that_could_be_one(
    blueprint: Blueprint, tmp_path: Path
) -> None:
    files, _ = rendered(blueprint, tmp_path)
    environment = read_plain(files["compose/compose.yaml"])["services"]["gateway"]["environment"]
    assert environment["NANOGPT_API_KEY"] == "${NANOGPT_API_KEY:-missing-NANOGPT_API_KEY}"
    assert environment["LITELLM_MASTER_KEY"].startswith("${LITELLM_MASTER_KEY:?")


def test_a_projects_own_template_wins(blueprint: Blueprint, tmp_path: Path) -> None:
    (tmp_path / "env.example.j2").write_text("# ours\n")
    files, found = rendered(blueprint, tmp_path)
    assert (files[".env.example"], found) == ("# ours\n", ())


def test_an_own_template_may_add(blueprint: Blueprint, tmp_path: Path) -> None:
    text = (assets.templates_folder() / "compose.yaml.j2").read_text()
    (tmp_path / "compose.yaml.j2").write_text(text + "  other: {external: true}\n")
    files, found = rendered(blueprint, tmp_path)
    assert found == ()
    assert "other" in read_plain(files["compose/compose.yaml"])["networks"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ok\n{{ nothing }}\n", 2),
        ("ok\n\n{% for %}\n", 3),
        ("{{ variables[0].nothing.more }}\n", 1),
        ("ok\n{{ 1 / 0 }}\n", 2),
        ("ok\n{{ variables + 1 }}\n", 2),
        ("ok\n{% include 'nowhere' %}\n", 2),
        ("{{ ''.__class__.__mro__ }}\n", 1),
        ("\n{{ 'x' * 3 if variables.append(1) else 2 }}\n", 2),
    ],
)
def test_a_template_that_fails_says_where(
    blueprint: Blueprint, tmp_path: Path, text: str, line: int
) -> None:
    (tmp_path / "env.example.j2").write_text(text)
    _, (found,) = rendered(blueprint, tmp_path)
    assert (found.code, found.path) == ("GW301", "templates/env.example.j2")
    assert found.span.line == line
    assert found.message.startswith("the template cannot be rendered: ")


def test_a_template_that_is_no_text(blueprint: Blueprint, tmp_path: Path) -> None:
    (tmp_path / "env.example.j2").write_bytes(b"\xff\n")
    (tmp_path / "compose.yaml.j2").mkdir()
    _, found = rendered(blueprint, tmp_path)
    assert [(d.code, d.path) for d in found] == [("GW301", "templates/env.example.j2")]


@pytest.mark.parametrize(
    ("template", "old", "new", "what"),
    [
        ("litellm_config.yaml.j2", "{% for deployment in deployments %}", "{% for deployment in deployments[1:] %}", "`model_list`"),
        ("litellm_config.yaml.j2", "{{ deployment.model_name }}", "glm-4", "`model_list.0.model_name`"),
        ("litellm_config.yaml.j2", "general_settings:", "general_setings:", "`general_settings` is missing"),
        ("compose.yaml.j2", "{{ port }}", "0.0.0.0:4000:4000", "`services.gateway.ports.0`"),
        ("compose.yaml.j2", "image: {{ image }}", "image: [", "it is not YAML (line"),
        ("compose.yaml.j2", "gateway.config: {{ config_hash }}", "x: y", "`services.gateway.labels.gateway.config`"),
    ],
)  # fmt: skip
def test_an_own_template_that_loses_something(
    blueprint: Blueprint, tmp_path: Path, *, template: str, old: str, new: str, what: str
) -> None:
    text = (assets.templates_folder() / template).read_text()
    assert old in text
    (tmp_path / template).write_text(text.replace(old, new))
    _, (found,) = rendered(blueprint, tmp_path)
    assert (found.code, found.path) == ("GW303", f"templates/{template}")
    assert what in found.message


def test_a_loss_in_our_own_template_is_our_bug(blueprint: Blueprint, tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    for path in TEMPLATES:
        (package / path.name).write_text(path.read_text().replace("drop", "dorp"))
    config = package / "litellm_config.yaml.j2"
    config.write_text(config.read_text().replace("{{ deployment.model_name }}", "x"))
    _, (found,) = render(blueprint, tmp_path / "own", package, RUNTIME)
    assert (found.code, found.path) == ("GW302", "compose/litellm_config.yaml")
    assert "report" in (found.hint or "")


SHAPE = "sk-or-v1-c4narychars0123456789abcdef"


@pytest.mark.parametrize(
    ("template", "places"),
    [
        (f"A={SHAPE}\n# and {SHAPE}\n", [(1, 3), (2, 7)]),
        (f"{{{{ 'sk-or-v1-' ~ '{SHAPE[9:]}' }}}}\n", [(1, 1)]),
        ("{% include 'other.j2' %}\n", [(1, 1)]),
    ],
)
def test_a_template_that_pastes_a_secret_is_refused(
    template: str, places: list[tuple[int, int]], blueprint: Blueprint, tmp_path: Path
) -> None:
    (tmp_path / "env.example.j2").write_text(template)
    (tmp_path / "other.j2").write_text(SHAPE)
    _, found = rendered(blueprint, tmp_path)
    assert {(d.code, d.path) for d in found} == {("GW304", "templates/env.example.j2")}
    assert [d.span[:2] for d in found] == places
    assert all(d.hides_value for d in found)
    assert SHAPE not in repr(found)


def test_a_secret_that_slipped_through_is_our_bug(blueprint: Blueprint, tmp_path: Path) -> None:
    leaky = replace(blueprint, general_settings={**blueprint.general_settings, "x": SHAPE})
    _, (found,) = rendered(leaky, tmp_path / "none")
    assert (found.code, found.path) == ("GW304", "compose/litellm_config.yaml")
    assert found.hint == "this is a bug of gateway: please report it"


def test_nothing_is_written_of_a_stack_that_would_hold_a_secret(write_project) -> None:
    built = build(write_project({"templates/env.example.j2": f"A={SHAPE}\n"}))
    assert [d.code for d in built.checked.diagnostics] == ["GW304"]
    assert (built.checked.blueprint, built.changes) == (None, ())
