"""What providers and upstreams say of LiteLLM beside address and key arrives in the deployments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gateway.model import Blueprint, EnvRef
from gateway.render import _for_compose

SETTINGS = """\
default_model: gpt
providers:
  eu:
    litellm: azure
    api_base: os.environ/BASE_EU
    api_keys: [KEY_EU]
    litellm_params: {api_version: "1", tags: [eu], organization: os.environ/ORG}
  nanogpt: {litellm: openai, api_base: https://nano-gpt.com/api/v1, api_keys: [NANOGPT_API_KEY]}
  ad:
    litellm: azure
    api_base: https://us.openai.azure.com
    litellm_params: {azure_ad_token: os.environ/TOKEN}
server:
  variables: [TOKEN, AWS_REGION_NAME]
litellm:
  litellm_settings: {callbacks: langfuse}
"""
MODEL = """\
upstreams:
  - {provider: eu, model: a, limits: {rpm: 6}, litellm: {tags: [own]}}
  - {provider: ad, model: b}
limits: {rpm: 60, tpm: 9}
litellm: {tags: [model], timeout_by_service_tier: {flex: 1}}
"""


@pytest.fixture
def blueprint(resolve_project: Callable[[Mapping[str, str], str], Blueprint]) -> Blueprint:
    return resolve_project({"gpt": MODEL}, SETTINGS)


def params_of_both(blueprint: Blueprint) -> list[Mapping[str, Any]]:
    return [d.litellm_params for d in blueprint.deployments if d.model_name == "gpt"]


def test_an_upstream_wins_over_the_model_and_the_model_over_the_provider(
    blueprint: Blueprint,
) -> None:
    first, second = params_of_both(blueprint)
    assert (first["tags"], second["tags"]) == (["own"], ["model"])
    assert (first["api_version"], first["organization"]) == ("1", EnvRef("ORG"))
    assert (first["rpm"], first["tpm"], second["rpm"]) == (6, 9, 60)
    assert blueprint.router_settings["optional_pre_call_checks"] == ["enforce_model_rate_limits"]


def test_an_address_can_be_a_variable(blueprint: Blueprint) -> None:
    first, second = params_of_both(blueprint)
    assert first["api_base"] == EnvRef("BASE_EU")
    assert second["api_base"] == "https://us.openai.azure.com"


def test_no_key_is_sent_where_a_token_authenticates(blueprint: Blueprint) -> None:
    first, second = params_of_both(blueprint)
    assert first["api_key"] == EnvRef("KEY_EU")
    assert "api_key" not in second
    assert second["azure_ad_token"] == EnvRef("TOKEN")


def test_further_variables_are_empty_where_they_are_not_set(blueprint: Blueprint) -> None:
    by_name = {variable.name: variable for variable in blueprint.variables}
    assert _for_compose(by_name["AWS_REGION_NAME"]) == "${AWS_REGION_NAME:-}"
    assert _for_compose(by_name["ORG"]) == "${ORG:-missing-ORG}"
    assert not by_name["TOKEN"].may_be_empty, "it is also somebody's key"


def test_callbacks_stand_behind_our_own(blueprint: Blueprint) -> None:
    assert blueprint.litellm_settings["callbacks"] == ["gateway_runtime.instance", "langfuse"]
