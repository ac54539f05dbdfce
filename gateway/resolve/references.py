"""Models in, diagnostics out about what they point to: fallbacks, and the default model."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from gateway.diagnostics import Diagnostic, Severity
from gateway.diagnostics.nearest import nearest
from gateway.model import Fragment, Model, Path, Settings
from gateway.yaml_text import shown

FALLBACK_KEYS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")


def find_unknown_fallbacks(
    fragments: Sequence[Fragment], names: Mapping[str, str], unsound: Collection[str]
) -> Iterator[Diagnostic]:
    """Fallbacks to nothing. `names` maps every name and alias to its model's name; a name in
    `unsound` belongs to a fragment that has findings of its own, so nothing is said about it."""
    for fragment in fragments:
        for key in FALLBACK_KEYS:
            for index, target in enumerate(fragment.data.get(key, ())):
                if target in names or target in unsound:
                    continue
                likely = nearest(target, names)
                yield Diagnostic(
                    "GW202",
                    f"fallback `{shown(target)}` is not a model",
                    fragment.path,
                    fragment.value_span((key, index)),
                    f"rename it to `{likely}`" if likely else "add a fragment for it, or remove it",
                )


def find_disabled_fallbacks(models: Sequence[Model], disabled: Mapping[str, Fragment]) -> Iterator[Diagnostic]:
    """Fallbacks to a model that `enabled: false` leaves out of the stack."""
    for model in models:
        for key in FALLBACK_KEYS:
            for index, target in enumerate(model.fragment.data.get(key, ())):
                if target in disabled:
                    yield Diagnostic(
                        "GW211",
                        f"fallback `{shown(target)}` is not enabled",
                        model.fragment.path,
                        model.fragment.value_span((key, index)),
                        f"remove `enabled: false` from {disabled[target].path}, or remove the fallback",
                    )


def find_fallback_cycles(models: Mapping[str, Model]) -> Iterator[Diagnostic]:
    """Fallbacks to the model itself, and chains that come back to where they began.

    Each cycle is reported once, at the fallback of its first model in the alphabet.
    """
    reported: set[frozenset[str]] = set()
    for start in sorted(models):
        for cycle in _cycles_from(start, models):
            if frozenset(cycle) in reported:
                continue
            reported.add(frozenset(cycle))
            fragment = models[start].fragment
            following = cycle[1] if len(cycle) > 1 else start
            path = _fallback_path(models[start], following)
            if len(cycle) == 1:
                message, hint = f"`{start}` falls back to itself", "remove it from `fallbacks`"
            else:
                round_trip = " → ".join(f"`{name}`" for name in (*cycle, start))
                message, hint = f"the fallbacks go in a circle: {round_trip}", "remove one of them"
            yield Diagnostic("GW203", message, fragment.path, fragment.value_span(path), hint)


def _fallback_path(model: Model, target: str) -> Path:
    index = model.fallbacks.index(target) if target in model.fallbacks else 0
    return ("fallbacks", index)


def _cycles_from(start: str, models: Mapping[str, Model]) -> Iterator[tuple[str, ...]]:
    """The shortest way from `start` back to it, where `start` is the cycle's first name."""
    came_from: dict[str, str] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop(0)
        for target in models[name].fallbacks if name in models else ():
            if target == start:
                way = [name]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                yield tuple(reversed(way))
                return
            if target not in came_from and target > start:
                came_from[target] = name
                waiting.append(target)


def find_unfit_fallbacks(models: Mapping[str, Model]) -> Iterator[Diagnostic]:
    """Fallbacks that do another thing (an error), or can do less than their primary (warnings)."""
    for model in models.values():
        for key in FALLBACK_KEYS:
            for index, target in enumerate(getattr(model, key)):
                other = models.get(target)
                if other is not None and other is not model:
                    yield from _find_unfit(model, other, key, index)


def _find_unfit(model: Model, other: Model, key: str, index: int) -> Iterator[Diagnostic]:
    path, span = model.fragment.path, model.fragment.value_span((key, index))
    if model.mode != other.mode:
        yield Diagnostic(
            "GW204",
            f"fallback `{other.name}` is for {other.mode}, `{model.name}` for {model.mode}",
            path,
            span,
            "name a model of the same `mode`",
        )
        return
    if model.context_window and other.context_window and key == "fallbacks" and (
        other.context_window < model.context_window
    ):
        yield Diagnostic(
            "GW212",
            f"fallback `{other.name}` takes {other.context_window} tokens, `{model.name}` {model.context_window}",
            path,
            span,
            "put a model with a larger context first, or lower `context_window`",
            Severity.WARNING,
        )
    missing = sorted(set(model.capabilities or ()) - set(other.capabilities or model.capabilities or ()))
    if missing:
        yield Diagnostic(
            "GW213",
            f"fallback `{other.name}` lacks {', '.join(missing)}, which `{model.name}` has",
            path,
            span,
            "add it to the fallback's `capabilities` if it can do it",
            Severity.WARNING,
        )


def find_unknown_default(
    settings: Settings, names: Mapping[str, str], unsound: Collection[str], disabled: Collection[str]
) -> Iterator[Diagnostic]:
    """A `default_model` that does not exist."""
    wanted = settings.data["default_model"]
    if wanted in names or wanted in unsound:
        return
    likely = nearest(wanted, names)
    hint = f"rename it to `{likely}`" if likely else "name a model of models.d/"
    message = f"`default_model` `{shown(wanted)}` is not a model"
    if wanted in disabled:
        message, hint = f"`default_model` `{shown(wanted)}` is not enabled", "name a model that is"
    yield Diagnostic("GW208", message, settings.path, settings.value_span(("default_model",)), hint)
