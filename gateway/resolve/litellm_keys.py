"""Raw LiteLLM settings in, diagnostics out for every name that the pinned LiteLLM would silently ignore."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from gateway.constants import LITELLM_VERSION, MASTER_KEY
from gateway.diagnostics import Diagnostic, Related
from gateway.diagnostics.nearest import nearest
from gateway.model import Fragment, Path, Settings
from gateway.yaml_text import shown

_SNAPSHOT = FilePath(__file__).parent.parent / "schema" / "litellm-keys.json"

# What the gateway renders itself: a raw value beside it would be a second truth.
_OURS: Mapping[str, Mapping[str, str]] = {
    "litellm_params": {
        "model": "`model`",
        "api_base": "`api_base` of the provider",
        "base_url": "`api_base` of the provider",
        "api_key": "`api_keys` of the provider",
        "timeout": "`timeouts`",
        "stream_timeout": "`timeouts`",
        "num_retries": "`api_keys` of the provider: there are retries where there is another key",
        "max_retries": "`api_keys` of the provider: there are retries where there is another key",
        "rpm": "`limits.rpm`",
        "tpm": "`limits.tpm`",
        "max_parallel_requests": "`limits.max_parallel_requests`",
        "weight": "`weight` of an upstream",
        "order": "`order` of an upstream",
        "extra_headers": "`headers`",
        "headers": "`headers`",
        "model_info": "`context_window`, `capabilities` and `price`",
        "input_cost_per_token": "`price.input`",
        "output_cost_per_token": "`price.output`",
        "cooldown_time": "`failover.cooldown` in gateway.yaml",
        "fallbacks": "`fallbacks` of the fragment",
    },
    "router_settings": {
        "fallbacks": "`fallbacks` of a fragment",
        "default_fallbacks": "`fallbacks` of a fragment",
        "context_window_fallbacks": "`context_window_fallbacks` of a fragment",
        "content_policy_fallbacks": "`content_policy_fallbacks` of a fragment",
        "model_group_alias": "`aliases` of a fragment",
        "num_retries": "`api_keys` of a provider: there are retries where there is another key",
        "max_fallbacks": "`fallbacks` of a fragment",
        "model_list": "fragments in models.d/",
    },
    "litellm_settings": {
        "fallbacks": "`fallbacks` of a fragment",
        "context_window_fallbacks": "`context_window_fallbacks` of a fragment",
        "content_policy_fallbacks": "`content_policy_fallbacks` of a fragment",
        "default_fallbacks": "`fallbacks` of a fragment",
        "num_retries": "`api_keys` of a provider: there are retries where there is another key",
        "drop_params": "nothing: the gateway sets it",
        "api_key": "`api_keys` of a provider",
        "openai_key": "`api_keys` of a provider",
        "set_verbose": "nothing: it prints keys; read `gateway logs`",
    },
    "general_settings": {
        "master_key": f"nothing: the variable {MASTER_KEY} holds it",
        "custom_auth": "nothing: the gateway's runtime authenticates",
    },
}


# Settings whose values LiteLLM takes from a list: one by itself, or a list of them.
_CHOICES = {
    ("router_settings", "routing_strategy"): "routing_strategies",
    ("litellm_settings", "callbacks"): "callbacks",
    ("litellm_settings", "success_callback"): "callbacks",
    ("litellm_settings", "failure_callback"): "callbacks",
}


@cache
def _snapshot() -> dict[str, frozenset[str]]:
    loaded = json.loads(_SNAPSHOT.read_bytes())
    return {key: frozenset(names) for key, names in loaded.items() if isinstance(names, list)}


def known(section: str) -> frozenset[str]:
    """The names that the pinned LiteLLM accepts in a section of its configuration."""
    return _snapshot()[section]


def rendered_by_us(section: str) -> frozenset[str]:
    """The names in a section that the gateway says in its own words."""
    return frozenset(_OURS[section])


def find_raw_key_mistakes(
    fragment: Fragment, at: Path, raw: Mapping[str, Any], section: str
) -> Iterator[Diagnostic]:
    """Names in `raw`, which stands at `at`, that LiteLLM does not know or that the gateway renders."""
    accepted = known(section)
    for key in raw:
        span = fragment.key_span((*at, key))
        ours = _OURS[section].get(key)
        if ours is not None:
            message = f"`{key}` is rendered by the gateway itself"
            yield Diagnostic("GW218", message, fragment.path, span, _instead(ours))
        elif key not in accepted:
            likely = nearest(key, accepted | _OURS[section].keys())
            message = f"LiteLLM {LITELLM_VERSION} knows no `{shown(key)}` in `{section}`"
            hint = f"rename it to `{likely}`" if likely else "remove it"
            if likely is not None and likely in _OURS[section]:
                hint = _instead(_OURS[section][likely])
            yield Diagnostic("GW217", message, fragment.path, span, hint)


def find_said_twice(fragment: Fragment) -> Iterator[Diagnostic]:
    """Keys of a fragment's raw `litellm` that its `params` have too."""
    for key in fragment.data["litellm"]:
        if key in fragment.data.get("params", {}):
            yield Diagnostic(
                "GW218",
                f"`{shown(key)}` stands in `params` too",
                fragment.path,
                fragment.key_span(("litellm", key)),
                "remove one of the two",
                related=(Related(fragment.path, fragment.key_span(("params", key)), "it is here"),),
            )


def _instead(ours: str) -> str:
    reason = ours.removeprefix("nothing: ")
    return f"use {ours}" if reason == ours else f"remove it: {reason}"


def find_raw_choice_mistakes(
    settings: Settings, section: str, raw: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """Values that are none of those which LiteLLM has for a setting."""
    for key, value in raw.items():
        if (section, key) not in _CHOICES:
            continue
        choices = known(_CHOICES[section, key])
        at: Path = ("litellm", section, key)
        listed = isinstance(value, list)
        for index, item in enumerate(value if listed else [value]):
            if isinstance(item, str) and item in choices:
                continue
            likely = nearest(item, choices) if isinstance(item, str) else None
            yield Diagnostic(
                "GW223",
                f"LiteLLM {LITELLM_VERSION} has no such `{key}`",
                settings.path,
                settings.value_span((*at, index) if listed else at),
                f"write `{likely}`" if likely else f"known: {', '.join(sorted(choices))}",
            )
