"""A model in, out what is lost further down its chain, behind a fallback that does not say.

A direct fallback that can do less is GW212 or GW213. One that says nothing is no reason to stop
looking: what comes behind it is asked as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Model
from gateway.resolve.chains import LONGEST_CHAIN
from gateway.resolve.rules.entries import entry_of


@dataclass(frozen=True, slots=True)
class _Quality:
    """Something that a fragment may say under `key`, and how less of it is put into words."""

    key: str
    is_said: Callable[[Model], bool]
    loss: Callable[[Model, Model], str | None]


def _fewer_tokens_taken(model: Model, other: Model) -> str | None:
    own, others = model.context_window or 0, other.context_window or 0
    return f"takes {others} tokens, `{model.name}` {own}" if others < own else None


def _fewer_tokens_answered(model: Model, other: Model) -> str | None:
    own, others = model.max_output_tokens or 0, other.max_output_tokens or 0
    return f"answers in {others} tokens, `{model.name}` in {own}" if others < own else None


def _fewer_capabilities(model: Model, other: Model) -> str | None:
    missing = sorted(set(model.capabilities or ()) - set(other.capabilities or ()))
    return f"lacks {', '.join(missing)}, which `{model.name}` has" if missing else None


_QUALITIES = (
    _Quality("context_window", lambda m: m.context_window is not None, _fewer_tokens_taken),
    _Quality(
        "max_output_tokens", lambda m: m.max_output_tokens is not None, _fewer_tokens_answered
    ),
    _Quality("capabilities", lambda m: m.capabilities is not None, _fewer_capabilities),
)


def find_losses_further_down(model: Model, models: Mapping[str, Model]) -> Iterator[Diagnostic]:
    """Members of the chain that can do less, where every one between says nothing about it.

    Where one between does say, the loss is named at that one, or before it: never twice.
    """
    reported = {(quality.key, name) for quality in _QUALITIES for name in model.fallbacks}
    for name in model.fallbacks:
        between = models.get(name)
        if between is None or not between.fallbacks:
            continue
        for quality in _QUALITIES:
            if quality.is_said(model) and not quality.is_said(between):
                yield from _find_behind(model, between, quality, models, reported)


def _find_behind(
    model: Model,
    between: Model,
    quality: _Quality,
    models: Mapping[str, Model],
    reported: set[tuple[str, str]],
) -> Iterator[Diagnostic]:
    """`reported` has what is said already; a direct fallback is judged as one (GW212, GW213)."""
    for other in _first_to_say(between, quality, models):
        loss = quality.loss(model, other)
        if loss is None or other.mode != model.mode or (quality.key, other.name) in reported:
            continue
        reported.add((quality.key, other.name))
        yield Diagnostic(
            "GW245",
            f"`{other.name}` behind fallback `{between.name}` {loss}",
            model.fragment.path,
            model.fragment.value_span(entry_of(model, between)),
            f"say `{quality.key}` of `{between.name}`, so that its own fallbacks are compared with it",
            Severity.WARNING,
            (Related(other.fragment.path, other.fragment.key_span((quality.key,)), "said here"),),
        )


def _first_to_say(
    between: Model, quality: _Quality, models: Mapping[str, Model]
) -> Iterator[Model]:
    """Down from `between`, in the order of the chain, the first on every way that says it."""
    seen = {between.name}
    waiting = list(reversed(between.fallbacks))
    while waiting and len(seen) <= LONGEST_CHAIN:
        name = waiting.pop()
        if name in seen or name not in models:
            continue
        seen.add(name)
        if quality.is_said(models[name]):
            yield models[name]
        else:
            waiting.extend(reversed(models[name].fallbacks))
