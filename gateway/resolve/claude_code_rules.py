"""The `claude_code` section and the models in, diagnostics about what its names cannot do out.

That they are names of models was seen before: what is none is passed over here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import eq, ge, le
from typing import Any

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.diagnostics.nearest import is_slip_of, nearest
from gateway.model import Model, Path, Settings
from gateway.resolve.claude_code import LONG_CONTEXT
from gateway.resolve.names import DEFAULT
from gateway.runtime.claude_routes import matches
from gateway.yaml_text import shown

_AT: Path = ("claude_code",)
_FAMILIES = ("haiku", "sonnet", "opus", "fable")
_FAMILY = re.compile(r"[A-Za-z0-9]+\Z")
_NEEDED = {"image": "vision", "think": "thinking"}


def find_claude_code_mistakes(
    models: Mapping[str, Model], settings: Settings
) -> Iterator[Diagnostic]:
    """Everything about the section that its schema and its names alone do not show."""
    section = settings.data.get("claude_code")
    if section is None:
        return
    by_name = {name: m for m in models.values() for name in (m.name, *m.aliases)}
    default = by_name.get(settings.data["default_model"])
    if default is not None:
        by_name[DEFAULT] = default
    yield from _find_silent(section, by_name, settings)
    yield from _find_unable(section, by_name, settings)
    yield from _find_too_small(section, by_name, settings)
    yield from _find_odd_tiers(section, settings)
    rules = section.get("rules", ())
    yield from _find_repeated_names(rules, settings)
    yield from _find_unknown_apps(rules, settings)
    yield from _find_idle_rules(rules, settings)
    if "long_context_threshold" in section and "long_context" not in section.get("routes", {}):
        yield Diagnostic(
            "GW244",
            "`long_context_threshold` has no effect: there is no `routes.long_context`",
            settings.path,
            settings.key_span((*_AT, "long_context_threshold")),
            "add the route, or remove it",
            Severity.WARNING,
        )


def named_models(section: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every place of the section that names a model."""
    for part in ("tiers", "routes"):
        for key, name in section.get(part, {}).items():
            yield (*_AT, part, key), name
    for index, rule in enumerate(section.get("rules", ())):
        yield (*_AT, "rules", index, "model"), rule["model"]


def _find_silent(
    section: Mapping[str, Any], by_name: Mapping[str, Model], settings: Settings
) -> Iterator[Diagnostic]:
    for path, name in named_models(section):
        model = by_name.get(name)
        if model is not None and model.mode != "chat":
            message = f"`{shown(name)}` is for {model.mode}: it cannot answer Claude Code"
            span = settings.value_span(path)
            hint = "name a model that chats"
            yield Diagnostic("GW265", message, settings.path, span, hint, Severity.WARNING)


def _find_unable(
    section: Mapping[str, Any], by_name: Mapping[str, Model], settings: Settings
) -> Iterator[Diagnostic]:
    for route, capability in _NEEDED.items():
        model = by_name.get(section.get("routes", {}).get(route))
        if model is None or model.capabilities is None or capability in model.capabilities:
            continue
        yield Diagnostic(
            "GW267",
            f"the route `{route}` leads to `{model.name}`, whose `capabilities` lack {capability}",
            settings.path,
            settings.value_span((*_AT, "routes", route)),
            "add it there if the model can do it, else name one that can",
            Severity.WARNING,
        )


def _find_too_small(
    section: Mapping[str, Any], by_name: Mapping[str, Model], settings: Settings
) -> Iterator[Diagnostic]:
    """What gets only long prompts, and takes none of them."""
    threshold = section.get("long_context_threshold", LONG_CONTEXT)
    places: list[tuple[Path, str | None, int]] = [
        ((*_AT, "routes", "long_context"), section.get("routes", {}).get("long_context"), threshold)
    ]
    for index, rule in enumerate(section.get("rules", ())):
        if "tokens_over" in rule["when"]:
            places.append(
                ((*_AT, "rules", index, "model"), rule["model"], rule["when"]["tokens_over"])
            )
    for path, name, over in places:
        model = by_name.get(name or "")
        if model is not None and model.context_window is not None and model.context_window <= over:
            yield Diagnostic(
                "GW268",
                f"`{model.name}` takes {model.context_window} tokens, and gets requests of more than {over}",
                settings.path,
                settings.value_span(path),
                "name a model with a larger `context_window`",
                Severity.WARNING,
            )


