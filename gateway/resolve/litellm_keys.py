"""Raw LiteLLM settings in, diagnostics out for every name that the pinned LiteLLM would silently ignore."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from gateway.constants import LITELLM_VERSION
from gateway.diagnostics import Diagnostic
from gateway.diagnostics.nearest import nearest
from gateway.model import Fragment, Path
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
        "callbacks": "nothing: the gateway's runtime is the callback",
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
        "master_key": f"nothing: the variable {'LITELLM_MASTER_KEY'} holds it",
        "custom_auth": "nothing: the gateway's runtime authenticates",
    },
}


@cache
def _snapshot() -> dict[str, frozenset[str]]:
    loaded = json.loads(_SNAPSHOT.read_bytes())
    return {key: frozenset(names) for key, names in loaded.items() if isinstance(names, list)}


def known(section: str) -> frozenset[str]:
    """The names that the pinned LiteLLM accepts in a section of its configuration."""
    return _snapshot()[section]


def find_raw_key_mistakes(
    fragment: Fragment, at: Path, raw: Mapping[str, Any], section: str
) -> Iterator[Diagnostic]:
    """Names in `raw`, which stands at `at`, that LiteLLM does not know or that the gateway renders."""
    accepted = known(section)
    for key in raw:
        ours = _OURS[section].get(key)
        if ours is not None:
            yield Diagnostic(
                "GW218",
                f"`{key}` is rendered by the gateway itself",
                fragment.path,
                fragment.key_span((*at, key)),
                f"use {ours}" if ours.startswith("`") or ours.startswith("fragments") else f"remove it: {ours.removeprefix('nothing: ')}",
            )
        elif key not in accepted:
            likely = nearest(key, accepted)
            yield Diagnostic(
                "GW217",
                f"LiteLLM {LITELLM_VERSION} knows no `{shown(key)}` in `{section}`",
                fragment.path,
                fragment.key_span((*at, key)),
                f"rename it to `{likely}`" if likely else "remove it",
            )
