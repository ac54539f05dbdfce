"""A model's and a provider's limits in, out what one upstream may be asked: the lower of the two.

Where LiteLLM 1.106.2 reads them decides where each is written. `rpm` and `tpm` in `litellm_params`
are also weights: of two upstreams the one without would get no request. In `model_info` they are
held just the same and weigh nothing, so a provider's own stand there.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.model import Model, Provider

_RATES = ("rpm", "tpm")


def limits_in_params(model: Model, provider: Provider) -> dict[str, int]:
    """For `litellm_params`: what the model says, and how many requests at once."""
    keys = (*model.limits, *(key for key in provider.limits if key not in (*_RATES, *model.limits)))
    return {key: _lower(key, model.limits, provider.limits) for key in keys}


def limits_in_info(model: Model, provider: Provider) -> dict[str, int]:
    """For `model_info`: the rates that only the provider says."""
    return {
        key: provider.limits[key]
        for key in _RATES
        if key in provider.limits and key not in model.limits
    }


def has_rates(model: Model) -> bool:
    """Whether LiteLLM has a rate to hold: its check is off by default."""
    return any(key in model.limits for key in _RATES) or any(
        key in upstream.provider.limits for upstream in model.upstreams for key in _RATES
    )


def _lower(key: str, own: Mapping[str, int], providers: Mapping[str, int]) -> int:
    return min(limits[key] for limits in (own, providers) if key in limits)