def _find_odd_tiers(section: Mapping[str, Any], settings: Settings) -> Iterator[Diagnostic]:
    for tier in section.get("tiers", {}):
        if tier.lower() == "claude":
            message, hint = (
                f"every name of Claude's is of the tier `{tier}`",
                "use `routes.default`",
            )
        elif not _FAMILY.match(tier):
            message = f"no name of Claude's is of the tier `{shown(tier)}`: a family is one word"
            hint = "write the family alone, such as `sonnet`"
        elif (meant := _misspelt(tier)) is not None:
            message = f"no family of Claude's that is known is called `{tier}`"
            hint = f"did you mean `{meant}`?"
        else:
            continue
        span = settings.key_span((*_AT, "tiers", tier))
        yield Diagnostic("GW269", message, settings.path, span, hint, Severity.WARNING)


def _misspelt(tier: str) -> str | None:
    """The family that is one slip away. What is further away may be one that is newer than this version."""
    if tier.lower() in _FAMILIES:
        return None
    return next((family for family in _FAMILIES if is_slip_of(tier, family, _FAMILIES)), None)


def _find_repeated_names(
    rules: Sequence[Mapping[str, Any]], settings: Settings
) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for index, rule in enumerate(rules):
        before = first.setdefault(rule["name"], index)
        if before != index:
            there = settings.value_span((*_AT, "rules", before, "name"))
            yield Diagnostic(
                "GW109",
                f"two rules are called `{rule['name']}`",
                settings.path,
                settings.value_span((*_AT, "rules", index, "name")),
                "give one another name: the answers' headers tell rules by it",
                related=(Related(settings.path, there, "the other is here"),),
            )


def _find_unknown_apps(
    rules: Sequence[Mapping[str, Any]], settings: Settings
) -> Iterator[Diagnostic]:
    apps = settings.data.get("apps", {})
    for index, rule in enumerate(rules):
        app = rule["when"].get("app")
        if app is not None and app not in apps:
            likely = nearest(app, apps)
            yield Diagnostic(
                "GW243",
                f"`{shown(app)}` is not an app",
                settings.path,
                settings.value_span((*_AT, "rules", index, "when", "app")),
                f"did you mean `{likely}`?" if likely else "name one of `apps`, or remove it",
            )


def _find_idle_rules(
    rules: Sequence[Mapping[str, Any]], settings: Settings
) -> Iterator[Diagnostic]:
    for index, rule in enumerate(rules):
        when, span = rule["when"], settings.value_span((*_AT, "rules", index, "name"))
        message = f"the rule `{rule['name']}` never applies: "
        if when.get("tokens_under", 1 << 60) <= when.get("tokens_over", -1) + 1:
            message += "no number is both over and under these"
            hint = "raise `tokens_under`, or make two rules"
            yield Diagnostic("GW266", message, settings.path, span, hint, Severity.WARNING)
            continue
        earlier = next((i for i in range(index) if _covers(rules[i]["when"], when)), None)
        if earlier is not None:
            name = rules[earlier]["name"]
            there = settings.value_span((*_AT, "rules", earlier, "name"))
            yield Diagnostic(
                "GW266",
                f"{message}`{name}` before it always does",
                settings.path,
                span,
                f"move it before `{name}`, or remove it",
                Severity.WARNING,
                related=(Related(settings.path, there, f"`{name}` is here"),),
            )


def _covers(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    """Whether all that `later` lets through, `earlier` does too."""
    return all(_is_implied(name, wanted, later) for name, wanted in earlier.items())


def _is_implied(name: str, wanted: Any, later: Mapping[str, Any]) -> bool:
    if name == "model" and not wanted.strip("*"):
        return True  # any name, and there always is one
    if name not in later:
        return False
    return _IMPLIES[name](wanted, later[name])


def _header_implies(wanted: Mapping[str, str], other: Mapping[str, str]) -> bool:
    named = {key.lower(): glob for key, glob in other.items()}
    return all(k.lower() in named and matches(g, named[k.lower()]) for k, g in wanted.items())


# A condition, and one of a later rule: whether what the later lets through, it does too. A `*` of the
# later one is one more character that a `*` must take.
_IMPLIES: Mapping[str, Callable[[Any, Any], bool]] = {
    "model": matches,
    "tool": matches,
    "header": _header_implies,
    "tokens_over": le,
    "tokens_under": ge,
    "app": eq,
}
