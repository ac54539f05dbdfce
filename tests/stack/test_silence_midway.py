"""`timeouts.between_chunks`: an upstream that goes silent in the middle of its answer, on a real LiteLLM."""

from __future__ import annotations

import pytest
from stack.projects import Project, Stack, StartStack, model, provider

from gateway.stand_in import Behaviour, StandIn

pytestmark = pytest.mark.usefixtures("healed")


@pytest.fixture(scope="module")
def stack(start_stack: StartStack, local: StandIn, cloud: StandIn) -> Stack:
    """The bound stands at the provider; one model has none of its own, one a longer one."""
    bounded = {**provider(local.base_url), "timeouts": {"between_chunks": "500ms"}}
    patient = {"timeouts": {"between_chunks": "20s"}}
    return start_stack(
        Project(
            providers={"near": bounded, "far": provider(cloud.base_url)},
            models={
                "chat": model("near", "local-chat", "cloud"),
                "messages": model("near", "local-messages", "cloud"),
                "patient": model("near", "local-patient", "cloud", **patient),
                "cloud": model("far", "cloud-chat"),
            },
        )
    )


@pytest.mark.parametrize("kind", ["chat-stream", "messages-stream"])
def test_the_client_hears_soon_and_the_next_request_goes_elsewhere(
    stack: Stack, local: StandIn, kind: str
) -> None:
    local.behave(Behaviour(token_gap=6.0))
    name = kind.removesuffix("-stream")
    reply = stack.proxy.ask(kind, name)
    # Before the first text LiteLLM can still go on to the fallback.
    assert reply.error or reply.comes_from("cloud"), reply
    assert reply.total < 4, reply
    again = stack.proxy.ask(kind, name)
    assert again.comes_from("cloud"), again
    assert again.total < 2, again
    assert "was silent for 0.5 s in the middle of its answer" in stack.log_file.read_text()


def test_a_model_may_be_more_patient_than_its_provider(stack: Stack, local: StandIn) -> None:
    local.behave(Behaviour(token_gap=0.7))
    reply = stack.proxy.ask("chat-stream", "patient")
    assert reply.comes_from("local"), reply
    assert reply.total > 1.4, reply
