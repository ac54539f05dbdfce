"""Which addresses lead to the wrong machine, with which engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from small_project import SETTINGS

from gateway.cli.own_machine import wrong_machine_lines
from gateway.model import Blueprint

PROVIDERS = SETTINGS + (
    "  home: {litellm: openai, api_base: 'http://127.0.0.1:18080/v1', api_keys: []}\n"
    "  six: {litellm: openai, api_base: 'http://[::1]:1/v1', api_keys: []}\n"
    "  inside: {litellm: openai, api_base: 'http://host.docker.internal:18080/v1', api_keys: []}\n"
    "  told: {litellm: openai, api_base: os.environ/TOLD, api_keys: []}\n"
    "  unused: {litellm: openai, api_base: 'http://localhost:1/v1', api_keys: []}\n"
)
MODELS = {
    name: f"provider: {provider}\nmodel: {name}\n"
    for name, provider in {
        **{"glm-5": "nanogpt", "a": "home", "b": "home"},
        **{"c": "six", "d": "inside", "e": "told"},
    }.items()
}
VALUES = {"TOLD": "http://localhost:7/canary-of-a-path"}


@pytest.fixture
def blueprint(resolve_project: Callable[..., Blueprint]) -> Blueprint:
    return resolve_project(MODELS, PROVIDERS)


def test_in_a_container(blueprint: Blueprint) -> None:
    open_it = ", and let the server listen on more than loopback"
    assert sorted(wrong_machine_lines(blueprint, VALUES, "docker")) == [
        "home: http://127.0.0.1:18080 is the container itself: "
        f"write http://host.docker.internal:18080/v1{open_it}",
        "six: http://[::1]:1 is the container itself: "
        f"write http://host.docker.internal:1/v1{open_it}",
        "told: http://localhost:7 is the container itself: "
        f"write http://host.docker.internal:7{open_it}",
    ]


def test_as_a_process(blueprint: Blueprint) -> None:
    assert list(wrong_machine_lines(blueprint, VALUES, "process")) == [
        "inside: http://host.docker.internal:18080 exists in containers only: "
        "write http://127.0.0.1:18080/v1"
    ]


def test_a_variable_without_a_value_leads_nowhere(blueprint: Blueprint) -> None:
    assert not any(line.startswith("told") for line in wrong_machine_lines(blueprint, {}, "docker"))
