"""Rules that take more to show than one small project of tests/fragments, and limits as rendered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from small_project import MODEL, SETTINGS, model_at

from gateway.diagnostics import Severity
from gateway.resolve.rules.entries import listed

OTHER = "  other: {litellm: openrouter, api_keys: [OTHER_KEY]}\n"


def told(check_project, models: Mapping[str, str], settings: str = SETTINGS) -> list[str]:
    """Code, file and line of every finding; all of them are warnings."""
    files = {f"models.d/{name}.yaml": text for name, text in models.items()}
    checked = check_project({"gateway.yaml": settings, **files})
    assert all(d.severity is Severity.WARNING for d in checked.diagnostics)
    assert checked.blueprint is not None
    return [f"{d.code} {d.path.split('/')[-1]}:{d.span.line}" for d in checked.diagnostics]


def test_a_loss_behind_two_silent_fallbacks_is_told_once(check_project) -> None:
    models = {
        "a": model_at("a") + "context_window: 100\nfallbacks: [b, c]\n",
        "b": model_at("b") + "fallbacks: [small]\n",
        "c": model_at("c") + "fallbacks: [small]\n",
        "small": model_at("s") + "context_window: 10\n",
    }
    assert told(check_project, models) == ["GW245 a.yaml:4"]


def test_a_loss_is_told_where_the_last_model_that_says_something_stands(check_project) -> None:
    models = {
        "a": model_at("a") + "capabilities: [tools, vision]\nfallbacks: [b]\n",
        "b": model_at("b") + "capabilities: [tools, vision]\nfallbacks: [c]\n",
        "c": model_at("c") + "fallbacks: [d]\n",
        "d": model_at("d") + "capabilities: [tools]\nfallbacks: [e]\n",
        "e": model_at("e") + "capabilities: []\n",
    }
    assert told(check_project, models) == ["GW245 b.yaml:4", "GW213 d.yaml:4"]


def test_what_is_a_direct_fallback_too_is_told_there_alone(check_project) -> None:
    models = {
        "a": model_at("a") + "context_window: 100\nfallbacks: [b, small]\n",
        "b": model_at("b") + "fallbacks: [small]\n",
        "small": model_at("s") + "context_window: 10\n",
    }
    assert told(check_project, models) == ["GW212 a.yaml:4"]


def test_silence_to_the_end_is_no_loss(check_project) -> None:
    models = {
        "a": model_at("a") + "context_window: 100\nfallbacks: [b]\n",
        "b": model_at("b") + "fallbacks: [c]\n",
        "c": model_at("c"),
    }
    assert told(check_project, models) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ["GW249 a.yaml:3"]),
        ("params: {temperature: 1}\n", ["GW249 a.yaml:3"]),
        ("headers: {X-Pool: b}\n", []),
        ("params: {extra_body: {provider: {only: [x]}}}\n", []),
        ("litellm: {tags: [b]}\n", []),
    ],
)
def test_what_makes_an_upstream_another(check_project, more: str, expected: list[str]) -> None:
    models = {"a": MODEL + "fallbacks: [glm-5]\n", "glm-5": MODEL + more}
    assert told(check_project, models) == expected


def test_a_fallback_with_one_place_of_its_own_is_worth_asking(check_project) -> None:
    both = "upstreams:\n  - {provider: nanogpt, model: x}\n  - {provider: other, model: x}\n"
    models = {"a": model_at("x") + "fallbacks: [both]\n", "both": both}
    assert told(check_project, models, SETTINGS + OTHER) == []
    models = {"a": both + "fallbacks: [one]\n", "one": model_at("x"), "both": MODEL}
    assert told(check_project, models, SETTINGS + OTHER) == ["GW249 a.yaml:4"]


def test_files_of_which_some_file_systems_keep_one(check_project) -> None:
    models = {"Kimi": model_at("a") + "name: a\n", "kimi": model_at("b") + "name: b\n"}
    assert told(check_project, models) == ["GW252 kimi.yaml:1"]
    models = {"Kimi": model_at("a"), "kimi": model_at("b")}
    assert told(check_project, models) == ["GW252 kimi.yaml:1"]


@pytest.mark.parametrize(
    ("prefix", "keys", "header", "expected"),
    [
        ("openai", "[K]", "authorization", ["GW256 gateway.yaml:7"]),
        ("hosted_vllm", "[K, L]", "Authorization", ["GW256 gateway.yaml:7"]),
        ("openai", "[]", "Authorization", []),
        ("openai", "[K]", "Proxy-Authorization", []),
        ("anthropic", "[K]", "Authorization", []),
        ("azure", "[K]", "Authorization", []),
    ],
)
def test_a_header_where_the_key_is(
    check_project, prefix: str, keys: str, header: str, expected: list[str]
) -> None:
    own = f"{{litellm: {prefix}, api_base: 'https://a.example', api_keys: {keys}, headers: {{{header}: os.environ/X}}}}"
    settings = f"{SETTINGS}  other: {own}\n"
    assert told(check_project, {"a": "provider: other\nmodel: x\n"}, settings) == expected


@pytest.mark.parametrize("mode", ["chat", "completion", "embedding", "audio_speech", "rerank"])
def test_each_mode_has_parameters_of_its_own(check_project, mode: str) -> None:
    params = "{temperature: 1, dimensions: 9, voice: x, user: u, extra_body: {a: 1}}"
    text = f"{model_at('x')}mode: {mode}\nparams: {params}\n"
    found = check_project({"models.d/a.yaml": text}).diagnostics
    lacks = {
        "chat": {"dimensions", "voice"},
        "completion": {"dimensions", "voice"},
        "embedding": {"temperature", "voice"},
        "audio_speech": {"temperature", "dimensions"},
        "rerank": {"temperature", "dimensions", "voice"},
    }
    assert {d.code for d in found} == {"GW255"}
    assert {d.message.split("`")[1] for d in found} == lacks[mode]


def test_models_of_a_finding_are_listed_and_not_without_end(resolve_project) -> None:
    models = {name: model_at(name) for name in "abcde"}
    a, b, c, *rest = resolve_project({**models, "glm-5": MODEL}).models[1:]
    assert listed([a]) == "`a`"
    assert listed([a, b]) == "`a` and `b`"
    assert listed([a, b, c]) == "`a`, `b` and `c`"
    assert listed([a, b, c, *rest]) == "`a`, `b`, `c` and 2 more"


LIMITED = SETTINGS + "    limits: {rpm: 60, tpm: 1000, max_parallel_requests: 4}\n"


def limits_of(deployment: Any) -> dict[str, dict[str, int]]:
    keys = ("rpm", "tpm", "max_parallel_requests")
    sides = {"params": deployment.litellm_params, "info": deployment.model_info}
    return {side: {k: data[k] for k in keys if k in data} for side, data in sides.items()}


@pytest.mark.parametrize(
    ("own", "params", "info"),
    [
        ("", {"max_parallel_requests": 4}, {"rpm": 60, "tpm": 1000}),
        ("limits: {rpm: 30}\n", {"rpm": 30, "max_parallel_requests": 4}, {"tpm": 1000}),
        ("limits: {rpm: 90}\n", {"rpm": 60, "max_parallel_requests": 4}, {"tpm": 1000}),
        (
            "limits: {rpm: 60, tpm: 9, max_parallel_requests: 2}\n",
            {"rpm": 60, "tpm": 9, "max_parallel_requests": 2},
            {},
        ),
    ],
)
def test_the_lower_limit_is_rendered_and_a_providers_rate_is_no_weight(
    resolve_project, own: str, params: dict[str, int], info: dict[str, int]
) -> None:
    blueprint = resolve_project({"glm-5": MODEL + own}, LIMITED)
    assert [limits_of(d) for d in blueprint.deployments] == [{"params": params, "info": info}]
    checks = blueprint.router_settings["optional_pre_call_checks"]
    assert checks == ["enforce_model_rate_limits"]


def test_only_upstreams_of_the_provider_have_its_limits(resolve_project) -> None:
    both = "upstreams:\n  - {provider: nanogpt, model: x}\n  - {provider: other, model: x}\n"
    first, second = resolve_project({"glm-5": both}, LIMITED + OTHER).deployments
    assert limits_of(first) == {
        "params": {"max_parallel_requests": 4},
        "info": {"rpm": 60, "tpm": 1000},
    }
    assert limits_of(second) == {"params": {}, "info": {}}


def test_two_models_of_one_name_are_one_mistake_and_no_crash(check_project) -> None:
    models = {
        "models.d/a.yaml": model_at("x") + "max_output_tokens: 9\nfallbacks: [alias]\n",
        "models.d/b.yaml": model_at("x") + "aliases: [alias]\n",
        "models.d/c.yaml": model_at("x") + "name: b\nmax_output_tokens: 8\n",
    }
    found = check_project(models).diagnostics
    assert [(d.code, d.path[-6:-5]) for d in found if d.severity is Severity.ERROR] == [
        ("GW201", "c")
    ]
    assert {d.code for d in found} == {"GW201", "GW246", "GW249"}
