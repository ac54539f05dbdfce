"""Names with a `*` in, patterns that serve what LiteLLM served, or a note that says why not, out.

LiteLLM 1.106.2 lets the longest of its wildcards decide, puts what its `*` stood for into `model`, and
tries a name that none of them has once more with its provider before it: `claude-opus-4-5` goes to
`anthropic/*`. What follows was tried on both; tests/stack/test_import_answers.py does so again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from gateway.importing.ledger import Ledger
from gateway.importing.litellm.names import is_name, is_pattern_name
from gateway.importing.source import Value
from gateway.resolve.patterns import data_for, patterns_of
from gateway.validate import schema
from gateway.yaml_text import shown

_EACH = "add a fragment for each model that is asked for"
_CLAUDE = "claude-"
_CLAUDES = f"anthropic/{_CLAUDE}"
# Prefixes whose models LiteLLM knows by their names alone, and how those mostly begin.
_KNOWN_ALONE = {"openai": "gpt-", "bedrock": "us.anthropic.", "vertex_ai": "gemini-"}


@dataclass(frozen=True, slots=True)
class Made:
    """A fragment, and the name of the source that it was made of."""

    source: str
    data: Mapping[str, Any]


def why_no_pattern(name: str, model: str, custom: str | None) -> tuple[str, str] | None:
    """Why a wildcard cannot be a pattern that does the same, with a hint; None where it can.

    `model` and `custom` are `model` and `custom_llm_provider` of its `litellm_params`.
    """
    if "*" not in name:
        return "its `model` has a `*`, its name has none", "name the model"
    if "*" not in model:
        hint = "add a fragment for that model, with the names as its `aliases`"
        if name == "*" or name.startswith("claude"):
            hint += "; Claude's names go to `claude_code.tiers` and `default_model` by themselves"
        return "all its names are one model, and a pattern has one for each", hint
    if model == "*" and custom is None:
        return (
            "each name chooses its own provider",
            "add a pattern for each provider, as in `name: openai/*`, `model: '*'`",
        )
    if name == "*":
        return (
            "a pattern without a beginning of its own takes every name, slips and Claude's too",
            "add a pattern for each beginning that is asked for, as in `name: gpt-*`, `model: gpt-*`",
        )
    if not (is_pattern_name(name) and model.find("*") == len(model) - 1):
        return "a pattern has one `*`, at the end of its name and of its `model`", _EACH
    return None


def as_patterns(
    fragments: Mapping[str, Mapping[str, Any]],
    lost: Collection[str],
    places: Mapping[str, Value],
    ledger: Ledger,
) -> dict[str, Made]:
    """What becomes of fragments with a `*`: they say what they serve, and Claude's names have a pattern of
    their own.

    `lost` are names of the source that no fragment has, `places` is where the fragments stood.
    """
    found: dict[str, Made] = {}
    others = [other for other in (*fragments, *lost) if "*" in other]
    for name in [name for name in fragments if "*" in name]:
        crossing = next((other for other in lost if _taken(other, name) in {"*", ""}), None)
        if crossing is not None:
            ledger.note(
                places[name],
                f"the wildcard `{shown(name)}` was not carried over: `{shown(crossing)}`, which was "
                "not either, takes names from it",
                _EACH,
            )
            continue
        found[name] = Made(name, {**fragments[name], "allow": ["*"]})
        twin, rest = _for_claude(name)
        is_free = {start: not _have(others, start) for start in (twin, _known_alone(name)) if start}
        rival = found.get(f"{twin}*")
        if is_free.get(twin) and (rival is None or len(rival.source) < len(name)):
            own = {**data_for(fragments[name], f"{rest}*"), "allow": ["*"]}
            found[f"{twin}*"] = Made(name, own)
        alone = next((start for start, free in is_free.items() if free), "")
        _note_served(name, alone, places[name], ledger, is_carried=alone == twin)
    return found


def without_lost(
    fragments: Mapping[str, Mapping[str, Any]],
    lost: Collection[str],
    places: Mapping[str, Value],
    ledger: Ledger,
) -> dict[str, dict[str, Any]]:
    """All fragments; what is lost is denied by a pattern that else would send it to its own upstream.

    `places` is where the patterns stood.
    """
    found = {name: dict(data) for name, data in fragments.items()}
    patterns = [name for name in found if "*" in name]
    for name, other in product(patterns, lost):
        glob = _taken(other, name)
        denied = found[name].get("deny", [])
        has_longer = any(len(each) > len(name) and other.startswith(each[:-1]) for each in patterns)
        if glob is None or glob in denied or has_longer or not _can_be_denied(glob):
            continue
        found[name]["deny"] = [*denied, glob]
        ledger.note(
            places[name],
            f"the pattern `{shown(name)}` denies `{shown(other)}`, which had another upstream",
        )
    return found


def served_ones(
    fragments: Mapping[str, Mapping[str, Any]], wanted: Collection[str]
) -> dict[str, Made]:
    """A fragment for each wanted name that a pattern alone serves."""
    patterns = patterns_of({name: data for name, data in fragments.items() if "*" in name})
    found: dict[str, Made] = {}
    for name in wanted:
        pattern = None if name in fragments or not is_name(name) else patterns.serving(name)
        if pattern is not None:
            rest = pattern.rest_of(name) or ""
            found[name] = Made(pattern.name, data_for(fragments[pattern.name], rest))
    return found


def alone_too(lost: Sequence[str]) -> list[str]:
    """The same, and how LiteLLM gives Claude's names to those that are wildcards."""
    prefix = _CLAUDES.removesuffix(_CLAUDE)
    wildcards = [name for name in lost if "*" in name and name.startswith(prefix)]
    return [*lost, *(name.removeprefix(prefix) for name in wildcards)]


