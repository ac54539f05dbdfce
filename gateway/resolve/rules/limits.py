"""A model in, diagnostics out about limits that are never reached."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gateway.diagnostics import Diagnostic, Severity
from gateway.model import Model, Path, Provider


def find_rates_exchanged(model: Model) -> Iterator[Diagnostic]:
    """A rate of requests above the rate of tokens: every request has a token."""
    items = model.fragment.data.get("upstreams", ())
    own = [(("upstreams", i, "limits"), item.get("limits", {})) for i, item in enumerate(items)]
    for at, limits in ((("limits",), model.limits), *own):
        rpm, tpm = limits.get("rpm"), limits.get("tpm")
        if rpm is not None and tpm is not None and tpm < rpm:
            message = f"`rpm` of `{model.name}` is never reached: `tpm` is lower"
            hint = "exchange the two, or remove one"
            yield _finding(model, "GW258", (*at, "rpm"), message, hint)


def find_limits_above_providers(model: Model) -> Iterator[Diagnostic]:
    """Limits above those of every provider of the model."""
    providers = {upstream.provider.name: upstream.provider for upstream in model.upstreams}
    for key, value in model.limits.items():
        yield from _find_above(model, ("limits", key), value, providers.values())
    for index, item in enumerate(model.fragment.data.get("upstreams", ())):
        for key, value in item.get("limits", {}).items():
            at = ("upstreams", index, "limits", key)
            yield from _find_above(model, at, value, (providers[item["provider"]],))


def _find_above(
    model: Model, at: Path, value: int, providers: Collection[Provider]
) -> Iterator[Diagnostic]:
    key = str(at[-1])
    bounds = {provider.limits.get(key) for provider in providers}
    if None in bounds:
        return
    highest = max(bound for bound in bounds if bound is not None)
    if value <= highest:
        return
    only = next(iter(providers)).name
    message = (
        f"its provider `{only}` allows {highest}"
        if len(providers) == 1
        else f"none of its providers allows more than {highest}"
    )
    hint = f"make it {highest} or less, or remove it: the provider's holds"
    yield _finding(model, "GW250", at, f"`{key}` of `{model.name}` is {value}, {message}", hint)


def _finding(model: Model, code: str, at: Path, message: str, hint: str) -> Diagnostic:
    span = model.fragment.value_span(at)
    return Diagnostic(code, message, model.fragment.path, span, hint, Severity.WARNING)
