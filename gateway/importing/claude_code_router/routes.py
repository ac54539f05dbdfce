"""`Router` and `fallback` of claude-code-router in, the default model, fallbacks and aliases out."""

from __future__ import annotations

from gateway.importing.claude_code_router.providers import Providers
from gateway.importing.draft import Draft
from gateway.importing.record import Key, Place, joined

_LATER = "this version sends each request to the model that it names"
ROUTES = {
    "background": "background",
    "think": "think",
    "longContext": "long_context",
    "webSearch": "web_search",
    "image": "image",
}
"""What `Router` calls a route, and what `claude_code.routes` does."""
ROUTER_KEYS = (
    Key("default", "`default_model`, and the aliases `opus` and `sonnet`"),
    Key("background", f"the alias `haiku`; as a route it is noted: {_LATER}"),
    *(Key(name, dropped=_LATER) for name in ROUTES if name != "background"),
    Key("longContextThreshold", dropped=_LATER),
    Key("fallback", "`fallbacks` of the default model"),
    Key("//…", "nothing: a comment"),
    Key("*", dropped="nothing here takes it"),
)


def read_routes(draft: Draft, providers: Providers) -> str | None:
    """The default model's name. Where a route goes to the default model anyway, nothing is lost."""
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
    for key, name in targets.items():
        _say(draft, key, name, default)
    if source.at(router, "longContextThreshold") is not None:
        place = (router, "longContextThreshold")
        source.drop(place, next(k for k in ROUTER_KEYS if k.name == "longContextThreshold"))
    _read_fallbacks(draft, providers, targets)
    if default is not None:
        background = targets.get("background", default)
        draft.add_tiers(
            (router, "default"), {"opus": default, "sonnet": default, "haiku": background}
        )
    return default


def _say(draft: Draft, key: str, name: str, default: str | None) -> None:
    place = ("Router", key)
    if name == default:
        draft.source.carry(*place)
        return
    draft.source.note(
        place,
        f"`Router.{key}` is not carried over: {_LATER}",
        f"ask for `{name}` by its name; a later version takes"
        f" `claude_code: {{routes: {{{ROUTES[key]}: {name}}}}}`",
    )


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
