"""What a project says, as the stack and `explain --request` read it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from small_project import MODEL, SETTINGS, model_at

from gateway import assets, explaining
from gateway.explaining import explain_request, read_request
from gateway.model import Blueprint, GatewayError
from gateway.pipeline import check
from gateway.routes_file import routes_text
from gateway.runtime.claude_routes import Routes


def blueprint_of(check_project: Any, section: str, **models: str) -> Blueprint:
    files = {f"models.d/{name}.yaml": text for name, text in models.items()}
    files = {"models.d/glm-5.yaml": MODEL, **files, "gateway.yaml": SETTINGS + section}
    checked = check_project(files)
    assert checked.blueprint is not None, checked.diagnostics
    blueprint: Blueprint = checked.blueprint
    return blueprint


def answered(blueprint: Blueprint, body: Any) -> tuple[str, str | None]:
    decision = explain_request(blueprint, read_request(json.dumps(body))).decision
    assert decision is not None
    return decision.route, decision.model


@pytest.mark.parametrize("name", ["claude-opus-5-5", "haiku", "claude-sonnet-4-5[1m]", "gpt-9"])
def test_without_a_section_the_default_model_answers(name: str) -> None:
    blueprint = check(assets.sample_folder()).blueprint
    assert blueprint is not None
    assert answered(blueprint, {"model": name, "thinking": {"type": "adaptive"}}) == (
        "default",
        "qwen3.5-local",
    )


def test_aliases_are_resolved_everywhere(check_project) -> None:
    section = """\
claude_code:
  tiers: {opus: k2}
  routes: {background: k2, default: default}
  rules:
    - {name: r, model: k2, when: {header: {x-a: b}}}
"""
    kimi = model_at("vendor/Kimi-K2") + "aliases: [k2]\n"
    routes = Routes.from_data(json.loads(routes_text(blueprint_of(check_project, section, kimi=kimi))))  # fmt: skip
    assert routes.tiers == {"opus": "kimi"}
    assert routes.routes == {"background": "kimi", "default": "glm-5"}
    assert routes.rules[0].model == "kimi"
    assert routes.names == {"glm-5": "glm-5", "kimi": "kimi", "k2": "kimi", "default": "glm-5"}
    assert routes.providers["nanogpt"]["vendor/kimi-k2"] == "kimi"


def test_of_two_models_with_one_upstream_id_the_default_one_is_meant(check_project) -> None:
    blueprint = blueprint_of(check_project, "", again=MODEL + "params: {temperature: 0}\n")
    assert answered(blueprint, {"model": "nanogpt,zai-org/glm-5"}) == ("explicit", "glm-5")
    assert answered(blueprint, {"model": "nanogpt,again"}) == ("explicit", "again")


def test_models_that_do_not_chat_are_never_chosen_for_a_name(check_project) -> None:
    blueprint = blueprint_of(check_project, "", vectors=model_at("v") + "mode: embedding\n")
    assert answered(blueprint, {"model": "nanogpt,v"}) == ("default", "glm-5")
    tagged = {"model": "claude-x", "system": "<gateway-model>vectors</gateway-model>"}
    assert answered(blueprint, tagged) == ("default", "glm-5")


def test_without_a_tokenizer_the_estimate_decides(
    check_project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "bundled_encode", lambda: None)
    section = "claude_code: {routes: {long_context: kimi}, long_context_threshold: 1000}\n"
    blueprint = blueprint_of(check_project, section, kimi=model_at("k"))
    for size, route in ((4_000, "default"), (4_500, "long_context")):
        body = {"model": "claude-x", "system": "x" * size}
        explained = explain_request(blueprint, read_request(json.dumps(body)))
        assert not explained.tokens.is_exact
        assert explained.decision is not None
        assert explained.decision.route == route


@pytest.mark.parametrize("text", ["", "null", "[]", "[" * 100_000])
def test_what_is_no_request_is_said_so(text: str) -> None:
    with pytest.raises(GatewayError, match="not a JSON object"):
        read_request(text)
