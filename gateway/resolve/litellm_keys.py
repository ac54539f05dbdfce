"""Raw LiteLLM settings in, diagnostics out for what the pinned LiteLLM would ignore, drop or fail on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.constants import LITELLM_VERSION, MASTER_KEY, SETTINGS_FILE
from gateway.diagnostics import Diagnostic, Related
from gateway.diagnostics.nearest import is_slip_of, nearest
from gateway.fix import Advice, RemoveKey, RenameKey, advise
from gateway.model import Fragment, Path
from gateway.resolve.litellm_snapshot import known, schemas, sections_with
from gateway.resolve.litellm_values import find_value_mistakes
from gateway.yaml_text import shown

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
        "litellm_credential_name": "`api_keys` of the provider",
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


# Where a key that stands in the wrong section belongs; the first that has it is meant.
_PLACES = {
    "general_settings": f"`litellm.general_settings` of {SETTINGS_FILE}",
    "router_settings": f"`litellm.router_settings` of {SETTINGS_FILE}",
    "litellm_settings": f"`litellm.litellm_settings` of {SETTINGS_FILE}",
    "litellm_params": "`litellm` of a fragment",
}
_DEFAULTS = "default_litellm_params"
# LiteLLM reads these beside `litellm_params`; the gateway writes them from keys of its own.
_MODEL_INFO = {
    "id": "nothing: the gateway names its deployments",
    "mode": "`mode` of the fragment",
    "max_tokens": "`max_output_tokens` of the fragment",
    "max_input_tokens": "`context_window` of the fragment",
    "max_output_tokens": "`max_output_tokens` of the fragment",
}


def rendered_by_us(section: str) -> frozenset[str]:
    """The names in a section that the gateway says in its own words."""
    return frozenset(_OURS[section])


def find_raw_mistakes(
    fragment: Fragment, at: Path, raw: Mapping[str, Any], section: str
) -> Iterator[Diagnostic]:
    """What is wrong in `raw`, which stands at `at`: a key that LiteLLM does not know there, that the
    gateway renders itself, or that holds what LiteLLM cannot use."""
    accepted = schemas(section)
    for key, value in raw.items():
        ours = _OURS[section].get(key)
        if ours is not None:
            message = f"`{key}` is rendered by the gateway itself"
            span = fragment.key_span((*at, key))
            yield Diagnostic("GW218", message, fragment.path, span, _instead(ours))
        elif key in accepted:
            yield from find_value_mistakes(fragment, (*at, key), value, accepted[key], len(at))
            if key == _DEFAULTS and isinstance(value, dict):
                yield from _find_in_defaults(fragment, (*at, key), value)
        else:
            yield _unknown_key(fragment, (*at, key), section)


def _find_in_defaults(
    fragment: Fragment, at: Path, defaults: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """Parameters of every request: a name that LiteLLM does not know is a slip where one like it is
    known, else a field that the upstream may know."""
    accepted = schemas("litellm_params")
    for key, value in defaults.items():
        if key in accepted:
            yield from find_value_mistakes(fragment, (*at, key), value, accepted[key], len(at) - 1)
        elif (likely := nearest(key, accepted)) is not None:
            message = f"LiteLLM {LITELLM_VERSION} knows no `{shown(key)}` in `{_DEFAULTS}`"
            span = fragment.key_span((*at, key))
            certain = is_slip_of(key, likely, accepted)
            hint, fix = advise(RenameKey((*at, key), likely), certain=certain)
            yield Diagnostic("GW217", message, fragment.path, span, hint, fix=fix)


def _unknown_key(fragment: Fragment, at: Path, section: str) -> Diagnostic:
    key, span = str(at[-1]), fragment.key_span(at)
    elsewhere = sections_with(key, _PLACES)
    if elsewhere:
        ours = _OURS[elsewhere[0]].get(key)
        message = f"LiteLLM reads `{key}` in `{elsewhere[0]}`, not in `{section}`"
        hint = _instead(ours) if ours else f"move it to {_PLACES[elsewhere[0]]}"
        return Diagnostic("GW240", message, fragment.path, span, hint)
    if key in known("model_info"):
        instead = "`capabilities` of the fragment" if key.startswith("supports_") else None
        ours = _MODEL_INFO.get(key, instead)
        message = f"LiteLLM reads `{key}` in `model_info`, not in `{section}`"
        hint = _instead(ours) if ours else "remove it: the gateway writes `model_info`"
        return Diagnostic("GW240", message, fragment.path, span, hint)
    message = f"LiteLLM {LITELLM_VERSION} knows no `{shown(key)}` in `{section}`"
    advice = _about_raw_key(at, key, section)
    return Diagnostic("GW217", message, fragment.path, span, advice.hint, fix=advice.fix)


def _about_raw_key(path: Path, key: str, section: str) -> Advice:
    names = known(section) | _OURS[section].keys()
    likely = nearest(key, names)
    if likely is None:
        return Advice("remove it")
    if likely in _OURS[section]:
        return Advice(_instead(_OURS[section][likely]))
    return advise(RenameKey(path, likely), certain=is_slip_of(key, likely, names))


def find_said_twice(fragment: Fragment) -> Iterator[Diagnostic]:
    """Keys of a fragment's raw `litellm` that its `params` have too."""
    params = fragment.data.get("params", {})
    for key, value in fragment.data["litellm"].items():
        if key in params:
            same = repr(value) == repr(params[key])
            yield Diagnostic(
                "GW218",
                f"`{shown(key)}` stands in `params` too",
                fragment.path,
                fragment.key_span(("litellm", key)),
                "remove one of the two",
                related=(Related(fragment.path, fragment.key_span(("params", key)), "it is here"),),
                fix=RemoveKey(("litellm", key)) if same else None,
            )


def _instead(ours: str) -> str:
    reason = ours.removeprefix("nothing: ")
    return f"use {ours}" if reason == ours else f"remove it: {reason}"
