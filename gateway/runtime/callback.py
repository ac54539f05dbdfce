"""The LiteLLM callback: gives each call its own timeouts and fails calls to dead upstreams."""

# ruff: noqa: ARG002 - LiteLLM passes arguments by these names
# ruff: noqa: TRY400 - a traceback of LiteLLM's arguments may hold a secret

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import httpx
import litellm
from litellm.integrations.custom_logger import CustomLogger

from . import key_choice, missing_keys
from .app_admission import (
    refuse_deployment,
    refuse_model,
    refuse_pattern,
    tell_beginning,
    tell_failure,
    tell_usage,
)
from .call import Call, call_of, current_call
from .claude_hook import ClaudeRouter, load_router
from .claude_request import CHAT, MESSAGES
from .claude_routes import Routes
from .claude_tokens import Encode
from .client_body import drop_what_is_not_the_clients
from .deployments import router
from .messages_request import mend_answer, mend_request
from .nobody_answers import remember_chain
from .oauth_store import FOLDER
from .oauth_tokens import OAuthTokens, read_declared
from .pattern_hook import behind, refuse_group, settle_name, told_model
from .prompt_size import remember_prompt
from .reachability import Origin, Reachability
from .request_params import deployment_of, settle_params
from .responses_request import mend_responses_request, refuse_what_nobody_kept
from .route_told import session_in, tell_the_logs, told_headers
from .stop_sequences import remember_sequences
from .told_to_apps import place_of
from .transport import FRESH, watched_client

log = logging.getLogger("gateway")

# One per request, shared by the tasks that LiteLLM makes of it: the deployment asked last.
_asked: ContextVar[dict[str, str] | None] = ContextVar("gateway_asked", default=None)
_routed: ContextVar[dict[str, str] | None] = ContextVar("gateway_routed", default=None)
_PROTOCOLS = {"anthropic_messages": MESSAGES, "acompletion": CHAT}


