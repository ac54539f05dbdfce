"""A model's, an upstream's, a key's and a provider's limits in, out what one upstream may be asked.

An upstream's own stand instead of its model's; of those, the key's and the provider's the lower holds. Where
LiteLLM 1.106.2 reads them decides where each is written. `rpm` and `tpm` in `litellm_params`
are also weights: of two upstreams the one without would get no request. In `model_info` they are
held just the same and weigh nothing, so a provider's own stand there.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.model import Model, Upstream
from gateway.resolve.quotas import LONG

_RATES = ("rpm", "tpm")


def limits_in_params(model: Model, upstream: Upstream) -> dict[str, int]:
    """For `litellm_params`: what the fragment says, and how many requests at once."""
    own, providers = own_limits(model, upstream), _bounds(upstream)
    skipped = (*LONG, *(_RATES if is_rotated(upstream) else ()))
    keys = (*own, *(key for key in providers if key not in (*_RATES, *own)))
    return {key: _lower(key, own, providers) for key in keys if key not in skipped}


def rates_of_key(model: Model, upstream: Upstream) -> dict[str, int]:
    """For the runtime, which chooses among several keys and so has to know which is at its limit:
    LiteLLM ends a request at the limit of the one that it chose."""
    own, providers = own_limits(model, upstream), _bounds(upstream)
    return {key: _lower(key, own, providers) for key in _RATES if key in own or key in providers}


def quotas_of(model: Model, upstream: Upstream) -> dict[str, int]:
    """For the runtime: the most in an hour and in a day, which LiteLLM has no name for."""
    own, providers = own_limits(model, upstream), _bounds(upstream)
    return {key: _lower(key, own, providers) for key in LONG if key in own or key in providers}


def is_rotated(upstream: Upstream) -> bool:
    """Whether its provider has several keys, among which the runtime chooses."""
    return len(upstream.provider.keys) > 1


def limits_in_info(model: Model, upstream: Upstream) -> dict[str, int]:
    """For `model_info`: the rates that only the provider says."""
    if is_rotated(upstream):
        return {}
    own, providers = own_limits(model, upstream), _bounds(upstream)
    return {key: providers[key] for key in _RATES if key in providers and key not in own}


def has_rates(model: Model) -> bool:
    """Whether LiteLLM has a rate to hold: its check is off by default."""
    return any(
        key in limits
        for upstream in model.upstreams
        if not is_rotated(upstream)
        for limits in (own_limits(model, upstream), _bounds(upstream))
        for key in _RATES
    )


def _bounds(upstream: Upstream) -> Mapping[str, int]:
    """What gateway.yaml says: the lower one of the provider's and the key's."""
    provider, key = upstream.provider.limits, upstream.key.limits if upstream.key else {}
    return {name: _lower(name, provider, key) for name in (*provider, *key)}


def own_limits(model: Model, upstream: Upstream) -> Mapping[str, int]:
    """What the fragment says about one upstream."""
    return {**model.limits, **upstream.limits}


def _lower(key: str, own: Mapping[str, int], providers: Mapping[str, int]) -> int:
    return min(limits[key] for limits in (own, providers) if key in limits)
