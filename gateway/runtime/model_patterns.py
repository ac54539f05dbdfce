"""A name that nobody wrote a fragment for in, the pattern that serves it, or why none does, out.

Standard library only, and pure: the stack's hooks and the gateway's own commands decide with it. Of
several patterns the longest decides, as LiteLLM 1.106.2 has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LONGEST = 200
# What the name of a model may be made of; some prefixes put it into the address that they ask.
_SOUND = re.compile(r"[A-Za-z0-9@][A-Za-z0-9._:/@+-]*\Z")
# How a pattern that ends in the middle of a word goes on: `gpt*` has `gpt-oss`.
_GOES_ON = re.compile(r"[._:-][A-Za-z0-9]")
_PATH_TRICKS = re.compile(r"//|/\Z|(?:\A|/)\.{1,2}(?:/|\Z)")


@dataclass(frozen=True, slots=True)
class Pattern:
    """`name` and each of `ids` end in their one `*`; `ids` are by provider, its name casefolded.

    `allow` and `deny` are matched with what stands for the `*`; where `allow` is empty, all is allowed.
    """

    name: str
    allow: tuple[str, ...]
    deny: tuple[str, ...]
    ids: Mapping[str, str]
    fallbacks: tuple[str, ...]
    mode: str

    def rest_of(self, name: str) -> str | None:
        """What stands for the `*` in a name; None where the pattern does not have it."""
        return name[len(self.name) - 1 :] if has_name(self.name, name) else None

    def refusal(self, name: str) -> str | None:
        """Why it is not served, for a name that the pattern has."""
        rest = self.rest_of(name) or ""
        word = rest[1:] if self._ends_in_a_word() and _GOES_ON.match(rest) else rest
        is_sound = _SOUND.match(word) or (not rest and self._ends_in_a_word())
        if len(name) > _LONGEST or not is_sound or _PATH_TRICKS.search(rest):
            return "that is no name of a model"
        if self.allow and not any(glob_has(glob, rest) for glob in self.allow):
            return "this gateway does not allow it"
        if any(glob_has(glob, rest) for glob in self.deny):
            return "this gateway denies it"
        return None

    def _ends_in_a_word(self) -> bool:
        return all(each[-2:-1].isalnum() for each in (self.name, *self.ids.values()))

    def name_for(self, provider: str, upstream_id: str) -> str | None:
        """The name under which a provider's id can be asked for."""
        pattern = self.ids.get(provider.casefold(), "")
        start = pattern[:-1]
        if not pattern or not upstream_id.startswith(start) or upstream_id == start:
            return None
        return self.name[:-1] + upstream_id[len(start) :]


@dataclass(frozen=True, slots=True)
class Patterns:
    """All of a project's, the longest first."""

    patterns: tuple[Pattern, ...] = ()

    @classmethod
    def from_data(cls, data: Iterable[Mapping[str, Any]]) -> Patterns:
        """From what a render wrote down. Raises for data of another shape."""
        found = [
            Pattern(
                each["name"],
                tuple(each["allow"]),
                tuple(each["deny"]),
                each["ids"],
                tuple(each["fallbacks"]),
                each["mode"],
            )
            for each in data
        ]
        return cls(tuple(sorted(found, key=lambda each: (-len(each.name), each.name))))

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def for_name(self, name: object) -> Pattern | None:
        """The one that decides about a name, whatever it decides."""
        if not isinstance(name, str):
            return None
        return next((each for each in self.patterns if each.rest_of(name) is not None), None)

    def serving(self, name: object) -> Pattern | None:
        """The one that serves a name."""
        pattern = self.for_name(name)
        return pattern if pattern and pattern.refusal(str(name)) is None else None

    def named_at(self, provider: str, upstream_id: str) -> tuple[Pattern, str] | None:
        """What `provider,model` stands for: the pattern, and the name that it serves it by."""
        for pattern in self.patterns:
            name = pattern.name_for(provider, upstream_id)
            if name is not None and self.serving(name) is pattern:
                return pattern, name
        return None


NO_PATTERNS = Patterns()


def has_name(pattern_name: str, name: str) -> bool:
    """Whether a name is one of a pattern's, served or not: `gpt-4*` has `gpt-4`, `or/*` has no `or/`."""
    start = pattern_name[:-1]
    return name.startswith(start) and (name != start or start[-1:].isalnum())


def may_meet(glob: str, pattern_name: str) -> bool:
    """Whether a glob has any of the names of a pattern."""
    first, star, _ = glob.lower().partition("*")
    start = pattern_name[:-1].lower()
    if not star:
        return has_name(pattern_name.lower(), first)
    return first.startswith(start) or start.startswith(first)


def glob_has(glob: str, text: str) -> bool:
    """`*` stands for any text, everything else for itself in either case; in linear time."""
    first, *others = glob.lower().split("*")
    text = text.lower()
    if not others:
        return text == first
    *middle, last = others
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def refused(
    name: object, names: Sequence[str] | Mapping[str, str], patterns: Patterns
) -> str | None:
    """The sentence for a name that neither a fragment nor a pattern serves; None for one that is served.

    LiteLLM gives a name without a match to a pattern that begins with what it takes for the name's
    provider: `gpt-4o` to `openai/*`.
    """
    if isinstance(name, str) and name in names:
        return None
    pattern = patterns.for_name(name)
    why = "no model and no pattern has this name" if pattern is None else pattern.refusal(str(name))
    return None if why is None else f"the model `{_shown(name)}` is not served: {why}"


def _shown(name: object) -> str:
    text = name if isinstance(name, str) else type(name).__name__
    return "".join(c if " " <= c <= "~" and c != "`" else "?" for c in text[:80])
