"""Findings with a fix and their project in, the project with the fixes made out, where that is only better.

Nothing is taken on trust: the edited file must say what the fix says and nothing else, to our reader and
to a second one; the findings must be gone; and none may have come that the edit could have brought.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from gateway.diagnostics import Diagnostic, Severity
from gateway.fix import InData, SplitDocuments
from gateway.fixing import in_data, in_text
from gateway.fixing.edits import Edit, edited
from gateway.fixing.meaning import OtherKindError, applied
from gateway.fixing.places import Places
from gateway.fixing.second_reader import second_reading
from gateway.fixing.splitting import split_documents
from gateway.load import load
from gateway.model import Fragment, SourceFile
from gateway.pipeline import Checked, check_project
from gateway.project import Project
from gateway.yaml_text import Comment, find_comments

_MOST_STEPS = 20
"""A fix may bring out what it needs next (`fallback: x` → `fallbacks: x` → `fallbacks: [x]`)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial: the project as it would be, and the findings that were mended on the way.

    Where it went wrong `checked` is None, `mended` are those to blame, and `why` ends, for each of
    their files, the sentence that begins with the finding. `is_certain`: in each of these files at
    least one is to blame.
    """

    checked: Checked | None
    mended: tuple[Diagnostic, ...]
    why: Mapping[str, str] = field(default_factory=dict)
    is_certain: bool = False


def attempt(checked: Checked, wanted: Sequence[Diagnostic]) -> Outcome:
    """All of `wanted` at once, and what their fixes bring out; everything or nothing."""
    now, mended, pending = checked, list(wanted), tuple(wanted)
    for _ in range(_MOST_STEPS):
        texts, blamed = _edited_files(now, pending)
        if blamed:
            return _failed(blamed, wanted, "there is more than one way, or a comment would be lost")
        now = check_project(_with_texts(now.project, texts))
        brought = _brought(checked, now, wanted)
        if not brought:
            return Outcome(now, tuple(mended))
        hopeless = [found for found in brought if found.fix is None]
        if hopeless:
            return _failed(hopeless, wanted)
        pending = brought
        mended += pending
    return _failed((), wanted, "each of its fixes brings the next")


def _edited_files(
    checked: Checked, wanted: Sequence[Diagnostic]
) -> tuple[Mapping[str, str], tuple[Diagnostic, ...]]:
    """The new texts by path; and the findings whose fix cannot be made, or does not say what it should."""
    sources = {s.path: s for s in (checked.project.settings, *checked.project.fragments)}
    texts: dict[str, str] = {}
    blamed: list[Diagnostic] = []
    groups: dict[str, list[Diagnostic]] = {}
    for found in wanted:
        groups.setdefault(found.path, []).append(found)
    for path, group in groups.items():
        new = _edited_file(sources[path], group)
        if new is None or any(
            p in sources and sources[p].text != new[p] for p in new.keys() - {path}
        ):
            blamed += group
        else:
            texts |= new
    return texts, tuple(blamed)


def _edited_file(source: SourceFile, group: Sequence[Diagnostic]) -> Mapping[str, str] | None:
    fixes = [found.fix for found in reversed(group)]  # from the end, so that indexes stay
    first = fixes[0]
    if isinstance(first, SplitDocuments):
        return split_documents(source.path, source.text)
    if not isinstance(first, InData):
        edits = in_text.edits_for(first, source) if first is not None and len(fixes) == 1 else None
        return None if edits is None else _kept(source, edits)
    fragment, _ = load(source)
    return None if fragment is None else _edited_fragment(fragment, fixes)


def _edited_fragment(fragment: Fragment, fixes: Sequence[object]) -> Mapping[str, str] | None:
    edits: list[Edit] = []
    data = fragment.data
    second = second_reading(fragment.source.text)
    others = second.data if second else None
    raw = Places(fragment).raw
    for fix in fixes:
        own = in_data.edits_for(fix, fragment) if isinstance(fix, InData) else None
        if own is None or not isinstance(fix, InData):
            return None
        edits += own
        try:
            data = applied(fix, data, raw)
            others = applied(fix, others, raw) if second else None
        except OtherKindError:
            return None
    try:
        text = edited(fragment.source.text, edits)
    except ValueError:
        return None
    return _proven(fragment.source, text, data, others if second else _UNREAD)


_UNREAD = object()


def _kept(source: SourceFile, edits: list[Edit]) -> Mapping[str, str] | None:
    """An edit of a text that could not be read: whatever could be read already stays as it was."""
    text = edited(source.text, edits)
    before, _ = load(source)
    if before is not None:  # of two equal keys the first may go: the order of the keys is not data
        after, _ = load(SourceFile(source.path, text))
        if after is None or _in_any_order(after.data) != _in_any_order(before.data):
            return None
    return _proven(source, text, _UNREAD, _UNREAD)


def _in_any_order(data: object) -> str:
    return json.dumps(data, sort_keys=True)


def _proven(
    source: SourceFile, text: str, data: object, others: object
) -> Mapping[str, str] | None:
    """The text, where both readers read in it what is expected, and every comment is still there."""
    if data is not _UNREAD:
        after, _ = load(SourceFile(source.path, text))
        if after is None or repr(after.data) != repr(data):
            return None
    comments = find_comments(source.text)
    if comments is not None and _counted(comments) != _counted(find_comments(text) or ()):
        return None
    before, now = second_reading(source.text), second_reading(text)
    if before is not None:
        if now is None or before.comments != now.comments:
            return None
        if others is not _UNREAD and repr(now.data) != repr(others):
            return None
    return {source.path: text}


def _counted(comments: Iterable[Comment]) -> Counter[str]:
    return Counter(comment.text.rstrip() for comment in comments)


def _with_texts(project: Project, texts: Mapping[str, str]) -> Project:
    files = {source.path: source for source in project.fragments}
    files |= {path: SourceFile(path, text) for path, text in texts.items()}
    settings = files.pop(project.settings.path, project.settings)
    return replace(
        project, settings=settings, fragments=tuple(files[path] for path in sorted(files))
    )


def _brought(
    before: Checked, after: Checked, wanted: Iterable[Diagnostic]
) -> tuple[Diagnostic, ...]:
    """The errors that are there although they should be gone, and those that the edits brought.

    An error is not brought but revealed where it is of a kind that could not be looked for before
    (nothing is said about the values in a text that cannot be read), and stands in no changed line.
    """
    gone = Counter(identity(found) for found in wanted)
    known = Counter(identity(found) for found in before.diagnostics)
    known.subtract(gone)
    depth: dict[str, str] = {}
    for found in wanted:
        depth[found.path] = max(depth.get(found.path, ""), _kind(found))
    old, new = (_texts(checked) for checked in (before, after))
    changed = {path: _changed_lines(old.get(path, ""), new[path]) for path in depth}
    brought: list[Diagnostic] = []
    for found in after.diagnostics:
        known[identity(found)] -= 1
        if known[identity(found)] >= 0:
            continue
        is_wanted = identity(found) in gone
        if found.severity is not Severity.ERROR and not is_wanted:
            continue
        places = ((found.path, found.span.line), *((r.path, r.span.line) for r in found.related))
        touches = any(line in changed.get(path, ()) for path, line in places)
        could_be_seen = _kind(found) <= depth.get(found.path, max(depth.values(), default=""))
        if is_wanted or touches or could_be_seen:
            brought.append(found)
    return tuple(brought)


def identity(found: Diagnostic) -> tuple[str, str, str]:
    """What stays of a finding when the lines around it move."""
    return found.path, found.code, found.message


def _kind(found: Diagnostic) -> str:
    """`0` reading, `1` schema, `2` across files, `3` rendering: a later one is looked for only after."""
    return found.code[2]


def _changed_lines(old: str, new: str) -> frozenset[int]:
    """The lines of the new text that are not as they were."""
    steps = SequenceMatcher(None, old.split("\n"), new.split("\n"), autojunk=False).get_opcodes()
    return frozenset(
        line + 1 for tag, _, _, start, end in steps if tag != "equal" for line in range(start, end)
    )


def _texts(checked: Checked) -> Mapping[str, str]:
    files = (checked.project.settings, *checked.project.fragments)
    return {file.path: file.text for file in files}


def _failed(
    brought: Sequence[Diagnostic], wanted: Sequence[Diagnostic], why: str | None = None
) -> Outcome:
    """The fixes in the files where something came up; all, where it came up elsewhere."""
    codes: dict[str, set[str]] = {}
    for found in brought:
        for path in (found.path, *(other.path for other in found.related)):
            codes.setdefault(path, set()).add(found.code)
    blamed = tuple(found for found in wanted if found.path in codes)
    anywhere = {found.code for found in brought}
    reasons = {
        found.path: why or f"it would bring {', '.join(sorted(codes.get(found.path, anywhere)))}"
        for found in wanted
    }
    return Outcome(None, blamed or tuple(wanted), reasons, is_certain=bool(blamed))
