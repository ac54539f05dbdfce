"""Providers' addresses in, diagnostics out about the road that leads there: open, or asleep at its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Model, Settings
from gateway.resolve.hosts import address_of, is_on_a_tailnet, is_public
from gateway.resolve.rules.entries import LISTED, listed


def find_open_addresses(settings: Settings) -> Iterator[Diagnostic]:
    """Plain `http` to a public address: whoever is on the way reads prompts and keys."""
    for name, data in settings.data["providers"].items():
        text = data.get("api_base", "")
        if not text.startswith("http://"):
            continue
        address = address_of(text)
        if address is None or not is_public(address.host):
            continue
        carried = "prompts and its key" if data.get("api_keys") else "prompts"
        yield Diagnostic(
            "GW247",
            f"`api_base` of `{name}` is public and plain `http`: {carried} travel in the clear",
            settings.path,
            settings.value_span(("providers", name, "api_base")),
            "write `https://`",
            Severity.WARNING,
        )


def find_sleeping_machines(models: Mapping[str, Model], settings: Settings) -> Iterator[Diagnostic]:
    """Machines of a tailnet that are all some model has. Once for each machine, not for each model:
    whether it ever sleeps is a fact about the machine."""
    hosts = {
        name: address.host
        for name, data in settings.data["providers"].items()
        if (address := address_of(data.get("api_base", ""))) and is_on_a_tailnet(address.host)
    }
    if not hosts:
        return
    spares = {name for model in models.values() for name in model.fallbacks}
    alone: dict[str, list[Model]] = {}
    for model in models.values():
        asked = {hosts.get(upstream.provider.name) for upstream in model.upstreams}
        is_spare = (
            model.name in spares
        )  # it has been asked after somebody else, and a chain must end
        if len(asked) == 1 and None not in asked and not is_spare and not _has_fallbacks(model):
            alone.setdefault(model.upstreams[0].provider.name, []).append(model)
    for provider, found in alone.items():
        yield _asleep(provider, found, settings)


def _has_fallbacks(model: Model) -> bool:
    """As written: a fallback that is no model is a finding of its own."""
    return bool(model.fragment.data.get("fallbacks"))


def _asleep(provider: str, found: list[Model], settings: Settings) -> Diagnostic:
    have = "has" if len(found) == 1 else "have"
    return Diagnostic(
        "GW248",
        f"`{provider}` is a machine of a tailnet, and {listed(found)} {have} nothing to fall back to",
        settings.path,
        settings.value_span(("providers", provider, "api_base")),
        f"add `fallbacks` to {'it' if len(found) == 1 else 'them'}",
        Severity.WARNING,
        tuple(
            Related(model.fragment.path, model.fragment.value_span(_place_of(model)), "asked here")
            for model in found[:LISTED]
        ),
    )


def _place_of(model: Model) -> tuple[str | int, ...]:
    if "provider" in model.fragment.data:
        return ("provider",)
    return ("upstreams", 0, "provider")