class GatewayCallback(CustomLogger):  # type: ignore[misc]  # LiteLLM's types are not followed
    """One per process. Every hook is guarded: a bug of ours must not become a user's 500."""

    def __init__(
        self, router: ClaudeRouter | None = None, tokens: OAuthTokens | None = None
    ) -> None:
        super().__init__()
        self.router = router
        self.tokens = tokens or OAuthTokens({}, Path())
        self.reachability = Reachability(on_recovery=self._end_cooldowns)
        self._deployments: dict[Origin, set[str]] = {}

    async def async_pre_call_deployment_hook(
        self, kwargs: dict[str, Any], call_type: object
    ) -> dict[str, Any]:
        """Runs before each attempt at a deployment; raising makes the router fall back at once."""
        current_call.set(None)
        is_refused = False
        key_choice.started(kwargs)
        refusal = missing_keys.refusal(kwargs)
        if refusal is not None:
            raise refusal
        refuse_deployment(kwargs)
        await self.tokens.put_into(kwargs)
        refuse_what_nobody_kept(kwargs, call_type)
        mend_request(kwargs, call_type)
        mend_responses_request(kwargs, call_type)
        settle_params(kwargs, deployment_of)
        try:
            call = call_of(kwargs)
            if call is not None or key_choice.shown() is not None:
                self._install_client()
            if call is not None:
                self.reachability.allow(call.origin, call.connect)
                self._remember(kwargs, call)
                is_refused = not await self._may_try(kwargs, call)
                current_call.set(call)
                kwargs["timeout"] = _timeout(call)
            if not is_refused:
                key_choice.asked(kwargs)
        except Exception as error:  # see the class
            log.error("gateway: hook failed with %s", type(error).__name__)
        if is_refused and call is not None:
            key_choice.not_asked(kwargs)
            raise litellm.APIConnectionError(
                message=f"{place_of(call.deployment, call.origin)} does not accept connections",
                llm_provider=str(kwargs.get("custom_llm_provider") or "openai"),
                model=str(kwargs.get("model")),
            )
        return kwargs

    async def async_filter_deployments(
        self,
        model: str,
        healthy_deployments: list[Any],
        messages: object,
        request_kwargs: object = None,
        parent_otel_span: object = None,
    ) -> list[Any]:
        """Runs before each choice of a deployment: of a provider's keys one is left."""
        refuse_group(model, healthy_deployments, self._routes())
        refuse_pattern(model, healthy_deployments)
        try:
            return await key_choice.narrowed(model, healthy_deployments)
        except (litellm.RateLimitError, litellm.AuthenticationError):
            raise  # no key can be used: that is the answer
        except Exception as error:  # see the class
            log.error("gateway: hook failed with %s", type(error).__name__)
        return healthy_deployments

    async def async_pre_call_hook(
        self, user_api_key_dict: object, cache: object, data: Any, call_type: object
    ) -> Any:
        """Runs once per request, before a deployment is chosen."""
        _asked.set({})
        _routed.set(None)
        remember_prompt(data)
        remember_sequences(data)
        missing_keys.begin()
        key_choice.begin()
        try:
            drop_what_is_not_the_clients(data)
            if self.router is not None and str(call_type) in _PROTOCOLS:
                app = getattr(user_api_key_dict, "key_alias", None)
                await self._route(self.router, data, _PROTOCOLS[str(call_type)], app)
            remember_chain(data, self.reachability, behind(data, self._routes()))
        except Exception as error:  # see the class
            log.error("gateway: hook failed with %s", type(error).__name__)
        refuse_model(data)
        settle_name(data, self._routes())
        return data

    async def async_log_success_event(
        self, kwargs: Any, response_obj: object, start_time: object, end_time: object
    ) -> None:
        """Runs after each answer, streamed too: its session's next turn may go by its length."""
        try:
            tell_usage(kwargs)
            session = session_in(kwargs) if self.router is not None else None
            payload = kwargs.get("standard_logging_object") or {}
            total = payload.get("total_tokens")
            key_choice.succeeded(kwargs, total if isinstance(total, int) else 0)
            tokens = payload.get("prompt_tokens")
            if self.router is not None and session is not None and isinstance(tokens, int):
                self.router.remember(session, tokens)
        except Exception as error:  # see the class
            log.error("gateway: hook failed with %s", type(error).__name__)

    async def async_log_failure_event(
        self, kwargs: Any, response_obj: object, start_time: object, end_time: object
    ) -> None:
        """Runs after each attempt that failed, a moment later: for calls that no transport of ours
        carried (a provider's own address, a client of its own)."""
        try:
            key_choice.failed_elsewhere(kwargs)
        except Exception as error:  # see the class
            log.error("gateway: hook failed with %s", type(error).__name__)

    async def async_post_call_failure_hook(self, *_: object, **__: object) -> None:
        """Runs where a request gets an error, also in the middle of a stream."""
        tell_failure()

    async def async_post_call_response_headers_hook(
        self,
        data: object,
        user_api_key_dict: object,
        response: object,
        request_headers: object = None,
        litellm_call_info: object = None,
    ) -> dict[str, str] | None:
        """`x-gateway-model` and `x-gateway-upstream`: who really answered; `x-gateway-route`: why;
        `x-gateway-refused-keys`: what has to be mended."""
        if response is not None:
            tell_beginning()
        told = {**(_asked.get() or {}), **(_routed.get() or {}), **key_choice.told_headers()}
        return told if told and response is not None else None

    async def _route(self, router: ClaudeRouter, data: Any, protocol: str, app: str | None) -> None:
        request = data.get("proxy_server_request")
        headers = request.get("headers") if isinstance(request, Mapping) else None
        step, session = await router.route(data, protocol, headers, app)
        if step is not None:
            _routed.set(told_headers(step))
            # A summary of the background route is no turn of the conversation.
            tell_the_logs(data, protocol, step, session if step.route != "background" else None)

    async def async_post_call_success_deployment_hook(
        self, request_data: dict[str, Any], response: Any, call_type: object
    ) -> Any:
        """Runs on an answer that is not streamed, before LiteLLM translates it."""
        try:
            mend_answer(response)
        except Exception as error:  # see the class
            log.error("gateway: hook failed with %s", type(error).__name__)
        return response

    def _routes(self) -> Routes | None:
        return self.router.routes if self.router is not None else None

    async def _may_try(self, kwargs: Mapping[str, object], call: Call) -> bool:
        """Whether the upstream is worth a try. The last of a chain always gets a fresh look."""
        watch = self.reachability
        if watch.is_down(call.origin):
            return call.is_last and await watch.look(call.origin, call.connect, call.probe_every)
        if _uses_our_client(kwargs) or watch.was_up_within(call.origin, FRESH):
            return True
        # Not every other provider's client is one that we watch: look first.
        return await watch.look(call.origin, call.connect, call.probe_every)

    def _install_client(self) -> None:
        if litellm.aclient_session is None:
            from litellm.llms.openai.common_utils import BaseOpenAILLM  # noqa: PLC0415

            client = BaseOpenAILLM.get_async_http_client()
            if client is not None:
                litellm.aclient_session = watched_client(client, self.reachability)

    def _remember(self, kwargs: Mapping[str, Any], call: Call) -> None:
        deployment = kwargs["model_info"].get("id")
        if isinstance(deployment, str):
            self._deployments.setdefault(call.origin, set()).add(deployment)
        asked = _asked.get()
        if asked is not None:
            model = told_model(call.model, kwargs)
            found = {"x-gateway-model": model, "x-gateway-upstream": deployment}
            asked.clear()
            asked.update({name: value for name, value in found.items() if isinstance(value, str)})

    def _end_cooldowns(self, origin: Origin) -> None:
        """A cooldown from before or during an outage must not keep a recovered upstream out."""
        self._end_cooldowns_now(origin)
        # LiteLLM may only be writing down the call that found the upstream down.
        asyncio.get_running_loop().call_later(1.0, self._end_cooldowns_now, origin)

    def _end_cooldowns_now(self, origin: Origin) -> None:
        routed = router()
        if routed is None or self.reachability.is_down(origin):
            return
        cache = routed.cooldown_cache
        for deployment in self._deployments.get(origin, ()):
            cache.cooldown_store.delete_cache(cache.get_cooldown_cache_key(deployment))


def _timeout(call: Call) -> float | httpx.Timeout:
    """The plain number of a client is how LiteLLM knows that its end is not the upstream's fault."""
    if call.is_cut_short:
        return call.total
    return httpx.Timeout(call.total, connect=call.connect, pool=call.connect)


def _uses_our_client(kwargs: Mapping[str, object]) -> bool:
    """Whether `litellm.aclient_session` carries this call: the `openai/` prefix."""
    provider = kwargs.get("custom_llm_provider")
    return provider == "openai" or str(kwargs.get("model")).startswith("openai/")


def _encode() -> Encode:
    from litellm.litellm_core_utils.default_encoding import encoding  # noqa: PLC0415

    return encoding.encode_ordinary  # type: ignore[no-any-return]  # see the import of litellm


_here = Path(__file__).parent
instance = GatewayCallback(
    load_router(_here, _encode), OAuthTokens(read_declared(_here), _here.parents[1] / FOLDER)
)
