"""A request's facts in, the model that answers it and why out.

Standard library only, and pure: the stack's hook and `gateway explain --request` decide with it.
The order is claude-code-router's, with the project's own rules before it. Nothing here refuses a
request: what does not fit falls through to the next step, and the last one always fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .claude_request import CHAT, Facts
from .claude_tokens import Tokens
from .model_patterns import NO_PATTERNS, Patterns, glob_has

_FAMILIES = frozenset(("claude", "haiku", "sonnet", "opus"))
_PICKED = "claude-router-"
_SUFFIX = "[1m]"
# A session that was long stays with its model while it is still of some length.
_STILL_LONG = 20_000
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Rule:
    """One of the project's own. Every condition of `when` must hold."""

    name: str
    model: str
    when: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Routes:
    """What a render wrote down, in names of models and providers.

    `names`: every model's name and alias, to its model. `silent`: those models that do not chat.
    `providers`: by name, each model's name and upstream id to its model; keys are casefolded.
    """

    default_model: str
    names: Mapping[str, str]
    silent: frozenset[str]
    providers: Mapping[str, Mapping[str, str]]
    tiers: Mapping[str, str]
    routes: Mapping[str, str]
    long_context_threshold: int
    rules: tuple[Rule, ...]
    patterns: Patterns = NO_PATTERNS

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Routes:
        """From the JSON of `claude_routes.json`. Raises for data of another shape."""
        return cls(
            default_model=data["default_model"],
            names=data["names"],
            silent=frozenset(data["silent"]),
            providers=data["providers"],
            tiers=data["tiers"],
            routes=data["routes"],
            long_context_threshold=data["long_context_threshold"],
            rules=tuple(Rule(r["name"], r["model"], r["when"]) for r in data["rules"]),
            patterns=Patterns.from_data(data.get("patterns", ())),
        )

    def limits(self, last_turn: int = 0) -> tuple[int, ...]:
        """The numbers of tokens that a decision may hang on: whether there are more."""
        over = [rule.when["tokens_over"] for rule in self.rules if "tokens_over" in rule.when]
        under = [
            rule.when["tokens_under"] - 1 for rule in self.rules if "tokens_under" in rule.when
        ]
        own = [*over, *under]
        if "long_context" in self.routes:
            own.append(self.long_context_threshold)
            if last_turn > self.long_context_threshold:
                own.append(_STILL_LONG)
        return tuple(own)


@dataclass(frozen=True, slots=True)
class Step:
    """One consideration: `model` where the route applies, and why it does or does not."""

    route: str
    model: str | None
    reason: str
    is_broken: bool = False
    """A rule that could not be evaluated."""


def decide(
    routes: Routes,
    facts: Facts,
    tokens: Tokens,
    last_turn: int = 0,
    tell: Callable[[Step], None] | None = None,
) -> Step | None:
    """The first step that applies; None where the name is not ours to translate.

    `tell` hears of each rule before it that could not be evaluated.
    """
    for step in consider(routes, facts, tokens, last_turn):
        if step.model is not None:
            return step
        if step.is_broken and tell is not None:
            tell(step)
    return None


def consider(routes: Routes, facts: Facts, tokens: Tokens, last_turn: int = 0) -> Iterator[Step]:
    """Every step in its order; `tokens` and `last_turn` (of the session) are numbers sent."""
    own = own_name(routes, facts.model)
    for rule in routes.rules:
        yield _by_rule(rule, facts, tokens)
    if own is not None:
        yield _by_tag(routes, facts)
        why = f"{_quoted(facts.model)} is a model of the gateway: the client's own choice"
        yield Step("asked", own, why)
        return
    if not _is_ours_to_translate(routes, facts):
        yield Step("asked", None, f"{_quoted(facts.model)} is no model here, and no Claude name")
        return
    yield _by_provider(routes, facts.model)
    yield _by_length(routes, tokens, last_turn)
    yield _by_tag(routes, facts) if facts.tag is not None else _by_agent(routes, facts)
    family = "haiku" in _words(facts.model)
    of = "of the haiku family"
    yield _by_kind(routes, "background", family, f"its name is {of}", f"its name is not {of}")
    yield _by_kind(routes, "web_search", facts.searches, "it offers web search", "no web search")
    yield _by_kind(routes, "think", facts.thinks, "it asks for thinking", "no thinking")
    yield _by_kind(
        routes,
        "image",
        facts.has_image,
        "its last turn shows an image",
        "no image in its last turn",
    )
    yield _by_tier(routes, facts.model)
    why = f"nothing else applies to {_quoted(facts.model)}"
    yield Step("default", routes.routes.get("default", routes.default_model), why)


def own_name(routes: Routes, asked: str) -> str | None:
    """The model that a client chose by its name: also as `NAME[1m]`, and as `/model` lists it.

    LiteLLM lists a model for Claude Code's picker as `claude-router-` and its name in hexadecimal.
    """
    for name in dict.fromkeys((asked, _without_suffix(asked), _picked(_without_suffix(asked)))):
        if name in routes.names:
            return routes.names[name]
        if routes.patterns.serving(name) is not None:
            return name
    return None


def _chats(routes: Routes, model: str) -> bool:
    pattern = None if model in routes.names else routes.patterns.serving(model)
    return model not in routes.silent if pattern is None else pattern.mode == "chat"


def tier_of(tiers: Mapping[str, str], asked: str) -> str | None:
    """The family in `tiers` that a name is of: `claude-opus-4-5[1m]`, `us.anthropic.claude-opus…`."""
    words = _words(asked)
    return next((tier for tier in sorted(tiers) if tier.lower() in words), None)


def _quoted(name: str) -> str:
    return f"`{shown(name)}`" if name else "a request without a name"


