"""Who is asked whether anybody of a chain is there."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.runtime.nobody_answers import Nobody, nobody_of
from gateway.runtime.reachability import Reachability, origin_of

HOME = "http://127.0.0.1:9/v1"
FAR = "http://127.0.0.1:10/v1"


def deployment(url: str, identity: str) -> dict[str, Any]:
    return {"litellm_params": {"api_base": url}, "model_info": {"id": identity}}


async def asked_with_down(model: str, router: Any, *urls: str) -> Nobody | None:
    reachability = Reachability()
    for url in urls:
        origin = origin_of(url)
        assert origin is not None
        reachability.mark_down(origin, connect=0.1, probe_every=60)
    return nobody_of(model, router, reachability)


@pytest.mark.parametrize("fallbacks", [None, [], [{"alone": ["far"]}]])
def test_a_project_may_have_no_fallbacks_at_all(fallbacks: Any) -> None:
    models = {
        "alone": [deployment(HOME, "alone@home#1"), deployment(HOME, "alone@home#2")],
        "far": [deployment(FAR, "far@far")],
    }
    router = SimpleNamespace(
        fallbacks=fallbacks, get_model_list=lambda model_name: models[model_name]
    )
    nobody = asyncio.run(asked_with_down("alone", router, HOME, FAR))
    assert nobody is not None
    assert "home (http://127.0.0.1:9)" in nobody.sentence
    assert ("far (http://127.0.0.1:10)" in nobody.sentence) is bool(fallbacks)
    assert asyncio.run(asked_with_down("far", router, HOME)) is None
