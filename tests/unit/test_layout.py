"""House rules that a machine can see: sizes, docstrings, what the core may not do, schemas."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import gateway
from gateway.validate import schema

PACKAGE = Path(gateway.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
# Longer functions, each with its reason.
LONG_FUNCTIONS = {
    ("yaml_text/reading.py", "run"): "the event loop: one pass over every character of a project",
}
CORE = ("diagnostics", "editor", "fixing", "importing", "judge", "keys", "resolve", "yaml_text")
CORE_FILES = (
    "adjusting",
    "bundled_tokenizer",
    "database_service",
    "explaining",
    "oauth_file",
    "routes_file",
    "env_edit",
    "env_file",
    "env_text",
    "fix",
    "project_schemas",
    "load",
    "model",
    "pipeline",
    "project",
    "render",
    "validate",
    "write",
    "constants",
)


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def core_files() -> list[Path]:
    inside = [p for p in FILES if name_of(p).split("/")[0] in CORE]
    return [*inside, *(PACKAGE / f"{name}.py" for name in CORE_FILES)]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # The body: a command's signature is the table of its options.
            length = (node.end_lineno or 0) - node.body[0].lineno + 1
            if (name_of(path), node.name) not in LONG_FUNCTIONS:
                assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


def test_every_exception_is_needed() -> None:
    for file, function in LONG_FUNCTIONS:
        nodes = ast.walk(parse(PACKAGE / file))
        found = [n for n in nodes if isinstance(n, ast.FunctionDef) and n.name == function]
        assert any((n.end_lineno or 0) - n.lineno >= LONGEST_FUNCTION for n in found)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_module_begins_with_one_sentence(path: Path) -> None:
    docstring = ast.get_docstring(parse(path)) or ""
    first = docstring.split("\n\n")[0]
    assert first, "no docstring"
    assert first[-1] in ".:?", "the first paragraph is one sentence, with its full stop"


@pytest.mark.parametrize("path", core_files(), ids=name_of)
def test_the_core_neither_prints_nor_exits_nor_reads_the_environment(path: Path) -> None:
    for node in ast.walk(parse(path)):
        match node:
            case ast.Call(func=ast.Name(id="print" | "input" | "exit" | "quit")):
                pytest.fail(f"line {node.lineno}")
            case ast.Attribute(
                value=ast.Name(id="sys"), attr="exit" | "stdout" | "stderr" | "argv"
            ):
                pytest.fail(f"line {node.lineno}")
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "getenv"):
                pytest.fail(f"line {node.lineno}")
            case ast.Name(id="SystemExit"):
                pytest.fail(f"line {node.lineno}")


def test_no_name_is_a_drawer_for_everything() -> None:
    forbidden = {"utils", "helpers", "manager", "handler", "misc", "common"}
    assert [name_of(p) for p in FILES if p.stem in forbidden] == []


def subschemas(node: Any, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a property, of items, and of further properties."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from subschemas(item, f"{at}/{index}")
    if not isinstance(node, dict):
        return
    for name, child in node.get("properties", {}).items():
        yield f"{at}/{name}", child
        yield from subschemas(child, f"{at}/{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), dict):
            yield f"{at}/{keyword}", node[keyword]
            yield from subschemas(node[keyword], f"{at}/{keyword}")
    for name, child in node.get("$defs", {}).items():
        yield from subschemas(child, f"{at}/$defs/{name}")


@pytest.mark.parametrize("name", ["model", "gateway"])
def test_every_property_is_described_and_its_examples_are_valid(name: str) -> None:
    whole = schema(name)
    Draft202012Validator.check_schema(whole)
    described = [(name, whole), *subschemas(whole, name)]
    assert len(described) > 30
    for at, node in described:
        assert node.get("description", "").endswith("."), at
        assert node.get("examples"), at
        validator = Draft202012Validator({**node, "$defs": whole.get("$defs", {})})
        for example in node["examples"]:
            assert validator.is_valid(example), (at, example)


@pytest.mark.parametrize("name", ["model", "gateway"])
def test_schemas_are_written_for_good_findings(name: str) -> None:
    for at, node in [(name, schema(name)), *subschemas(schema(name), name)]:
        assert not {"anyOf", "oneOf", "patternProperties"} & node.keys(), at
        if "properties" in node:
            assert node["additionalProperties"] is False, at
        if "pattern" in node:
            assert node["x-expected"], at
            assert node["pattern"].endswith("$(?!\\n)"), at


def test_keywords_of_the_schemas_are_those_that_have_a_message() -> None:
    known = {
        "$schema", "$defs", "$ref", "title", "description", "examples", "if", "then", "else",
        "type", "enum", "pattern", "required", "properties", "additionalProperties", "propertyNames",
        "items", "uniqueItems", "minItems", "maxItems", "minLength", "maxLength", "minProperties",
        "maxProperties", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "not",
        "x-expected", "x-hint", "x-names", "x-secret",
    }  # fmt: skip
    for name in ("model", "gateway"):
        for at, node in [(name, schema(name)), *subschemas(schema(name), name)]:
            assert node.keys() <= known, at
