"""The schemas that a project's editors read: they propose its names, and judge as the contract does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from small_project import SETTINGS

from gateway.project_schemas import project_schemas
from gateway.validate import schema

MODELS = {
    "glm-5": "provider: nanogpt\nmodel: zai-org/glm-5\ndescription: Größe 5\n",
    "tiny": 'provider: nanogpt\nmodel: t\naliases: ["007", qwen/t:free]\n',
}


@pytest.fixture
def schemas(resolve_project) -> dict[str, Any]:
    rendered = project_schemas(resolve_project(MODELS))
    return {path: json.loads(text) for path, text in rendered.items()}


def test_names_are_proposed_as_yaml_with_a_line_about_each(schemas: dict[str, Any]) -> None:
    model = schemas["compose/schema/model.schema.json"]
    assert model["$defs"]["models"]["items"]["defaultSnippets"] == [
        {"label": "007", "description": "an alias of tiny", "body": '"007"'},
        {"label": "glm-5", "description": "Größe 5", "body": "glm-5"},
        {"label": "qwen/t:free", "description": "an alias of tiny", "body": "qwen/t:free"},
        {"label": "tiny", "description": "chat, served by nanogpt", "body": "tiny"},
    ]
    assert model["$defs"]["provider_names"]["defaultSnippets"] == [
        {"label": "nanogpt", "description": "https://nano-gpt.com/api/v1", "body": "nanogpt"}
    ]
    assert model["properties"]["provider"]["$ref"] == "#/$defs/provider_names"


def test_an_unused_provider_is_proposed_too(resolve_project) -> None:
    settings = SETTINGS + "  idle: {litellm: anthropic, api_keys: []}\n"
    rendered = project_schemas(resolve_project({"glm-5": MODELS["glm-5"]}, settings))
    proposed = json.loads(rendered["compose/schema/model.schema.json"])["$defs"]["provider_names"]
    assert proposed["defaultSnippets"][0] == {
        "label": "idle",
        "description": "anthropic's own address",
        "body": "idle",
    }


def test_every_place_for_a_name_proposes_names_and_no_foreign_example(
    schemas: dict[str, Any],
) -> None:
    places = 0
    for path, whole in schemas.items():
        for node in _nodes(whole):
            if "x-names" in node:
                places += 1
                kept = whole["$defs"].get(node.get("$ref", "").removeprefix("#/$defs/"), node)
                assert kept["defaultSnippets"], (path, node)
                assert "examples" not in node
    assert places == 17
    example = schemas["compose/schema/model.schema.json"]["properties"]["fallbacks"]["examples"]
    assert example == [["007", "glm-5"]]


@pytest.mark.parametrize("name", ["model", "gateway"])
def test_a_copy_without_its_proposals_is_the_contract(schemas: dict[str, Any], name: str) -> None:
    copy = schemas[f"compose/schema/{name}.schema.json"]
    Draft202012Validator.check_schema(copy)
    assert _judging(copy) == _judging(schema(name))


def _judging(node: Any, *, is_properties: bool = False) -> Any:
    """What of a schema accepts and refuses: no examples, no proposals."""
    if isinstance(node, list):
        return [_judging(item) for item in node]
    if not isinstance(node, dict):
        return node
    talk = set() if is_properties else {"examples", "markdownDescription", "defaultSnippets"}
    kept = {key: value for key, value in node.items() if key not in talk}
    if "x-names" in kept:
        kept.pop("$ref", None)
    return {
        key: _judging(value, is_properties=key == "properties" and not is_properties)
        for key, value in kept.items()
        if key not in ("model_names", "provider_names")
    }


def _nodes(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in _nodes(item)]
    if not isinstance(node, dict):
        return []
    return [node, *(found for child in node.values() for found in _nodes(child))]
