"""The environment that a client gets, and models that nobody named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.cli.client_gateway import connection_for, environment_of
from gateway.clients import CLIENTS
from gateway.clients.claude_code import CLAUDE_CODE
from gateway.clients.launch import environment_for, no_proxy_for
from gateway.model import App, Blueprint, ClaudeCode, EnvRef, GatewayError

PARENT = {"PATH": "/bin", "ANTHROPIC_API_KEY": "sk-mine", "TERM": "dumb"}


def test_the_parents_variables_stay_but_for_what_must_not_be_set() -> None:
    changes = {"ANTHROPIC_API_KEY": None, "ANTHROPIC_BASE_URL": "http://g", "NOT_THERE": None}
    made = environment_for(PARENT, changes, "127.0.0.1")
    assert made == {"PATH": "/bin", "TERM": "dumb", "ANTHROPIC_BASE_URL": "http://g"}
    assert PARENT["ANTHROPIC_API_KEY"] == "sk-mine"


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_no_proxy_stands_between_client_and_gateway(name: str) -> None:
    made = environment_for({name: "http://proxy", "no_proxy": "a.example"}, {}, "127.0.0.1")
    assert made["no_proxy"] == made["NO_PROXY"] == "a.example,127.0.0.1"


def test_both_spellings_say_what_either_said() -> None:
    """Some programs read the one, some the other, and the longer one may stand in either."""
    both = {"NO_PROXY": "a.example, b.example", "no_proxy": "b.example,c.example"}
    made = no_proxy_for(both, "gateway")
    assert set(made.values()) == {"a.example,b.example,c.example,gateway"}
    assert set(no_proxy_for({"NO_PROXY": "*"}, "gateway").values()) == {"*"}


@pytest.fixture
def blueprint(resolve_project) -> Blueprint:
    model = "provider: nanogpt\nmodel: m\n"
    found: Blueprint = resolve_project({"glm-5": model, "kimi": model})
    return found


def routed(blueprint: Blueprint) -> Blueprint:
    claude = ClaudeCode({"opus": "kimi"}, {}, 60_000, ())
    return replace(blueprint, claude_code=claude)


def test_without_a_model_claude_code_keeps_anthropics_names(blueprint: Blueprint) -> None:
    blueprint = routed(blueprint)
    to = connection_for(
        blueprint, None, CLAUDE_CODE, url="http://g", values={"LITELLM_MASTER_KEY": "sk-k"}
    )
    variables = environment_of(CLAUDE_CODE, to, None)
    assert variables["ANTHROPIC_BASE_URL"] == "http://g"
    assert variables["ANTHROPIC_AUTH_TOKEN"] == "sk-k"
    named = {name for name, value in variables.items() if value in blueprint.names()}
    assert named == {"ANTHROPIC_DEFAULT_HAIKU_MODEL"}
    assert "ANTHROPIC_MODEL" not in variables
    named = environment_of(CLAUDE_CODE, to, "glm-5")
    assert named["ANTHROPIC_MODEL"] == "glm-5"


@pytest.mark.parametrize("client", [c.name for c in CLIENTS.values() if c.program])
def test_without_a_model_and_routes_it_is_asked_for(client: str, blueprint: Blueprint) -> None:
    with pytest.raises(GatewayError, match=r"^which model\?$"):
        connection_for(blueprint, None, CLIENTS[client])
    if client != "claude":
        with pytest.raises(GatewayError, match=r"^which model\?$"):
            connection_for(routed(blueprint), None, CLIENTS[client])


def test_an_app_is_asked_for_one_of_its_own(blueprint: Blueprint) -> None:
    app = App("shop", "", (EnvRef("SHOP_KEY"),), ("kimi",), "kimi", {}, None, None)
    with pytest.raises(GatewayError) as raised:
        connection_for(replace(blueprint, apps=(app,)), None, CLIENTS["claude"], app_name="shop")
    assert (raised.value.hint or "").endswith("(that is kimi); there are: kimi")


def test_a_model_that_does_not_chat_is_refused_before_anything_starts(resolve_project) -> None:
    found = resolve_project(
        {
            "glm-5": "provider: nanogpt\nmodel: m\n",
            "e": "provider: nanogpt\nmodel: e\nmode: embedding\n",
        }
    )
    with pytest.raises(GatewayError, match="`e` is not a chat model"):
        connection_for(found, "e", CLAUDE_CODE)
