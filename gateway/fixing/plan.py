"""A project in, what `gateway fix` would make of it out: new texts, what was mended, and what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.diagnostics import Diagnostic
from gateway.diagnostics.secrets import blanked
from gateway.fix import InData, MoveKey
from gateway.fixing.tidy import sorted_keys, with_modeline
from gateway.fixing.trial import Outcome, attempt
from gateway.load import load
from gateway.model import START, SourceFile
from gateway.pipeline import Checked, check_project
from gateway.project import Project
from gateway.validate import schema


@dataclass(frozen=True, slots=True)
class Mended:
    """One thing that was done: where, and in words."""

    path: str
    done: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The project as it is and as it would be. `checked` are the findings that would be left.

    `kept` are those among them that have a fix which did not prove right, with the reason.
    """

    before: Checked
    checked: Checked
    mended: tuple[Mended, ...]
    kept: tuple[tuple[Diagnostic, str], ...]

    def changes(self) -> Mapping[str, tuple[str | None, str]]:
        """Path -> the old text (None for a new file) and the new one, new files first."""
        old, new = (_texts(checked.project) for checked in (self.before, self.checked))
        changed = {
            path: (old.get(path), text) for path, text in new.items() if old.get(path) != text
        }
        return dict(sorted(changed.items(), key=lambda item: (item[1][0] is not None, item[0])))


def plan(
    checked: Checked, only: Collection[str] = (), *, modelines: bool = False, sort: bool = False
) -> Plan:
    """Every fix that proves right, in the files `only` where it names any; on request tidied too."""
    now, mended, kept = _mend(checked, only)
    if modelines or sort:
        now, more = _tidy(now, only, modelines=modelines, sort=sort)
        mended += more
    return Plan(checked, now, tuple(mended), kept)


def _mend(
    checked: Checked, only: Collection[str]
) -> tuple[Checked, list[Mended], tuple[tuple[Diagnostic, str], ...]]:
    mended: list[Mended] = []
    refused: dict[Diagnostic, str] = {}
    pending = _fixable(checked, only, refused)
    while pending:
        outcome = attempt(checked, pending)
        if outcome.checked is not None:
            checked = outcome.checked
            mended += [_said(found) for found in outcome.mended]
            edited = {found.path for found in outcome.mended}  # there another fix may go well now
            refused = {found: why for found, why in refused.items() if found.path not in edited}
            pending = _fixable(checked, only, refused)
            continue
        guilty = _guilty(outcome)
        refused |= {replace(found, span=START): outcome.why[found.path] for found in guilty}
        pending = _fixable(checked, only, refused) if guilty else _fewer(outcome.mended)
    left = ((found, refused.get(replace(found, span=START))) for found in checked.diagnostics)
    return checked, mended, tuple((found, why) for found, why in left if why is not None)


def _guilty(outcome: Outcome) -> list[Diagnostic]:
    """The findings whose fix is to blame beyond doubt: each that is alone in its file, or at all."""
    blamed = outcome.mended
    if not outcome.is_certain:
        return list(blamed) if len(blamed) == 1 else []
    of_file = Counter(found.path for found in blamed)
    return [found for found in blamed if of_file[found.path] == 1]


def _fewer(blamed: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """One of these brings the others down: half of those of each file; where each has one, half of all."""
    of_file: dict[str, list[Diagnostic]] = {}
    for found in blamed:
        of_file.setdefault(found.path, []).append(found)
    halves = [found for own in of_file.values() for found in own[: len(own) // 2]]
    return tuple(halves or blamed[: len(blamed) // 2])


def _fixable(
    checked: Checked, only: Collection[str], refused: Collection[Diagnostic]
) -> tuple[Diagnostic, ...]:
    """At most one fix of a file where it moves whole lines; nothing on a line with a literal secret."""
    secret = {(d.path, d.span.line) for d in checked.diagnostics if d.code == "GW220"}
    found = [
        d
        for d in checked.diagnostics
        if d.fix is not None
        and (not only or d.path in only)
        and replace(d, span=START) not in refused
        and not any((d.path, line) in secret for line in range(d.span.line, d.span.end_line + 1))
    ]
    first: dict[str, Diagnostic] = {}
    for d in found:
        first.setdefault(d.path, d)
    return tuple(d for d in found if d is first[d.path] or not _is_alone(first[d.path], d))


def _is_alone(*found: Diagnostic) -> bool:
    return any(not isinstance(d.fix, InData) or isinstance(d.fix, MoveKey) for d in found)


def _said(found: Diagnostic) -> Mended:
    assert found.fix is not None  # noqa: S101 - only a fix is attempted
    done = found.fix.done
    if not done.isprintable():  # a key may hold what a terminal would obey
        done = done.encode("unicode_escape").decode("ascii")
    return Mended(found.path, blanked(done))


def _tidy(
    checked: Checked, only: Collection[str], *, modelines: bool, sort: bool
) -> tuple[Checked, list[Mended]]:
    mended: list[Mended] = []
    files: list[SourceFile] = []
    for source in (checked.project.settings, *checked.project.fragments):
        text = source.text
        if not only or source.path in only:
            is_settings = source is checked.project.settings
            if sort:
                text = _sorted(source, "gateway" if is_settings else "model")
                mended += [Mended(source.path, "sorted its keys")] if text != source.text else []
            if modelines and (new := with_modeline(source.path, text)) != text:
                text = new
                mended.append(Mended(source.path, "added the line that gives editors its schema"))
        files.append(SourceFile(source.path, text))
    settings, *fragments = files
    project = Project(checked.project.root, settings, tuple(fragments))
    return check_project(project), mended


def _sorted(source: SourceFile, schema_name: str) -> str:
    """As it is, where sorting would change more than the order of the file's lines."""
    fragment, problems = load(source)
    if fragment is None or problems or not fragment.data:
        return source.text
    text = sorted_keys(fragment, schema(schema_name))
    after, _ = load(SourceFile(source.path, text))
    is_same = after is not None and after.data == fragment.data
    return text if is_same and _lines(text) == _lines(source.text) else source.text


def _lines(text: str) -> Sequence[str]:
    return sorted(text.split("\n"))


def _texts(project: Project) -> Mapping[str, str]:
    return {source.path: source.text for source in (project.settings, *project.fragments)}
