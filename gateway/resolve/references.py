"""Models in, diagnostics out about what they point to: fallbacks, and the default model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from gateway.constants import MODELS_DIR
from gateway.diagnostics import Diagnostic, Severity
from gateway.diagnostics.nearest import Suggestions, is_slip_of, nearest
from gateway.fix import Advice, RemoveItem, RenameValue, advise
from gateway.model import Fragment, Model, Path, Settings
from gateway.resolve.names import DEFAULT
from gateway.yaml_text import shown

FALLBACK_KEYS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")


def find_unknown_fallbacks(
    fragments: Sequence[Fragment],
    names: Mapping[str, str],
    unsound: Collection[str],
    default: str,
) -> Iterator[Diagnostic]:
    """Fallbacks to nothing. `names` maps every name and alias to its model's name; a name in
    `unsound` belongs to a fragment that has findings of its own, so nothing is said about it."""
    suggestions = Suggestions(names)
    for fragment in fragments:
        for key in FALLBACK_KEYS:
            for index, target in enumerate(fragment.data.get(key, ())):
                if target in names or target in unsound:
                    continue
                at = (key, index)
                spelt_out = (
                    default
                    if target == DEFAULT and names.get(default, fragment.name) != fragment.name
                    else _without_file(target, names)
                )
                hint, fix = (
                    advise(RenameValue(at, target, spelt_out))
                    if spelt_out
                    else _about_name(at, target, suggestions.nearest(target), names)
                )
                yield Diagnostic(
                    "GW202",
                    f"fallback `{shown(target)}` is not a model",
                    fragment.path,
                    fragment.value_span(at),
                    hint or "add a fragment for it, or remove it",
                    fix=fix,
                )


def _about_name(path: Path, wrong: str, likely: str | None, names: Collection[str]) -> Advice:
    if likely is None:
        return Advice(None)
    return advise(RenameValue(path, wrong, likely), certain=is_slip_of(wrong, likely, names))


def _without_file(target: str, names: Collection[str]) -> str | None:
    """The model that is meant where its file was named: `glm.yaml`, `models.d/glm`."""
    name = target.removeprefix("./").removeprefix(f"{MODELS_DIR}/")
    name = name.removesuffix(".yaml").removesuffix(".yml")
    return name if name != target and name in names else None


def find_disabled_fallbacks(
    models: Iterable[Model], disabled: Mapping[str, Fragment]
) -> Iterator[Diagnostic]:
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
    names_of = _model_names(models)
    for key in FALLBACK_KEYS:
        targets = {name: getattr(models[name], key) for name in sorted(models)}
        reported: set[tuple[str, ...]] = set()
        for cycle in _cycles(targets):
            first = cycle.index(min(cycle))
            names = (*cycle[first:], *cycle[:first])
            if names not in reported:
                reported.add(names)
                yield _cycle(names, models[names[0]], key, names_of)


def _cycle(
    names: tuple[str, ...], model: Model, key: str, names_of: Mapping[str, str]
) -> Diagnostic:
    following = names[1] if len(names) > 1 else names[0]
    written = [names_of.get(name) for name in model.fragment.data[key]]
    at = (key, written.index(following))
    span, fix = model.fragment.value_span(at), None
    if len(names) == 1:
        message, hint = f"`{model.name}` falls back to itself", f"remove it from `{key}`"
        fix = RemoveItem(at)
    else:
        round_trip = " → ".join(f"`{name}`" for name in (*names, names[0]))
        message, hint = f"the fallbacks go in a circle: {round_trip}", "remove one of them"
    return Diagnostic("GW203", message, model.fragment.path, span, hint, fix=fix)


def _cycles(targets: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Every way back to a name on the way that a walk over all names is on; each name is left once."""
    left: set[str] = set()
    for start in targets:
        way: dict[str, Iterator[str]] = {} if start in left else {start: iter(targets[start])}
        while way:
            name = next(reversed(way))
            target = next(way[name], None)
            if target is None:
                left.add(name)
                del way[name]
            elif target in way:
                names = tuple(way)
                yield names[names.index(target) :]
            elif target not in left:
                way[target] = iter(targets.get(target, ()))


def find_unfit_fallbacks(models: Mapping[str, Model]) -> Iterator[Diagnostic]:
    """Fallbacks that do another thing, or can do less than their primary."""
    names_of = _model_names(models)
    for model in models.values():
        for key in FALLBACK_KEYS:
            for index, target in enumerate(model.fragment.data.get(key, ())):
                other = models.get(names_of.get(target, target))
                if other is not None and other is not model:
                    yield from _find_unfit(model, other, key, index)


def _model_names(models: Mapping[str, Model]) -> dict[str, str]:
    """Every name and alias, and the name of its model."""
    return {name: model.name for model in models.values() for name in (model.name, *model.aliases)}


def _find_unfit(model: Model, other: Model, key: str, index: int) -> Iterator[Diagnostic]:
    path, span = model.fragment.path, model.fragment.value_span((key, index))
    if model.mode != other.mode:
        message = f"fallback `{other.name}` is for {other.mode}, `{model.name}` for {model.mode}"
        hint = "name a model of the same `mode`"
        yield Diagnostic("GW204", message, path, span, hint, Severity.WARNING)
        return
    if _takes_too_little(model, other, key):
        message = f"fallback `{other.name}` takes {other.context_window} tokens, `{model.name}` {model.context_window}"
        hint = "name a model with a larger `context_window`"
        yield Diagnostic("GW212", message, path, span, hint, Severity.WARNING)
    missing = sorted(set(model.capabilities or ()) - set(other.capabilities or ()))
    if missing and other.capabilities is not None:
        message = f"fallback `{other.name}` lacks {', '.join(missing)}, which `{model.name}` has"
        hint = f"add it to `capabilities` of `{other.name}` if it can do it"
        yield Diagnostic("GW213", message, path, span, hint, Severity.WARNING)


def find_silent_default(models: Mapping[str, Model], settings: Settings) -> Iterator[Diagnostic]:
    """A `default_model` that answers no chat, which is what clients ask `default` for."""
    names_of = _model_names(models)
    model = models.get(names_of.get(settings.data["default_model"], ""))
    if model is not None and model.mode != "chat":
        yield Diagnostic(
            "GW236",
            f"`default_model` `{model.name}` is for {model.mode}",
            settings.path,
            settings.value_span(("default_model",)),
            "name a model that chats",
            Severity.WARNING,
        )


def _takes_too_little(model: Model, other: Model, key: str) -> bool:
    own, others = model.context_window, other.context_window
    if own is None or others is None:
        return False
    return others <= own if key == "context_window_fallbacks" else others < own


def find_unknown_default(
    settings: Settings,
    names: Mapping[str, str],
    unsound: Collection[str],
    disabled: Collection[str],
) -> Iterator[Diagnostic]:
    """A `default_model` that does not exist."""
    wanted = settings.data["default_model"]
    if wanted in names or wanted in unsound:
        return
    at = ("default_model",)
    hint, fix = _about_name(at, wanted, nearest(wanted, names), names)
    hint = hint or "name a model of models.d/"
    message = f"`default_model` `{shown(wanted)}` is not a model"
    if wanted in disabled:
        message, hint = f"`default_model` `{shown(wanted)}` is not enabled", "name a model that is"
        fix = None
    yield Diagnostic("GW208", message, settings.path, settings.value_span(at), hint, fix=fix)