def _note_served(name: str, alone: str, at: Value, ledger: Ledger, *, is_carried: bool) -> None:
    """`alone` is how names begin that LiteLLM gives to the wildcard without its prefix."""
    message = f"each model of `{shown(name)}` is served, none is listed"
    hint = "narrow `allow` to what is asked for; a fragment of its own lists a model"
    without = f"without `{(_CLAUDES if is_carried else name).partition('/')[0]}/`"
    if alone and is_carried:
        message += f"; the pattern `{alone}*` has such names {without}"
    elif alone:
        message += f"; `{alone}…` {without} is not, though LiteLLM knows such names"
        hint += f", a pattern `{alone}*` has those"
    ledger.note(at, message, hint)


def _for_claude(name: str) -> tuple[str, str]:
    """How those of Claude's names begin that LiteLLM gives to a wildcard without `anthropic/`, and what
    its ids have before the rest; empty where there are none.

    Without a pattern of their own the gateway would take them for Claude Code's, and ask the default
    model.
    """
    start = name[:-1]
    if _CLAUDES.startswith(start):
        return _CLAUDE, _CLAUDES[len(start) :]
    return (start.partition("/")[2], "") if start.startswith(_CLAUDES) else ("", "")


def _known_alone(name: str) -> str:
    prefix, _, rest = name.partition("/")
    return _KNOWN_ALONE.get(prefix, "") if rest == "*" else ""


def _have(wildcards: Iterable[str], start: str) -> bool:
    """Whether a wildcard may have each name that begins so; LiteLLM asks them before it adds a prefix."""
    return any(start.startswith(other.partition("*")[0]) for other in wildcards)


def _taken(other: str, name: str) -> str | None:
    """What stands for a pattern's `*` in those of its names that LiteLLM gives to another one of the
    source; `*` where it is all of them, or where no glob says which. None where it is none."""
    start, star, tail = other.partition("*")
    own = name[:-1]
    if start.startswith(own):
        # LiteLLM looks at a name's beginning only: `a*b` has `axbc` too.
        return f"{other.rstrip('*')}*"[len(own) :] if star else other[len(own) :]
    if not star or not own.startswith(start) or _rank(other) < _rank(name):
        return None
    middle = own[len(start) :]
    ends = [middle[at:] for at in range(len(middle))]
    reaches_in = any(tail.startswith(end) or end.startswith(tail) for end in ends)
    return "*" if "*" in tail or reaches_in else f"*{tail}*"


def _rank(wildcard: str) -> tuple[int, int]:
    """LiteLLM's own: the longest regular expression is the first."""
    regex = re.escape(wildcard).replace(r"\*", "(.*)")
    return len(regex), sum(regex.count(each) for each in "*+?\\^$|()")


def _can_be_denied(glob: str) -> bool:
    """What cannot has a character that no name has."""
    pattern = schema("model")["$defs"]["globs"]["items"]["pattern"]
    return re.search(pattern, glob) is not None
