"""Chains: their order, the longest that they can take, and what is refused about them."""

from __future__ import annotations

import pytest
from small_project import MODEL, SETTINGS, model_at

TWO = SETTINGS + "  home: {litellm: openai, api_base: 'http://10.0.0.1/v1', api_keys: []}\n"


def test_a_fallbacks_own_fallbacks_come_before_the_next(resolve_project) -> None:
    models = {
        "a": MODEL + "fallbacks: [b, e]\n",
        "b": MODEL + "fallbacks: [c, d]\n",
        "c": MODEL + "fallbacks: [d]\n",
        "d": MODEL,
        "e": MODEL + "fallbacks: [d]\n",
    }
    chains = resolve_project(models).chains
    assert chains["a"].members == ("a", "b", "c", "d", "e")
    assert chains["d"].members == ("d",)


def test_times_are_those_until_the_last_is_asked(resolve_project) -> None:
    models = {
        "a": "upstreams:\n  - {provider: nanogpt, model: x}\n  - {provider: home, model: y}\n"
        "timeouts: {connect: 500ms, first_token: 3s}\nfallbacks: [b]\n",
        "b": MODEL + "timeouts: {connect: 2s, total: 1m}\nfallbacks: [c]\n",
        "c": MODEL,
    }
    chain = resolve_project(models, TWO).chains["a"]
    assert chain.unreachable == 2 * 0.5 + 2
    assert chain.silent == 2 * 3.5 + 62


def test_a_chain_without_fallbacks_has_no_budget_to_exceed(resolve_project) -> None:
    resolve_project({"a": MODEL + "failover_within: 1s\n"})


@pytest.mark.parametrize(("within", "codes"), [("5s", ["GW214"]), ("6s", [])])
def test_a_budget_is_compared_with_the_slowest_way(
    check_project, within: str, codes: list[str]
) -> None:
    text = f"{model_at('x')}fallbacks: [glm-5]\ntimeouts: {{first_token: 5s}}\nfailover_within: {within}\n"
    assert [d.code for d in check_project({"models.d/a.yaml": text}).diagnostics] == codes


def test_a_budget_of_gateway_yaml_counts_for_every_chain(check_project) -> None:
    files = {
        "gateway.yaml": SETTINGS + "failover: {within: 3s}\n",
        "models.d/a.yaml": model_at("a") + "fallbacks: [glm-5]\n",
        "models.d/b.yaml": model_at("b") + "fallbacks: [glm-5]\nfailover_within: 11m\n",
    }
    (found,) = check_project(files).diagnostics
    assert (found.code, found.path) == ("GW214", "models.d/a.yaml")


def test_many_fallbacks_of_many_models_cost_no_time(check_project) -> None:
    names = [f"m{i:02}" for i in range(20)]
    models = {
        f"models.d/{name}.yaml": f"{model_at(name)}fallbacks: [{', '.join(names[i + 1 :])}]\n"
        for i, name in enumerate(names)
    }
    checked = check_project(models)
    assert checked.diagnostics == ()
    assert checked.blueprint.chains["m00"].members == tuple(names)


def test_a_chain_of_thousands_is_refused_and_not_walked(check_project) -> None:
    models = {
        f"models.d/m{i:04}.yaml": f"{model_at(f'x/{i}')}fallbacks: [m{i + 1:04}]\n"
        for i in range(1500)
    }
    found = check_project({**models, "models.d/m1500.yaml": MODEL}).diagnostics
    assert {d.code for d in found} == {"GW225"}
    assert len(found) == 1481


def test_a_second_key_at_a_dead_address_costs_nothing_at_a_silent_one_it_does(
    resolve_project,
) -> None:
    settings = TWO.replace("[NANOGPT_API_KEY]", "[K1, K2, K3]")
    models = {
        "a": MODEL + "timeouts: {connect: 1s, first_token: 4s}\nfallbacks: [b]\n",
        "b": "provider: home\nmodel: y\n",
    }
    chain = resolve_project(models, settings).chains["a"]
    assert (chain.unreachable, chain.silent) == (1, 15)
