"""A model in, its LiteLLM deployments out: `litellm_params` and `model_info`, ready to be written.

The reasons for each key are in docs/failover.md and docs/stack.md, with what was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gateway.model import Chain, Deployment, EnvRef, Model, Upstream
from gateway.resolve.durations import written
from gateway.resolve.limits import (
    is_rotated,
    limits_in_info,
    limits_in_params,
    quotas_of,
    rates_of_key,
)
from gateway.resolve.names import is_pattern
from gateway.resolve.params import with_providers
from gateway.resolve.providers import KNOWN_OTHERWISE, NEEDS_NO_KEY_FIELD
from gateway.resolve.quotas import group_of

# An explicit key that is none: without one LiteLLM sends OPENAI_API_KEY to whatever address it has.
NO_KEY = "none"

CAPABILITIES = {
    "tools": "supports_function_calling",
    "parallel_tools": "supports_parallel_function_calling",
    "vision": "supports_vision",
    "thinking": "supports_reasoning",
    "pdf": "supports_pdf_input",
    "audio_input": "supports_audio_input",
    "audio_output": "supports_audio_output",
    "json_schema": "supports_response_schema",
    "prompt_caching": "supports_prompt_caching",
    "web_search": "supports_web_search",
}
PRICES = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached_input": "cache_read_input_token_cost",
}
# One failure of these kinds is enough to leave an upstream alone, where another can answer.
_COOLS_AT_ONCE = {
    "TimeoutErrorAllowedFails": 0,
    "InternalServerErrorAllowedFails": 0,
    "ServiceUnavailableErrorAllowedFails": 0,
    "BadGatewayErrorAllowedFails": 0,
    "RateLimitErrorAllowedFails": 0,
    "AuthenticationErrorAllowedFails": 0,
    "NotFoundErrorAllowedFails": 0,
}
# Seconds. Where no model comes after, keys that all failed are soon asked again.
_SHORT_COOLDOWN = 5.0


def resolve_deployments(
    models: Sequence[Model], chains: Iterable[Chain], *, probe_every: float, cooldown: float
) -> tuple[Deployment, ...]:
    """Every upstream of every model, in the models' order."""
    followed = _followed(models, chains)
    return tuple(
        Deployment(
            model_name=model.name,
            litellm_params=_litellm_params(model, upstream),
            model_info=_model_info(model, upstream, cooldown)
            | {
                "gateway": _for_runtime(upstream, probe_every, is_last=upstream.id not in followed)
                | _rotation(model, upstream, cooldown)
            },
        )
        for model in models
        for upstream in model.upstreams
    )


def _followed(models: Sequence[Model], chains: Iterable[Chain]) -> frozenset[str]:
    """The ids of the upstreams after which some chain has another address to ask."""
    by_name = {model.name: model for model in models}
    found: set[str] = set()
    for chain in chains:
        after: set[str | EnvRef | None] = set()
        for name in reversed(chain.members):
            after |= {upstream.provider.api_base for upstream in by_name[name].upstreams}
            for upstream in by_name[name].upstreams:
                if after - {upstream.provider.api_base}:
                    found.add(upstream.id)
    return frozenset(found)


def _litellm_params(model: Model, upstream: Upstream) -> dict[str, Any]:
    provider = upstream.provider
    speaks_chat = provider.litellm == "openai" and model.mode == "chat"
    params: dict[str, Any] = {"model": f"{provider.litellm}/{upstream.upstream_model}"}
    if provider.api_base:
        params["api_base"] = provider.api_base
    if upstream.api_key or _is_known_by_key(model, upstream):
        params["api_key"] = upstream.api_key or NO_KEY
    params["timeout"] = params["stream_timeout"] = written(upstream.timeouts.total)
    params["num_retries"] = len(model.upstreams) - 1
    if speaks_chat:
        params["use_chat_completions_api"] = True
    limits = limits_in_params(model, upstream)
    optional = {"weight": upstream.weight, "order": upstream.order, **limits}
    params.update({key: value for key, value in optional.items() if value is not None})
    headers = {**provider.headers, **model.headers}
    if headers:
        params["extra_headers"] = headers
    return {
        **params,
        **provider.litellm_params,
        **with_providers(model.params, provider.params, model.mode),
        **model.litellm,
        **upstream.litellm,
    }


