"""An address that is a variable's value: where it is set it is asked, where not nobody gets the prompt."""

from __future__ import annotations

import pytest
from stack.asking import CHAT_KINDS
from stack.projects import Project, Stack, StartStack, model, provider

from gateway.stand_in import StandIn

OPENAI = "sk-openai-of-a-provider-0123456789"


def project(cloud_url: str, values: dict[str, str]) -> Project:
    return Project(
        providers={
            "home": {"litellm": "openai", "api_base": "os.environ/HOME_BASE", "api_keys": []},
            "far": provider(cloud_url, "OPENAI_API_KEY"),
        },
        models={"local": model("home", "local-chat", "cloud"), "cloud": model("far", "cloud-chat")},
        values={"OPENAI_API_KEY": OPENAI, **values},
    )


@pytest.fixture(scope="module")
def unset(start_stack: StartStack, cloud: StandIn) -> Stack:
    return start_stack(project(cloud.base_url, {}))


@pytest.fixture(scope="module")
def given(start_stack: StartStack, local: StandIn, cloud: StandIn) -> Stack:
    return start_stack(project(cloud.base_url, {"HOME_BASE": local.base_url}))


@pytest.mark.parametrize("kind", CHAT_KINDS)
@pytest.mark.usefixtures("healed")
def test_an_unset_address_is_no_address(unset: Stack, cloud: StandIn, kind: str) -> None:
    reply = unset.proxy.ask(kind, "local")
    assert reply.comes_from("cloud"), reply
    assert [r.model for r in cloud.requests if r.method == "POST"] == ["cloud-chat"]


@pytest.mark.parametrize("kind", CHAT_KINDS)
@pytest.mark.usefixtures("healed")
def test_a_given_address_is_asked_without_a_foreign_key(
    given: Stack, local: StandIn, kind: str
) -> None:
    reply = given.proxy.ask(kind, "local")
    assert reply.comes_from("local"), reply
    assert {r.headers.get("authorization") for r in local.requests} == {"Bearer none"}
