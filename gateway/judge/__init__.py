"""Findings × rules × comments in, what each finding counts as out: the one place that decides it.

A stage that finds something which leaves a sound blueprint says `WARNING`; here it becomes what
`rules:` of gateway.yaml says, else what the table of codes says. A finding that a comment excuses is
kept apart, and a comment that excuses nothing is a finding itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.diagnostics import Diagnostic, Excused, Severity, has_errors, ordered
from gateway.judge.excuses import Excuse, find_excuses
from gateway.judge.rules import OFF, rules_of
from gateway.model import Fragment, Span

__all__ = ["Judged", "judge", "rules_of"]

_NOT_NEEDED = "GW264"


@dataclass(frozen=True, slots=True)
class Judged:
    """The findings that count, in order, and those that a comment excuses."""

    diagnostics: tuple[Diagnostic, ...]
    excused: tuple[Excused, ...]


def judge(
    found: Iterable[Diagnostic], files: Sequence[Fragment], rules: Mapping[str, str]
) -> Judged:
    """`files` are the sound ones, gateway.yaml included; `rules` maps codes to severities or `off`."""
    found = tuple(found)
    excuses: list[Excuse] = []
    about_comments: list[Diagnostic] = []
    for file in files:
        here, mistakes = find_excuses(file.source)
        excuses += here
        about_comments += mistakes
    if not found and not excuses and not about_comments:
        return Judged((), ())
    hearing = _Hearing(rules, excuses)
    for finding in (*found, *about_comments):
        hearing.hear(finding)
    if not has_errors(found):  # else a rule may not have run, and its excuse may well be needed
        hearing.hear_idle({file.path for file in files if file.data.get("enabled") is False})
    excused = sorted(dict.fromkeys(hearing.excused), key=_place)
    return Judged(ordered(hearing.counting), tuple(excused))


def _place(excused: Excused) -> tuple[str, Span, str]:
    found = excused.diagnostic
    return found.path, found.span, found.code


class _Hearing:
    """Hears one finding after the other, and remembers which excuses were needed."""

    def __init__(self, rules: Mapping[str, str], excuses: Sequence[Excuse]) -> None:
        self.counting: list[Diagnostic] = []
        self.excused: list[Excused] = []
        self._rules = rules
        self._idle = dict.fromkeys(excuses)
        self._by_place: dict[tuple[str, int, str], Excuse] = {}
        for excuse in excuses:
            for line in excuse.lines:
                self._by_place.setdefault((excuse.path, line, excuse.code), excuse)

    def hear(self, finding: Diagnostic) -> None:
        weighed = self._weighed(finding)
        if weighed is None:
            return
        excuse = self._by_place.get((finding.path, finding.span.line, finding.code))
        if excuse is None:
            self.counting.append(weighed)
        else:
            self._idle.pop(excuse, None)
            self.excused.append(Excused(weighed, excuse.reason))

    def hear_idle(self, disabled: Collection[str]) -> None:
        """The excuses that excused nothing: first those that something can excuse, then its excuses.

        Nothing is said where the rule is off, or cannot find anything: in a model that is not enabled.
        """
        for excuse in [idle for idle in self._idle if idle.code != _NOT_NEEDED]:
            if self._rules.get(excuse.code) != OFF and excuse.path not in disabled:
                self.hear(_not_needed(excuse))
        last = [_not_needed(idle) for idle in self._idle if idle.code == _NOT_NEEDED]
        self.counting += [w for finding in last if (w := self._weighed(finding)) is not None]

    def _weighed(self, finding: Diagnostic) -> Diagnostic | None:
        """The finding with the severity that it has in this project; None where its rule is off."""
        from gateway.diagnostics.codes import CODES  # noqa: PLC0415 - a project in order needs no table

        entry = CODES[finding.code]
        if not entry.is_adjustable:
            return finding
        says = self._rules.get(finding.code, entry.severity)
        return None if says == OFF else replace(finding, severity=Severity(says))


def _not_needed(excuse: Excuse) -> Diagnostic:
    return Diagnostic(
        _NOT_NEEDED,
        f"this excuse is not needed: there is no `{excuse.code}` here",
        excuse.path,
        excuse.span,
        "remove it",
        Severity.WARNING,
    )
