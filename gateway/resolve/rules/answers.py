"""A model in, diagnostics out about fallbacks that cannot answer at the length that it can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.diagnostics import Diagnostic, Severity
from gateway.model import Model
from gateway.resolve.rules.entries import entry_of


def find_shorter_answers(model: Model, models: Mapping[str, Model]) -> Iterator[Diagnostic]:
    """Fallbacks whose longest answer is shorter: what a client asks for is lowered for them."""
    if model.max_output_tokens is None:
        return
    for key in ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks"):
        for name in getattr(model, key):
            other = models.get(name)
            if other is None or other is model or other.mode != model.mode:
                continue
            if (
                other.max_output_tokens is None
                or other.max_output_tokens >= model.max_output_tokens
            ):
                continue
            yield Diagnostic(
                "GW246",
                f"fallback `{name}` answers in {other.max_output_tokens} tokens, "
                f"`{model.name}` in {model.max_output_tokens}",
                model.fragment.path,
                model.fragment.value_span(entry_of(model, other, key)),
                "name a model with a larger `max_output_tokens`",
                Severity.WARNING,
            )
