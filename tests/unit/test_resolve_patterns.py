"""A project with patterns: what it mentions becomes a model, the rest is known when it is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from small_project import SETTINGS

from gateway.model import Blueprint
from gateway.pipeline import build
from gateway.resolve.patterns import may_use, with_name
from gateway.routes_file import routes_data
from gateway.runtime.claude_request import CHAT, MESSAGES, facts_of
from gateway.runtime.claude_routes import Routes, decide
from gateway.runtime.claude_tokens import Tokens

PATTERN = """\
name: nano/*
provider: nanogpt
model: "*"
deny: ["*:free"]
fallbacks: [glm-5]
"""
GLM = "provider: nanogpt\nmodel: zai-org/glm-5\n"
MORE = """\
claude_code:
  tiers: {opus: nano/opus, sonnet: glm-5}
apps:
  shop: {key: SHOP_KEY, models: ["nano/z-ai/*", glm-5]}
"""


def blueprint_of(write_project: Any, settings: str = SETTINGS + MORE, **files: str) -> Blueprint:
    fragments = {"models.d/glm-5.yaml": GLM, "models.d/any.yaml": PATTERN, **files}
    root = write_project({"gateway.yaml": settings, **fragments})
    checked = build(root).checked
    assert checked.blueprint is not None, checked.diagnostics
    return checked.blueprint


def test_a_name_that_is_mentioned_is_a_model(write_project: Any) -> None:
    blueprint = blueprint_of(write_project)
    assert blueprint.names() == ("glm-5", "nano/opus")
    model = blueprint.find("nano/opus")
    assert model is not None
    assert [u.upstream_model for u in model.upstreams] == ["opus"]
    assert blueprint.chains["nano/opus"].members == ("nano/opus", "glm-5")
    names = [d.model_name for d in blueprint.deployments]
    assert names == ["glm-5", "nano/*", "nano/opus"]
    assert {"nano/opus": ["glm-5"]} in blueprint.router_settings["fallbacks"]
    assert not any("nano/*" in each for each in blueprint.router_settings["fallbacks"])


def test_a_name_that_is_not_is_known_when_it_is_asked_for(write_project: Any) -> None:
    blueprint = blueprint_of(write_project)
    larger = with_name(blueprint, "nano/z-ai/glm")
    model = larger.find("nano/z-ai/glm")
    assert model is not None
    assert [(u.id, u.upstream_model) for u in model.upstreams] == [
        ("nano/z-ai/glm@nanogpt", "z-ai/glm")
    ]
    assert larger.chains[model.name].members == ("nano/z-ai/glm", "glm-5")
    for name in ("nano/z-ai/glm:free", "glm-5", "nano/*", "other"):
        assert with_name(blueprint, name) is blueprint


def test_an_apps_globs_hold_for_its_names(write_project: Any) -> None:
    blueprint = blueprint_of(write_project)
    shop = blueprint.apps[0]
    assert set(shop.models) == {"glm-5", "nano/*"}
    assert shop.default_model == "glm-5"
    assert may_use(blueprint, shop, "nano/z-ai/glm")
    assert may_use(blueprint, shop, "glm-5")
    for name in ("nano/opus", "nano/kimi", "nano/z-ai/glm:free", "unknown"):
        assert not may_use(blueprint, shop, name)


@pytest.mark.parametrize(
    ("asked", "protocol", "model"),
    [
        ("nano/z-ai/glm", MESSAGES, "nano/z-ai/glm"),
        ("nano/z-ai/glm[1m]", MESSAGES, "nano/z-ai/glm"),
        ("nanogpt,z-ai/glm", MESSAGES, "nano/z-ai/glm"),
        ("nanogpt,zai-org/glm-5", MESSAGES, "glm-5"),
        ("claude-opus-4-5", MESSAGES, "nano/opus"),
        ("nano/z-ai/glm:free", MESSAGES, None),
        ("nano/z-ai/glm:free", CHAT, None),
        ("nano/claude-opus", CHAT, "nano/claude-opus"),
    ],
)
def test_routes_know_its_names(
    write_project: Any, asked: str, protocol: str, model: str | None
) -> None:
    data = json.loads(json.dumps(routes_data(blueprint_of(write_project))))
    routes = Routes.from_data(data)
    body = {"model": asked, "messages": [{"role": "user", "content": "hi"}]}
    step = decide(routes, facts_of(body, protocol), Tokens(1, 1, 1))
    assert (step.model if step else None) == model


def test_a_pattern_of_embeddings_answers_no_route(write_project: Any) -> None:
    pattern = "name: emb/*\nprovider: nanogpt\nmodel: emb-*\nmode: embedding\n"
    files = {"models.d/glm-5.yaml": GLM, "models.d/embeddings.yaml": pattern}
    root = write_project({"gateway.yaml": SETTINGS, **files})
    blueprint = build(root).checked.blueprint
    assert blueprint is not None
    routes = Routes.from_data(routes_data(blueprint))
    body = {"model": "nanogpt,emb-small", "messages": [{"role": "user", "content": "hi"}]}
    step = decide(routes, facts_of(body, MESSAGES), Tokens(1, 1, 1))
    assert step is not None
    assert step.model == "glm-5"


def test_a_pattern_may_be_served_in_several_places(write_project: Any) -> None:
    pattern = """\
name: glm/*
upstreams:
  - {provider: nanogpt, model: zai-org/*, order: 1}
  - {provider: far, model: z-ai/*, order: 2}
"""
    far = "  far: {litellm: openai, api_base: 'https://a.example/v1', api_keys: [FAR_KEY]}\n"
    blueprint = blueprint_of(write_project, SETTINGS + far, **{"models.d/glm.yaml": pattern})
    model = with_name(blueprint, "glm/glm-4").find("glm/glm-4")
    assert model is not None
    assert [u.upstream_model for u in model.upstreams] == ["zai-org/glm-4", "z-ai/glm-4"]


def test_the_project_that_has_none_renders_nothing_of_them(write_project: Any) -> None:
    root = write_project({"gateway.yaml": SETTINGS, "models.d/glm-5.yaml": GLM})
    built = build(root)
    assert "patterns" not in built.rendered["compose/gateway_runtime/claude_routes.json"]
