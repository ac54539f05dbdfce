"""Models × settings in, LiteLLM's `router_settings`, `litellm_settings` and `general_settings` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.constants import MASTER_KEY, RUNTIME_PACKAGE
from gateway.model import Chain, EnvRef, Model, Settings
from gateway.resolve.limits import has_rates
from gateway.resolve.names import DEFAULT
from gateway.resolve.patterns import asked_by_name
from gateway.resolve.providers import with_references

# Seconds for LiteLLM's own calls that no deployment's timeout bounds, such as counting tokens.
_REQUEST_TIMEOUT = 30
# LiteLLM's check that makes `rpm` and `tpm` limits rather than hints for its choice.
RATE_LIMITS = "enforce_model_rate_limits"


def router_settings(
    models: Sequence[Model], chains: Mapping[str, Chain], settings: Settings
) -> dict[str, Any]:
    aliases = {alias: model.name for model in models for alias in model.aliases}
    default = settings.data["default_model"]
    aliases[DEFAULT] = aliases.get(default, default)
    result: dict[str, Any] = {"num_retries": 0}
    raw = _raw(settings, "router_settings")
    if any(has_rates(model) for model in models):
        checks = raw.pop("optional_pre_call_checks", None) or []
        result["optional_pre_call_checks"] = list(dict.fromkeys([RATE_LIMITS, *checks]))
    if any(model.context_window_fallbacks for model in models):
        result["enable_pre_call_checks"] = True
    result["max_fallbacks"] = max([5, *(len(chain.members) for chain in chains.values())])
    for key in ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks"):
        entries = _fallback_entries(models, chains, aliases, key)
        if entries:
            result[key] = entries
    result["model_group_alias"] = dict(sorted(aliases.items()))
    return {**result, **raw}


def _fallback_entries(
    models: Sequence[Model], chains: Mapping[str, Chain], aliases: Mapping[str, str], key: str
) -> list[dict[str, list[str]]]:
    """LiteLLM looks fallbacks up by the name that the client asked for: every alias has its own, and
    the names of a pattern have none (the runtime gives them theirs).

    `fallbacks` holds the whole chain, so that it does not end where nesting would get too deep.
    """
    asked = asked_by_name(models)
    targets = {model.name: list(getattr(model, key)) for model in asked if getattr(model, key)}
    if key == "fallbacks":
        targets = {name: list(chains[name].members[1:]) for name in targets}
    names = [*targets, *(alias for alias, model in aliases.items() if model in targets)]
    return [{name: targets[aliases.get(name, name)]} for name in sorted(names)]


def litellm_settings(settings: Settings) -> dict[str, Any]:
    raw = _raw(settings, "litellm_settings")
    return {
        "drop_params": True,
        "use_chat_completions_url_for_anthropic_messages": True,
        "request_timeout": _REQUEST_TIMEOUT,
        "json_logs": True,
        "callbacks": [f"{RUNTIME_PACKAGE}.instance", *_listed(raw.pop("callbacks", []))],
        **raw,
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def general_settings(settings: Settings) -> dict[str, Any]:
    # With a database LiteLLM has keys of its own, and would ask no other place for them.
    ours = {} if "database" in settings.data else {"custom_auth": f"{RUNTIME_PACKAGE}.authenticate"}
    return {
        "master_key": EnvRef(MASTER_KEY, required=True),
        **ours,
        "disable_model_info_refresh": True,
        **_raw(settings, "general_settings"),
    }


def _raw(settings: Settings, section: str) -> dict[str, Any]:
    raw: dict[str, Any] = with_references(settings.data.get("litellm", {}).get(section, {}))
    return raw
