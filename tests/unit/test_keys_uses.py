"""What each variable is for, and which models lack theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from small_project import SETTINGS

from gateway.keys.serving import Lacking, find_lacking
from gateway.keys.uses import may_be_shown, require_known, variables_of
from gateway.model import Blueprint, GatewayError

Resolve = Callable[..., Blueprint]

SEVERAL = SETTINGS.replace("[NANOGPT_API_KEY]", "[ONE_KEY, TWO_KEY]") + (
    "  far:\n    litellm: openai\n    api_base: os.environ/FAR_ADDRESS\n    api_keys: [FAR_KEY]\n"
    "    headers: {X-Title: os.environ/TITLE}\n"
    "  home: {litellm: openai, api_base: 'http://192.168.1.2:8080/v1', api_keys: []}\n"
    "  aws: {litellm: bedrock, litellm_params: {aws_secret_access_key: os.environ/AWS_SECRET}}\n"
    "server: {variables: [REGION, FAR_KEY]}\n"
    "litellm: {general_settings: {alerting: [slack]}}\n"
)
MODELS = {
    "glm-5": "provider: nanogpt\nmodel: a\nfallbacks: [far]\n",
    "far": "provider: far\nmodel: b\nfallbacks: [home]\n",
    "home": "provider: home\nmodel: c\n",
    "aws": "provider: aws\nmodel: d\nfallbacks: [glm-5]\n",
}


@pytest.fixture
def blueprint(resolve_project: Resolve) -> Blueprint:
    return resolve_project(MODELS, SEVERAL)


def test_what_each_is_for(blueprint: Blueprint) -> None:
    found = {
        each.name: (each.purposes, each.providers, each.models) for each in variables_of(blueprint)
    }
    passed = "passed to the proxy (`server.variables`)"
    assert found == {
        "LITELLM_MASTER_KEY": (("what clients show",), (), ()),
        "AWS_SECRET": (("setting aws_secret_access_key",), ("aws",), ("aws",)),
        "FAR_ADDRESS": (("address",), ("far",), ("far",)),
        "FAR_KEY": (("key", passed), ("far",), ("far",)),
        "ONE_KEY": (("key",), ("nanogpt",), ("glm-5",)),
        "REGION": ((passed,), (), ()),
        "TITLE": (("header X-Title",), ("far",), ("far",)),
        "TWO_KEY": (("key",), ("nanogpt",), ("glm-5",)),
    }
    assert next(iter(found)) == "LITELLM_MASTER_KEY"
    assert {each.name for each in variables_of(blueprint) if each.is_key} == {
        *("LITELLM_MASTER_KEY", "FAR_KEY", "ONE_KEY", "TWO_KEY"),
    }


def test_nothing_lacks_where_one_of_several_keys_is_set(blueprint: Blueprint) -> None:
    assert (
        find_lacking(blueprint, {"TWO_KEY", "FAR_KEY", "FAR_ADDRESS", "AWS_SECRET", "TITLE"}) == ()
    )


def test_who_answers_for_whom(blueprint: Blueprint) -> None:
    assert find_lacking(blueprint, {"FAR_KEY"}) == (
        Lacking("glm-5", ("ONE_KEY", "TWO_KEY"), "home"),
        Lacking("aws", ("AWS_SECRET",), "home"),
        Lacking("far", ("FAR_ADDRESS", "TITLE"), "home"),
    )
    known = {"FAR_KEY", "FAR_ADDRESS"}
    assert find_lacking(blueprint, known)[0].answered_by == "home", (
        "a header of far's lacks its value"
    )
    assert find_lacking(blueprint, {*known, "TITLE"})[0].answered_by == "far"


def test_nobody_answers(resolve_project: Resolve) -> None:
    blueprint = resolve_project({"glm-5": "provider: nanogpt\nmodel: a\n"})
    assert find_lacking(blueprint, ()) == (Lacking("glm-5", ("NANOGPT_API_KEY",), None),)


def test_an_unknown_name_gets_a_suggestion_or_the_list(blueprint: Blueprint) -> None:
    with pytest.raises(GatewayError) as raised:
        require_known(["FAR_KEY", "FAR_KEi"], blueprint, "more")
    assert raised.value.message == "nothing in this project names the variable `FAR_KEi`"
    assert raised.value.hint == "did you mean `FAR_KEY`? more"
    with pytest.raises(GatewayError) as raised:
        require_known(["ZZZ"], blueprint, "more")
    assert (raised.value.hint or "").startswith("there are: AWS_SECRET, FAR_ADDRESS, ")
    assert (raised.value.hint or "").endswith("; more")


@pytest.mark.parametrize("name", ["sk-abc", "A=B", "a b", "", "9A", "a1b2c3d4e5f6a7b8c9d0e1f2a3b4"])
def test_what_may_be_a_key_is_not_repeated(name: str, blueprint: Blueprint) -> None:
    assert not may_be_shown(name)
    with pytest.raises(GatewayError) as raised:
        require_known([name], blueprint)
    assert not name or name not in raised.value.message + (raised.value.hint or "")


@pytest.mark.parametrize("name", ["NANOGPT_API_KEY", "OPENAI_API_KEY_12", "nanogpt_api_key", "_X"])
def test_what_people_call_variables_is_repeated(name: str) -> None:
    assert may_be_shown(name)
