"""Models become LiteLLM's deployments and settings: what is in them, and what must never be missing."""

from __future__ import annotations

import pytest
from small_project import MODEL, SETTINGS

from gateway.model import EnvRef, Timeouts
from gateway.resolve.durations import seconds, spelled, written
from gateway.resolve.models import with_references
from gateway.resolve.variables import resolve_variables

HOME = SETTINGS + "  home: {litellm: openai, api_base: 'http://10.0.0.1/v1/', api_keys: []}\n"


def test_every_deployment_says_its_key_and_its_address(resolve_project) -> None:
    models = {"a": "provider: home\nmodel: x\n"}
    first, second = resolve_project(models, HOME).deployments
    assert first.litellm_params["api_key"] == EnvRef("NANOGPT_API_KEY")
    assert second.litellm_params["api_key"] == "none"
    assert second.litellm_params["api_base"] == "http://10.0.0.1/v1"
    assert second.litellm_params["model"] == "openai/x"


def test_there_is_one_deployment_for_each_upstream_and_key(resolve_project) -> None:
    settings = HOME.replace("[NANOGPT_API_KEY]", "[K1, K2]")
    models = {
        "a": "upstreams:\n  - {provider: nanogpt, model: x, weight: 2, order: 1}\n"
        "  - {provider: home, model: y, order: 2}\n  - {provider: home, model: z, order: 3}\n"
    }
    ours = [d for d in resolve_project(models, settings).deployments if d.model_name == "a"]
    assert [d.model_info["id"] for d in ours] == ["a@nanogpt", "a@nanogpt#2", "a@home", "a@home#2"]
    assert [d.litellm_params["api_key"] for d in ours] == [
        EnvRef("K1"),
        EnvRef("K2"),
        "none",
        "none",
    ]
    assert [d.litellm_params.get("weight") for d in ours] == [2, 2, None, None]
    assert [d.litellm_params.get("order") for d in ours] == [1, 1, 2, 3]
    assert {d.litellm_params["num_retries"] for d in ours} == {3}


def test_an_upstreams_share_does_not_grow_with_its_keys(resolve_project) -> None:
    settings = HOME.replace("[NANOGPT_API_KEY]", "[K1, K2, K3]")
    models = {
        "a": "upstreams:\n  - {provider: nanogpt, model: x, weight: 3}\n"
        "  - {provider: home, model: y, weight: 1}\n"
    }
    ours = [d for d in resolve_project(models, settings).deployments if d.model_name == "a"]
    assert [d.litellm_params["weight"] for d in ours] == [3, 3, 3, 1]


def test_a_providers_timeouts_stand_between_the_models_and_those_for_all(resolve_project) -> None:
    settings = HOME.replace(
        "    api_keys: [NANOGPT_API_KEY]\n",
        "    api_keys: [NANOGPT_API_KEY]\n"
        "    timeouts: {connect: 3s, first_token: 2m, between_chunks: 40s}\n",
    )
    settings += "timeouts: {first_token: 9s, total: 5m}\nfailover: {connect: 2s}\n"
    models = {
        "a": "timeouts: {connect: 4s}\nupstreams:\n"
        "  - {provider: nanogpt, model: x}\n  - {provider: home, model: y}\n",
        "b": "provider: home\nmodel: z\n",
    }
    blueprint = resolve_project(models, settings)
    read = {d.model_info["id"]: d.model_info["gateway"] for d in blueprint.deployments}
    bounds = ("connect", "first_token", "between_chunks", "total")
    assert [
        [read[id].get(name) for name in bounds] for id in ("a@nanogpt", "a@home", "b@home")
    ] == [
        [4, 120, 40, 300],
        [4, 9, None, 300],
        [2, 9, None, 300],
    ]
    assert blueprint.find("a").timeouts == Timeouts(4.0, 120.0, 300.0, None)


def test_what_a_model_is_not_said_to_do_is_left_to_litellm(resolve_project) -> None:
    settings = HOME.replace(
        "litellm: openai, api_base: 'http://10", "litellm: anthropic, api_base: 'http://10"
    )
    text = "provider: home\nmodel: x\ncapabilities: [tools]\n"
    info = resolve_project({"a": text}, settings).deployments[1].model_info
    assert {k: v for k, v in info.items() if k.startswith("supports")} == {
        "supports_function_calling": True
    }


def test_ids_are_unique(resolve_project) -> None:
    models = {"a": "provider: home\nmodel: x\n", "a@home": "provider: home\nmodel: y\n"}
    ids = [d.model_info["id"] for d in resolve_project(models, HOME).deployments]
    assert len(ids) == len(set(ids))