def shown(text: str, most: int = 80) -> str:
    """Fit for a header and a log: printable ASCII, and not long."""
    cut = text if len(text) <= most else f"{text[: most - 3]}..."
    return "".join(c if " " <= c <= "~" else "?" for c in cut)


def matches(glob: str, text: str) -> bool:
    """`*` stands for any text, everything else for itself in either case; in linear time."""
    return glob_has(glob, text[:1000])


def _by_rule(rule: Rule, facts: Facts, tokens: Tokens) -> Step:
    route = f"rule:{rule.name}"
    try:
        missing = next((n for n, v in rule.when.items() if not _holds(n, v, facts, tokens)), None)
    except Exception as error:  # a mistake of ours in one rule is no reason to refuse a request
        return Step(route, None, f"could not be evaluated: {type(error).__name__}", is_broken=True)
    if missing is not None:
        return Step(route, None, f"its `{missing}` does not hold")
    return Step(route, rule.model, f"every condition holds: {', '.join(rule.when)}")


def _holds(name: str, wanted: Any, facts: Facts, tokens: Tokens) -> bool:
    match name:
        case "model":
            return matches(wanted, facts.model)
        case "header":
            headers = facts.headers
            return all(
                key.lower() in headers and matches(glob, headers[key.lower()])
                for key, glob in wanted.items()
            )
        case "tool":
            return any(matches(wanted, tool) for tool in facts.tools)
        case "tokens_over":
            return tokens.about > int(wanted)
        case "tokens_under":
            return tokens.about < int(wanted)
        case "app":
            return bool(facts.app == wanted)
    raise ValueError(name)


def _by_provider(routes: Routes, asked: str) -> Step:
    if "," not in asked:
        return Step("explicit", None, "the name is not `provider,model`")
    model, why = _named(routes, asked)
    return Step("explicit", model, why)


def _named(routes: Routes, text: str) -> tuple[str | None, str]:
    """The chat model that `provider,model`, a name or a Claude name stands for."""
    own = own_name(routes, text)
    if own is not None and _chats(routes, own):
        return own, f"{_quoted(text)} is a model of the gateway"
    provider, comma, model = (part.strip() for part in text.partition(","))
    if comma:
        there = routes.providers.get(provider.casefold())
        found = (there or {}).get(_without_suffix(model).casefold())
        if found is None and there is not None:
            named = routes.patterns.named_at(provider, _without_suffix(model))
            found = named[1] if named and named[0].mode == "chat" else None
        if found is None and there is None:
            found = own_name(routes, model)
            found = None if found is None or not _chats(routes, found) else found
        if found is not None:
            return found, f"{_quoted(text)} names it"
        lacking = "no model" if there is not None else "no provider"
        return None, f"{_quoted(text)} names {lacking} of the gateway"
    tier = tier_of(routes.tiers, text)
    if tier is not None:
        return routes.tiers[tier], f"{_quoted(text)} is of the tier {tier}"
    return None, f"{_quoted(text)} names no model"


def _by_length(routes: Routes, tokens: Tokens, last_turn: int) -> Step:
    route, limit = "long_context", routes.long_context_threshold
    model = routes.routes.get(route)
    if model is None:
        return Step(route, None, "not configured")
    number = f"{'' if tokens.is_exact else 'about '}{tokens.about} token{'' if tokens.about == 1 else 's'}"
    if tokens.about > limit:
        return Step(route, model, f"{number} are over {limit}")
    if last_turn > limit and tokens.about > _STILL_LONG:
        return Step(route, model, f"the session's last turn had {last_turn} tokens, this {number}")
    return Step(route, None, f"{number}, not over {limit}")


def _by_tag(routes: Routes, facts: Facts) -> Step:
    if facts.tag is None:
        return Step("subagent", None, "no subagent tag")
    model, why = _named(routes, facts.tag)
    if model is not None:
        return Step("subagent", model, f"its tag: {why}")
    return Step("subagent", routes.routes.get("subagent"), f"its tag: {why}")


def _by_agent(routes: Routes, facts: Facts) -> Step:
    """Claude Code says of each request of a subagent that it is one."""
    why = "a subagent asks"
    return _by_kind(routes, "subagent", facts.is_subagent, why, "no subagent asks, and no tag")


def _by_kind(routes: Routes, route: str, applies: bool, why: str, why_not: str) -> Step:
    model = routes.routes.get(route)
    if not applies:
        return Step(route, None, why_not)
    return Step(route, model, why if model is not None else f"{why}, but it is not configured")


def _by_tier(routes: Routes, asked: str) -> Step:
    tier = tier_of(routes.tiers, asked)
    if tier is None:
        return Step("tier", None, f"{_quoted(asked)} is of no tier that is configured")
    return Step(f"tier:{tier}", routes.tiers[tier], f"{_quoted(asked)} is of the {tier} family")


def _is_ours_to_translate(routes: Routes, facts: Facts) -> bool:
    """On `/v1/messages` every name is that no pattern refuses; elsewhere those that only Claude's
    clients ask for."""
    if routes.patterns.for_name(facts.model) is not None:
        return False
    if facts.protocol != CHAT or not facts.model or "," in facts.model:
        return True
    words = _words(facts.model)
    return not _FAMILIES.isdisjoint(words) or tier_of(routes.tiers, facts.model) is not None


def _words(name: str) -> frozenset[str]:
    return frozenset(re.split(r"[^a-z0-9]+", name[:_LONGEST].lower()))


def _without_suffix(name: str) -> str:
    return name[: -len(_SUFFIX)] if name.lower().endswith(_SUFFIX) else name


def _picked(name: str) -> str:
    if not name.startswith(_PICKED):
        return ""
    try:
        return bytes.fromhex(name.removeprefix(_PICKED)).decode()
    except ValueError:
        return ""
