"""Fragments × settings in, the blueprint out, with every finding that takes more than one file to see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from gateway.diagnostics import Diagnostic, has_errors, ordered
from gateway.model import Blueprint, EnvRef, Fragment, Model, Settings, Span
from gateway.resolve import chains, names, providers, references, router, rules, server, upstreams
from gateway.resolve.addresses import find_address_mistakes, find_forgotten_keys
from gateway.resolve.apps import resolve_apps
from gateway.resolve.apps_rules import find_app_mistakes, find_app_model_mistakes
from gateway.resolve.claude_code import resolve_claude_code
from gateway.resolve.claude_code_rules import find_claude_code_mistakes
from gateway.resolve.database import database_variables, find_database_mistakes
from gateway.resolve.deployments import resolve_deployments
from gateway.resolve.durations import seconds
from gateway.resolve.environment import find_environment_mistakes, find_reserved_variables
from gateway.resolve.litellm_keys import find_raw_mistakes, find_said_twice
from gateway.resolve.models import resolve_model
from gateway.resolve.oauth_mistakes import find_oauth_mistakes
from gateway.resolve.output_tokens import find_crossed_bounds
from gateway.resolve.pattern_rules import find_pattern_mistakes
from gateway.resolve.patterns import mentioned_models
from gateway.resolve.secrets import (
    find_escaped_secrets,
    find_keys_as_names,
    find_literal_secrets,
    find_named_secrets,
)
from gateway.resolve.sections import find_section_mistakes
from gateway.resolve.shared_state import find_state_mistakes, resolve_shared_state
from gateway.resolve.variables import resolve_variables

__all__ = [
    "find_escaped_secrets",
    "find_literal_secrets",
    "find_mistakes_in",
    "find_named_secrets",
    "resolve",
]


def resolve(
    fragments: Sequence[Fragment], settings: Settings, unsound: Collection[str] = ()
) -> tuple[Blueprint | None, tuple[Diagnostic, ...]]:
    """The blueprint is None where a finding is an error.

    `fragments` and `settings` are sound by their schemas. `unsound` are the names of models whose
    fragments are not: nothing is said about references to them.
    """
    enabled = [f for f in fragments if f.data.get("enabled") is not False]
    enabled += mentioned_models(enabled, settings)
    off = [f for f in fragments if f.data.get("enabled") is False]
    disabled = {name: f for f in off for name in (f.name, *f.data.get("aliases", ()))}
    known = {
        name: f.name
        for f in enabled
        for name in (f.name, *f.data.get("aliases", ()))
        if not names.is_pattern(f)
    }
    found = list(_find_in_files(fragments, settings, known, disabled, unsound))
    defined = providers.resolve_providers(settings)
    resolvable = [
        f for f in enabled if all(name in defined for _, name in providers.provider_names(f.data))
    ]
    models = {f.name: resolve_model(f, settings, defined, known) for f in resolvable}
    found += _once(_find_in_models(models, disabled, settings), fragments)
    found += providers.find_idle_bounds(models.values(), settings)
    found += references.find_silent_default(models, settings)
    found += find_claude_code_mistakes(models, settings)
    if not unsound:
        found += find_app_model_mistakes(models, settings)
    if has_errors(found) or unsound:
        return None, ordered(found)
    return _blueprint(models, settings), ordered(found)


def _once(found: Iterable[Diagnostic], fragments: Sequence[Fragment]) -> Iterator[Diagnostic]:
    """What is wrong with a pattern is wrong with each model that was made of it: it is said once."""
    patterns = {f.path for f in fragments if names.is_pattern(f)}
    said: set[tuple[str, str, Span]] = set()
    for each in found:
        place = (each.code, each.path, each.span)
        if each.path in patterns and place in said:
            continue
        said.add(place)
        yield each


def _find_in_files(
    fragments: Sequence[Fragment],
    settings: Settings,
    known: Mapping[str, str],
    disabled: Mapping[str, Fragment],
    unsound: Collection[str],
) -> Iterator[Diagnostic]:
    yield from names.find_name_mistakes(fragments)
    yield from rules.find_in_names(fragments, settings)
    yield from rules.find_in_settings(settings)
    yield from references.find_unknown_fallbacks(
        fragments, known, {*unsound, *disabled}, settings.data["default_model"]
    )
    yield from references.find_unknown_default(settings, known, unsound, disabled)
    yield from providers.find_provider_mistakes(settings)
    yield from find_address_mistakes(settings)
    yield from find_forgotten_keys(settings)
    yield from find_oauth_mistakes(settings)
    yield from find_crossed_bounds(fragments, settings)
    yield from find_pattern_mistakes(fragments)
    yield from upstreams.find_repeated_prefixes(fragments, settings.data["providers"])
    yield from providers.find_unknown_providers(fragments, settings.data["providers"])
    if not unsound:
        yield from providers.find_unused_providers(settings, fragments)
    yield from server.find_server_mistakes(settings)
    yield from find_section_mistakes(settings, known, unsound)
    yield from find_app_mistakes(settings)
    yield from find_state_mistakes(settings)
    yield from find_database_mistakes(settings)
    yield from find_keys_as_names(settings)
    yield from find_reserved_variables(settings)
    yield from find_environment_mistakes(settings)
    for section, raw in settings.data.get("litellm", {}).items():
        yield from find_raw_mistakes(settings, ("litellm", section), raw, section)
    for name, provider in settings.data["providers"].items():
        raw = provider.get("litellm_params", {})
        at = ("providers", name, "litellm_params")
        yield from find_raw_mistakes(settings, at, raw, "litellm_params")
    yield from find_mistakes_in(fragments)


def find_mistakes_in(fragments: Iterable[Fragment]) -> Iterator[Diagnostic]:
    """What can be seen in one fragment alone, though not by its schema."""
    for fragment in fragments:
        raw = fragment.data.get("litellm")
        if raw:
            yield from find_raw_mistakes(fragment, ("litellm",), raw, "litellm_params")
            yield from find_said_twice(fragment)
        for index, item in enumerate(fragment.data.get("upstreams", ())):
            at = ("upstreams", index, "litellm")
            yield from find_raw_mistakes(fragment, at, item.get("litellm", {}), "litellm_params")
        yield from upstreams.find_upstream_mistakes(fragment)
        yield from find_environment_mistakes(fragment)


def _find_in_models(
    models: Mapping[str, Model], disabled: Mapping[str, Fragment], settings: Settings
) -> Iterator[Diagnostic]:
    yield from references.find_disabled_fallbacks(models.values(), disabled)
    yield from references.find_fallback_cycles(models)
    yield from references.find_unfit_fallbacks(models)
    yield from upstreams.find_shared_modes(models.values())
    resolved = chains.resolve_chains(models)
    yield from chains.find_long_chains(models, resolved)
    yield from chains.find_chains_over_budget(models, resolved)
    yield from rules.find_in_models(models, resolved, settings)


def _blueprint(models: Mapping[str, Model], settings: Settings) -> Blueprint:
    failover = settings.data.get("failover", {})
    resolved_chains = chains.resolve_chains(models)
    default = settings.data["default_model"]
    in_order = sorted(models.values(), key=lambda m: (default not in (m.name, *m.aliases), m.name))
    deployments = resolve_deployments(
        in_order,
        resolved_chains.values(),
        probe_every=seconds(failover.get("probe_every", "5s")),
        cooldown=seconds(failover.get("cooldown", "10s")),
    )
    sections = {
        "router_settings": router.router_settings(in_order, resolved_chains, settings),
        "litellm_settings": router.litellm_settings(settings),
        "general_settings": router.general_settings(settings),
    }
    params = [deployment.litellm_params for deployment in deployments]
    secrets = [u.provider.oauth for m in in_order for u in m.upstreams if u.provider.oauth]
    served = server.resolve_server(settings)
    named = [EnvRef(name, may_be_empty=True) for name in served.variables]
    apps = resolve_apps(in_order, settings)
    return Blueprint(
        default_model=in_order[0].name,
        providers=tuple(providers.resolve_providers(settings).values()),
        models=tuple(in_order),
        chains=resolved_chains,
        deployments=deployments,
        server=served,
        claude_code=resolve_claude_code(settings),
        variables=resolve_variables(
            params,
            named,
            [login.client_secret for login in secrets],
            [app.keys for app in apps],
            (resolve_shared_state(settings), *database_variables(settings)),
            *sections.values(),
        ),
        apps=apps,
        shared_state=resolve_shared_state(settings),
        **sections,
    )
