"""Who else is asked, as LiteLLM's router has it."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.runtime import deployments
from gateway.runtime.key_waiting import has_fallback


@pytest.mark.parametrize(
    ("fallbacks", "has"),
    [
        (None, False),
        ([], False),
        ([{"other": ["far"]}], False),
        ([{"asked": []}], False),
        ([{"other": ["near"]}, {"asked": ["far"]}], True),
        ([{"*": ["far"]}], True),
    ],
)
def test_a_model_has_a_fallback_where_litellm_would_ask_it(
    fallbacks: Any, has: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiteLLM keeps None where no model has any."""
    served = SimpleNamespace(llm_router=SimpleNamespace(fallbacks=fallbacks))
    monkeypatch.setitem(sys.modules, "litellm.proxy.proxy_server", served)
    assert has_fallback("asked") is has


def test_before_litellm_serves_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting is for where nobody else could answer, and that is not known yet."""
    monkeypatch.delitem(sys.modules, "litellm.proxy.proxy_server", raising=False)
    assert deployments.router() is None
    assert list(deployments.deployments_of()) == []
    assert has_fallback("asked")


@pytest.mark.parametrize("info", [None, {}, {"id": "x"}, {"gateway": "of somebody else"}, "no"])
def test_a_deployment_that_is_none_of_ours_says_nothing(info: Any) -> None:
    assert deployments.rendered_in(info) == {}
