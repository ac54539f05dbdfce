"""`Router` and `fallback` of claude-code-router in, the default model, routes and fallbacks out."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.importing.claude_code_router.providers import Providers
from gateway.importing.draft import Draft
from gateway.importing.record import Key, Place, joined

_THRESHOLD, _MOST = "longContextThreshold", 100_000_000
ROUTES = {
    "background": "background",
    "think": "think",
    "longContext": "long_context",
    "webSearch": "web_search",
    "image": "image",
}
"""What `Router` calls a route, and what `claude_code.routes` does."""
ROUTER_KEYS = (
    Key("default", "`default_model`, which answers Claude's names too"),
    *(Key(name, f"`claude_code.routes.{route}`") for name, route in ROUTES.items()),
    Key(_THRESHOLD, "`claude_code.long_context_threshold`, where there is a `longContext`"),
    Key("fallback", "`fallbacks` of the default model"),
    Key("//…", "nothing: a comment"),
    Key("*", dropped="nothing here takes it"),
)


def read_routes(draft: Draft, providers: Providers) -> str | None:
    """The default model's name."""
    source, router = draft.source, "Router"
    if source.at(router) is None:
        return None
    targets: dict[str, str] = {}
    for key in source.keys_of(router):
        if key.startswith("//"):
            source.carry(router, key)
        elif key == "default" or key in ROUTES:
            target = _target(draft, providers, (router, key))
            if target is not None:
                targets[key] = target
    default = targets.get("default")
    routes = {ROUTES[key]: name for key, name in targets.items() if key in ROUTES}
    for key in targets:
        source.carry(router, key)
    if set(routes.values()) - {default}:  # else the default model answers everything anyway
        draft.settings["claude_code"] = {"routes": routes}
    if source.at(router, _THRESHOLD) is not None:
        _read_threshold(draft, routes)
    _read_fallbacks(draft, providers, targets)
    return default


def _read_threshold(draft: Draft, routes: Mapping[str, str]) -> None:
    source, place = draft.source, ("Router", _THRESHOLD)
    value = source.at(*place)
    if "long_context" not in routes:
        source.note(place, f"`{joined(place)}` has no `longContext` to lead to: it is left out")
    elif isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MOST:
        source.note(place, f"`{joined(place)}` is no number of tokens: it is left out")
    else:
        source.carry(*place)
        if "claude_code" in draft.settings:
            draft.settings["claude_code"]["long_context_threshold"] = value


def _target(draft: Draft, providers: Providers, place: Place) -> str | None:
    """The model that `provider,model` names; None, which is noted, where there is none."""
    text = draft.source.text(*place)
    if text is None:
        return None
    provider, comma, model = (part.strip() for part in text.partition(","))
    name = providers.model(provider, model, place) if comma and provider and model else None
    if name is None:
        draft.source.note(
            place,
            f"`{joined(place)}` names no `provider,model` of this file: it is not carried over",
        )
    return name


def _read_fallbacks(draft: Draft, providers: Providers, targets: dict[str, str]) -> None:
    source = draft.source
    for place in (("Router", "fallback"), ("fallback",)):
        if isinstance(source.at(*place), dict):
            for route in source.keys_of(*place):
                first = targets.get(route, targets.get("default"))
                _read_chain(draft, providers, (*place, route), first)
        elif source.at(*place) is not None:
            _read_chain(draft, providers, place, targets.get("default"))


def _read_chain(draft: Draft, providers: Providers, place: Place, first: str | None) -> None:
    """The fallbacks of one route become those of the model that it goes to."""
    source = draft.source
    is_list = isinstance(source.at(*place), list)
    for item in source.items(*place) if is_list else iter((place,)):
        name = _target(draft, providers, item)
        if name is None:
            continue
        if first is None:
            source.note(item, f"`{joined(item)}` falls back from no model: it is not carried over")
            continue
        chain = draft.fragments[first].get("fallbacks", [])
        if name == first or name in chain:
            source.carry(*item)
        elif draft.fragments[name].get("mode") != draft.fragments[first].get("mode"):
            source.note(item, f"`{name}` speaks otherwise than `{first}`: it is no fallback of it")
        elif _leads_to(draft, name, first):
            source.note(item, f"`{name}` falls back to `{first}` already: it is no fallback of it")
        else:
            source.carry(*item)
            draft.fragments[first].setdefault("fallbacks", []).append(name)
    if is_list and not source.at(*place):
        source.carry(*place)


def _leads_to(draft: Draft, start: str, wanted: str) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name == wanted:
            return True
        if name not in seen:
            seen.add(name)
            waiting += draft.fragments[name].get("fallbacks", [])
    return False
