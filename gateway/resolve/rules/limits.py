"""A model in, diagnostics out about limits that are never reached."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.diagnostics import Diagnostic, Severity
from gateway.model import Model


def find_rates_exchanged(model: Model) -> Iterator[Diagnostic]:
    """A rate of requests above the rate of tokens: every request has a token."""
    rpm, tpm = model.limits.get("rpm"), model.limits.get("tpm")
    if rpm is not None and tpm is not None and tpm < rpm:
        message = f"`rpm` of `{model.name}` is never reached: `tpm` is lower"
        yield _finding(model, "GW258", "rpm", message, "exchange the two, or remove one")


def find_limits_above_providers(model: Model) -> Iterator[Diagnostic]:
    """Limits above those of every provider of the model."""
    for key, value in model.limits.items():
        bounds = {upstream.provider.limits.get(key) for upstream in model.upstreams}
        if None in bounds:
            continue
        highest = max(bound for bound in bounds if bound is not None)
        if value > highest:
            provider = model.upstreams[0].provider.name
            yield _finding(
                model,
                "GW250",
                key,
                f"`{key}` of `{model.name}` is {value}, its provider `{provider}` allows {highest}"
                if len({upstream.provider.name for upstream in model.upstreams}) == 1
                else f"`{key}` of `{model.name}` is {value}, none of its providers allows more than {highest}",
                f"make it {highest} or less, or remove it: the provider's holds",
            )


def _finding(model: Model, code: str, key: str, message: str, hint: str) -> Diagnostic:
    span = model.fragment.value_span(("limits", key))
    return Diagnostic(code, message, model.fragment.path, span, hint, Severity.WARNING)
