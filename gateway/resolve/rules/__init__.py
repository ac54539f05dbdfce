"""Models × settings in, out what is allowed and yet a mistake: each rule is a function of its own.

All of it are warnings: a project that has them can run, only not as its author thinks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gateway.diagnostics import Diagnostic
from gateway.model import Chain, Fragment, Model, Settings
from gateway.resolve.rules import (
    answers,
    headers,
    idle,
    keys,
    likeness,
    limits,
    losses,
    networks,
    params,
    prices,
    quotas,
    repeats,
    shares,
)

# Most fragments say none of these: one look spares them a dozen rules.
_RARE = frozenset(
    ("price", "params", "litellm", "headers", "failover_within", "max_output_tokens", "upstreams")
)


def find_in_names(fragments: Sequence[Fragment], settings: Settings) -> Iterator[Diagnostic]:
    """What names have in common, of models that are not enabled too."""
    yield from likeness.find_names_alike(fragments)
    yield from likeness.find_files_alike(fragments)
    yield from likeness.find_providers_alike(settings)


def find_in_models(
    models: Mapping[str, Model], chains: Mapping[str, Chain], settings: Settings
) -> Iterator[Diagnostic]:
    """What takes a model and those that it falls back to."""
    are_bounded = any("limits" in data for data in settings.data["providers"].values())
    for model in models.values():
        if "tpm" in model.limits or "upstreams" in model.fragment.data:
            yield from limits.find_rates_exchanged(model)
        if are_bounded:
            yield from limits.find_limits_above_providers(model)
        if model.fallbacks:
            yield from losses.find_losses_further_down(model, models)
            yield from repeats.find_repeated_upstreams(model, models, chains[model.name])
        if not _RARE.isdisjoint(model.fragment.data):
            yield from _find_in_rare(model, models)
    yield from networks.find_sleeping_machines(models, settings)
    yield from shares.find_unread_weights(models.values(), settings)
    yield from idle.find_raw_settings_that_cancel(models.values(), settings)
    yield from quotas.find_quota_mistakes(models.values(), settings)


def _find_in_rare(model: Model, models: Mapping[str, Model]) -> Iterator[Diagnostic]:
    yield from answers.find_shorter_answers(model, models)
    yield from prices.find_wrong_prices(model)
    yield from params.find_contradictions(model)
    yield from params.find_params_of_another_mode(model)
    yield from params.find_params_that_are_dropped(model)
    yield from headers.find_header_mistakes(model)
    yield from repeats.find_repeated_places(model)
    yield from shares.find_lonely_weights(model)
    yield from idle.find_budgets_of_nothing(model)


def find_in_settings(settings: Settings) -> Iterator[Diagnostic]:
    """What gateway.yaml shows alone."""
    yield from networks.find_open_addresses(settings)
    yield from headers.find_provider_header_mistakes(settings)
    yield from keys.find_key_mistakes(settings)
    yield from params.find_in_providers(settings)