def test_a_lone_deployment_is_not_retried(resolve_project) -> None:
    (deployment,) = resolve_project({}).deployments
    assert deployment.litellm_params["num_retries"] == 0


def test_thinking_requests_stay_on_chat_completions(resolve_project) -> None:
    (deployment,) = resolve_project(
        {"glm-5": MODEL + "capabilities: [thinking, tools]\n"}
    ).deployments
    assert deployment.model_info["supports_reasoning"] is False
    assert deployment.model_info["supports_function_calling"] is True
    assert deployment.litellm_params["use_chat_completions_api"] is True


def test_timeouts_of_a_fragment_win_over_those_of_gateway_yaml(resolve_project) -> None:
    settings = SETTINGS + "timeouts: {first_token: 30s, total: 5m}\nfailover: {connect: 2s}\n"
    models = {"a": MODEL + "timeouts: {connect: 250ms, total: 1m}\n"}
    by_name = {m.name: m.timeouts for m in resolve_project(models, settings).models}
    assert by_name == {"glm-5": Timeouts(2, 30, 300), "a": Timeouts(0.25, 30, 60)}


def test_prices_are_per_token_and_exact(resolve_project) -> None:
    text = MODEL + "price: {input: 0.6, output: 2.2, cached_input: 0.11}\n"
    info = resolve_project({"glm-5": text}).deployments[0].model_info
    assert info["input_cost_per_token"] == 6e-07
    assert info["output_cost_per_token"] == 2.2e-06
    assert info["cache_read_input_token_cost"] == 1.1e-07


def test_headers_of_a_model_win_over_its_providers(resolve_project) -> None:
    settings = SETTINGS + "    headers: {X-A: provider, X-B: os.environ/B}\n"
    text = MODEL + "headers: {X-A: model}\n"
    params = resolve_project({"glm-5": text}, settings).deployments[0].litellm_params
    assert params["extra_headers"] == {"X-A": "model", "X-B": EnvRef("B")}


def test_limits_are_enforced_beside_the_checks_that_were_asked_for(resolve_project) -> None:
    raw = "litellm: {router_settings: {optional_pre_call_checks: [prompt_caching]}}\n"
    models = {"glm-5": MODEL + "limits: {rpm: 5}\n"}
    checks = resolve_project(models, SETTINGS + raw).router_settings["optional_pre_call_checks"]
    assert checks == ["enforce_model_rate_limits", "prompt_caching"]
    assert "optional_pre_call_checks" not in resolve_project({"glm-5": MODEL}).router_settings


def test_variables_are_those_that_are_named_and_no_others(resolve_project) -> None:
    text = (
        MODEL + "headers: {X: os.environ/HEADER}\nparams: {extra_body: {a: {b: os.environ/BODY}}}\n"
    )
    settings = SETTINGS + "  spare: {litellm: openai, api_base: 'http://a', api_keys: [SPARE]}\n"
    variables = resolve_project({"glm-5": text}, settings).variables
    assert [(v.name, v.required) for v in variables] == [
        ("BODY", False),
        ("HEADER", False),
        ("LITELLM_MASTER_KEY", True),
        ("NANOGPT_API_KEY", False),
    ]


def test_numbers_in_names_are_numbers() -> None:
    names = ["K_10", "K_2", "A", "K_1", "2X", "K_2_B"]
    in_order = [v.name for v in resolve_variables([EnvRef(name) for name in names])]
    assert in_order == ["2X", "A", "K_1", "K_2", "K_2_B", "K_10"]


def test_a_variable_is_required_where_any_reference_requires_it() -> None:
    references = [EnvRef("A"), {"x": (EnvRef("A", required=True),)}, "text", 5, None]
    assert resolve_variables(references) == (EnvRef("A", required=True),)


def test_references_are_found_at_any_depth() -> None:
    data = {"a": "os.environ/A", "b": [{"c": "os.environ/C"}, "x os.environ/D"]}
    assert with_references(data) == {"a": EnvRef("A"), "b": [{"c": EnvRef("C")}, "x os.environ/D"]}


@pytest.mark.parametrize(
    ("text", "value"), [("500ms", 0.5), ("1s", 1.0), ("1.5m", 90.0), ("2h", 7200.0), ("0.1s", 0.1)]
)
def test_durations_are_seconds(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1s"), (0.5, "0.5s"), (60.0, "1m"), (601.0, "10m 1s"), (0.0, "0s")]
)
def test_durations_are_spelled_as_people_do(value: float, text: str) -> None:
    assert spelled(value) == text


def test_whole_seconds_are_written_whole() -> None:
    assert repr(written(600.0)) == "600"
    assert repr(written(0.5)) == "0.5"