def _is_known_by_key(model: Model, upstream: Upstream) -> bool:
    """Whether the provider knows its clients by a key: then one that is none stands for no key."""
    provider = upstream.provider
    raw = {**provider.litellm_params, **model.litellm, **upstream.litellm}
    return provider.litellm not in NEEDS_NO_KEY_FIELD and KNOWN_OTHERWISE.isdisjoint(raw)


def _model_info(model: Model, upstream: Upstream, cooldown: float) -> dict[str, Any]:
    info: dict[str, Any] = {"id": upstream.id, "mode": model.mode}
    if model.context_window:
        info["max_input_tokens"] = model.context_window
    if model.max_output_tokens:
        info["max_output_tokens"] = model.max_output_tokens
    info.update(limits_in_info(model, upstream))
    info.update(_capabilities(model, upstream))
    info.update({PRICES[key]: _per_token(value) for key, value in sorted(model.price.items())})
    if is_rotated(upstream):
        info["cooldown_time"] = (
            0  # the runtime alone decides which key is left alone, and until when
        )
    elif (model.fallbacks or len(model.upstreams) > 1) and not is_pattern(model.fragment):
        info["cooldown_time"] = _cooldown(model, cooldown)
        info["allowed_fails_policy"] = _COOLS_AT_ONCE
    else:
        # A 401 or 404 would leave it alone for 5 s: one client's mistake, everybody's 429. Of a pattern
        # any error would: one model's trouble, every model's absence.
        info["cooldown_time"] = 0
    return info


def _cooldown(model: Model, cooldown: float) -> float | int:
    if is_pattern(model.fragment):
        return 0
    return written(cooldown if model.fallbacks else min(cooldown, _SHORT_COOLDOWN))


def _rotation(model: Model, upstream: Upstream, cooldown: float) -> dict[str, Any]:
    """What the runtime chooses by and counts: the provider's name, the variable's, and how keys share."""
    quotas = quotas_of(model, upstream)
    if not is_rotated(upstream) and not quotas:
        return {}
    provider = upstream.provider
    key: dict[str, Any] = {"provider": provider.name, "model": upstream.upstream_model}
    key["rotation"] = provider.rotation
    if upstream.key is not None:
        shares = {"priority": upstream.key.priority, "weight": upstream.key.weight}
        key["variable"] = upstream.key.variable.name
        key.update({name: value for name, value in shares.items() if value != 1})
    group = group_of(upstream.upstream_model, provider.quota_groups)
    key.update({"group": group} if group else {})
    if quotas:
        key["quotas"] = quotas
        key.update({"reset": provider.quota_reset} if provider.quota_reset else {})
    if not is_rotated(upstream):
        return {"key": {**key, "alone": True}}
    return {"cooldown": _cooldown(model, cooldown), "key": {**key, **rates_of_key(model, upstream)}}


def _capabilities(model: Model, upstream: Upstream) -> dict[str, bool]:
    flags: dict[str, bool] = {}
    if model.capabilities is not None:
        # Only what it can do: LiteLLM takes false for a switch, and drops what the model may have.
        flags = {flag: True for name, flag in CAPABILITIES.items() if name in model.capabilities}
    if upstream.provider.litellm == "openai" and model.mode == "chat":
        # Anything else sends thinking requests to /v1/responses, which most compatible servers lack.
        flags["supports_reasoning"] = False
    return flags


def _per_token(per_million: float) -> float:
    return float(f"{per_million / 1_000_000:.6g}")


def _for_runtime(upstream: Upstream, probe_every: float, *, is_last: bool) -> dict[str, Any]:
    """What the runtime package reads: seconds, and no key where nothing is bounded.

    `last`: no chain has another address behind this upstream, so it is never failed from memory.
    `oauth`: the provider whose token takes the place of a key. `output_tokens`: the least and the
    most that a request may ask for.
    """
    timeouts = upstream.timeouts
    bounds = {
        "connect": timeouts.connect,
        "first_token": timeouts.first_token,
        "between_chunks": timeouts.between_chunks,
        "total": timeouts.total,
        "probe_every": probe_every,
    }
    seconds = {name: written(value) for name, value in bounds.items() if value is not None}
    more: dict[str, Any] = {"last": True} if is_last else {}
    if upstream.provider.oauth:
        more["oauth"] = upstream.provider.name
    if upstream.output_tokens:
        more["output_tokens"] = dict(upstream.output_tokens)
    return {"model": upstream.model, **seconds, **more}
