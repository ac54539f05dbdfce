"""The callback's hooks, called as LiteLLM calls them."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import litellm
import pytest

from gateway.runtime.call import current_call
from gateway.runtime.callback import GatewayCallback
from gateway.runtime.reachability import origin_of


@pytest.fixture(autouse=True)
def _own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    # Somebody's client is there already: ours is not made, and nothing needs closing.
    monkeypatch.setattr(litellm, "aclient_session", object())


def closed_base() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def arguments(api_base: str, prefix: str = "openai", **settings: object) -> dict[str, Any]:
    info = {"id": "m-1", "gateway": {"model": "m", "connect": 0.3, **settings}}
    return {"model": f"{prefix}/m", "api_base": api_base, "model_info": info, "timeout": 600}


def test_a_call_gets_its_timeouts() -> None:
    async def test() -> None:
        kwargs = arguments("http://127.0.0.1:9/v1", total=60.0)
        result = await GatewayCallback().async_pre_call_deployment_hook(kwargs, None)
        assert result["timeout"] == httpx.Timeout(60.0, connect=0.3, pool=0.3)
        call = current_call.get()
        assert call is not None
        assert call.model == "m"

    asyncio.run(test())


def test_a_deployment_without_settings_is_left_alone() -> None:
    async def test() -> None:
        kwargs = {"model": "openai/m", "api_base": "http://x/v1", "timeout": 7}
        result = await GatewayCallback().async_pre_call_deployment_hook(dict(kwargs), None)
        assert result == kwargs
        assert current_call.get() is None

    asyncio.run(test())


def test_a_call_to_a_dead_upstream_fails_at_once() -> None:
    async def test() -> None:
        base, callback = closed_base(), GatewayCallback()
        origin = origin_of(base)
        assert origin is not None
        callback.reachability.mark_down(origin, 0.3, 60.0)
        with pytest.raises(litellm.APIConnectionError):
            await callback.async_pre_call_deployment_hook(arguments(base), None)
        callback.reachability.mark_up(origin)

    asyncio.run(test())


def test_the_last_of_a_chain_gets_a_fresh_look() -> None:
    async def test() -> None:
        base, callback = closed_base(), GatewayCallback()
        origin = origin_of(base)
        assert origin is not None
        callback.reachability.mark_down(origin, 0.3, 60.0)
        await asyncio.sleep(0.05)
        with pytest.raises(litellm.APIConnectionError):
            await callback.async_pre_call_deployment_hook(arguments(base, last=True), None)
        server = await asyncio.start_server(lambda _, w: w.close(), origin.host, origin.port)
        async with server:
            await callback.async_pre_call_deployment_hook(arguments(base, last=True), None)
        assert not callback.reachability.is_down(origin)

    asyncio.run(test())


def test_other_providers_are_looked_at_before_the_call() -> None:
    async def test() -> None:
        callback = GatewayCallback()
        with pytest.raises(litellm.APIConnectionError):
            kwargs = arguments(closed_base(), prefix="hosted_vllm", probe_every=60.0)
            await callback.async_pre_call_deployment_hook(kwargs, None)

    asyncio.run(test())


def test_a_bug_of_ours_is_not_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        callback = GatewayCallback()
        monkeypatch.setattr(callback, "_remember", None)
        kwargs = arguments("http://127.0.0.1:9/v1")
        assert await callback.async_pre_call_deployment_hook(kwargs, None) is kwargs

    asyncio.run(test())


def test_headers_name_the_deployment_asked_last() -> None:
    async def test() -> None:
        callback = GatewayCallback()
        assert await callback.async_pre_call_hook(None, None, {"model": "x"}, "") == {"model": "x"}
        for model in ("m", "n"):
            kwargs = arguments("http://127.0.0.1:9/v1", model=model)
            kwargs["model_info"]["id"] = f"{model}-1"
            # LiteLLM makes the call in a task of its own.
            await asyncio.create_task(callback.async_pre_call_deployment_hook(kwargs, None))
        headers = await callback.async_post_call_response_headers_hook({}, None, object())
        assert headers == {"x-gateway-model": "n", "x-gateway-upstream": "n-1"}
        assert await callback.async_post_call_response_headers_hook({}, None, None) is None

    asyncio.run(test())


def test_a_clients_own_timeout_stays_a_number() -> None:
    """LiteLLM does not cool a deployment for it then."""

    async def test() -> None:
        kwargs = arguments("http://127.0.0.1:9/v1", total=60.0) | {"timeout": 2}
        result = await GatewayCallback().async_pre_call_deployment_hook(kwargs, None)
        assert result["timeout"] == 2.0
        call = current_call.get()
        assert call is not None
        assert call.total == 2.0

    asyncio.run(test())
