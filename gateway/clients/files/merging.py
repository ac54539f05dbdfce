"""What a client's file must say and its text in, the text that says it out; nothing else in it changes."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gateway.clients.files.client_file import (
    ABSENT,
    ClientFile,
    Document,
    Place,
    found_at,
    in_the_way,
)
from gateway.clients.files.memory import Memory, forget, memory_of, remember
from gateway.constants import MAX_FILE_BYTES
from gateway.model import GatewayError, Verb
from gateway.project import read_bytes
from gateway.write import replace_content, write_new


@dataclass(frozen=True, slots=True)
class Merge:
    """One file: what is to become of it. `conflicts` are the user's own values in the way.

    `old` is None where there is no file, `new` where it goes; `kept` are places that were changed
    since we wrote them, which an undo leaves alone.
    """

    file: Path
    verb: Verb
    old: str | None = field(repr=False)
    new: str | None = field(repr=False)
    memory: Memory | None
    conflicts: tuple[Place, ...] = ()
    kept: tuple[Place, ...] = ()
    mode: int | None = None


def plan_merge(root: Path, file: Path, wanted: ClientFile) -> Merge:
    """Raises GatewayError where the file is not one that can be edited."""
    old = read_client_file(file)
    memory = memory_of(root, file)
    document = wanted.of.document
    data = _read(document, file, old or "")
    if memory is not None and old != memory.before and not memory.wrote(old or ""):
        memory = _since_changed(document, file, old, memory)
    new, put, conflicts = _with_values(wanted, old or "", data, memory)
    stale = _stale(memory, wanted, data)
    if memory is not None and stale:
        before = _read(document, file, memory.before or "")
        for place in stale:
            new = document.take_out(new, place)
            new = _without_empty(document, file, new, place[:-1], before)
    _must_read_back(document, file, new, wanted)
    _must_leave_the_rest(document, file, data, new, {*wanted.values, *stale, *conflicts})
    unchanged = new == old
    if memory is None:
        mode = None if old is None else stat.S_IMODE(file.stat().st_mode)
        memory = Memory(str(file), document.name, old, mode)
    verb = Verb.UNCHANGED if unchanged else Verb.CREATE if old is None else Verb.UPDATE
    if conflicts:
        verb = Verb.CONFLICT
    memory = memory.with_(new, put)
    mode = 0o600 if wanted.holds_key else None
    return Merge(file, verb, old, new, memory, conflicts, mode=mode)


def _with_values(
    wanted: ClientFile, text: str, data: Any, memory: Memory | None
) -> tuple[str, dict[Place, Any], tuple[Place, ...]]:
    """The text that says what is wanted, what was put into it, and which values of the user's that meets."""
    put: dict[Place, Any] = {}
    conflicts: dict[Place, None] = {}
    document = wanted.of.document
    for place, value in wanted.values.items():
        there = found_at(data, place)
        if there == value:
            continue
        blocked = in_the_way(data, place)
        if blocked or (there is not ABSENT and not (memory and memory.put(place, there))):
            conflicts[blocked or place] = None
        if value is ABSENT:
            text = document.take_out(text, place)
        else:
            text = document.put(text, place, value)
        put[place] = None if value is ABSENT else value
    return text, put, tuple(conflicts)


def _since_changed(
    document: Document, file: Path, old: str | None, memory: Memory
) -> Memory | None:
    """Somebody else wrote there since: what an undo brings back is theirs, without what is ours."""
    if old is None:
        return None
    return replace(memory, before=_without_ours(document, file, old, memory, []), texts=())


def _stale(memory: Memory | None, wanted: ClientFile, data: Any) -> list[Place]:
    """What an earlier write put there and this one does not want: as it stands, and nothing of the user's."""
    places = memory.values if memory else {}
    return [
        place
        for place in places
        if memory
        and place not in wanted.values
        and (there := found_at(data, place)) is not ABSENT
        and memory.put(place, there)
    ]


def plan_undo(root: Path, file: Path, document: Document) -> Merge | None:
    """None where nothing is remembered. The exact old bytes, where nobody changed the file since."""
    memory = memory_of(root, file)
    if memory is None:
        return None
    old = read_client_file(file)
    kept: list[Place] = []
    if old is None or old == memory.before:
        new = old
    elif memory.wrote(old):
        new = memory.before
    else:
        new = _without_ours(document, file, old, memory, kept)
    verb = Verb.UNCHANGED if new == old else Verb.REMOVE if new is None else Verb.UPDATE
    return Merge(file, verb, old, new, memory, (), tuple(kept), memory.mode)


def _without_ours(
    document: Document, file: Path, text: str, memory: Memory, kept: list[Place]
) -> str:
    """Somebody changed the file as well: each value of ours gives way to the one that was there."""
    before = _read(document, file, memory.before or "")
    for place in reversed(list(memory.values)):
        there = found_at(_read(document, file, text), place)
        if not memory.put(place, None if there is ABSENT else there):
            kept.append(place)
            continue
        was = found_at(before, place)
        if was is not ABSENT:
            text = document.put(text, place, was)
        elif there is not ABSENT:
            text = document.take_out(text, place)
            text = _without_empty(document, file, text, place[:-1], before)
    return text


def _without_empty(document: Document, file: Path, text: str, place: Place, before: Any) -> str:
    """The tables that only our values were in, and that were not there before."""
    while place:
        there = found_at(_read(document, file, text), place)
        if there != {} or found_at(before, place) is not ABSENT:
            break
        text = document.take_out(text, place)
        place = place[:-1]
    return text


def apply_merge(root: Path, merge: Merge) -> None:
    """The memory first. Raises GatewayError where somebody else changed the file meanwhile."""
    assert merge.memory is not None  # noqa: S101 - every plan has one
    assert merge.new is not None  # noqa: S101 - a merge removes no file
    if merge.verb is Verb.UNCHANGED:
        if merge.mode is not None:
            merge.file.chmod(merge.mode)
        return
    remember(root, merge.file, merge.memory)
    if merge.old is None:
        if not write_new(merge.file, merge.new, merge.mode or 0o644):
            raise GatewayError(f"{merge.file} appeared meanwhile", "run it again")
        return
    if merge.mode is not None:
        merge.file.chmod(merge.mode)  # before the key is in it
    _replace(merge.file, merge.old, merge.new)


def apply_undo(root: Path, merge: Merge) -> None:
    """The memory last. Raises GatewayError where somebody else changed the file meanwhile."""
    if merge.verb is Verb.REMOVE:
        if read_client_file(merge.file) not in (None, merge.old):
            raise GatewayError(
                f"{merge.file} was changed by somebody else meanwhile", "run it again"
            )
        merge.file.unlink(missing_ok=True)
    elif merge.verb is Verb.UPDATE:
        assert merge.old is not None  # noqa: S101 - there is something to take out of
        assert merge.new is not None  # noqa: S101 - else it is removed
        _replace(merge.file, merge.old, merge.new)
    if merge.mode is not None and merge.new is not None and not merge.kept:
        merge.file.chmod(merge.mode)
    forget(root, merge.file)


def _replace(file: Path, old: str, new: str) -> None:
    if not replace_content(file.parent, file.name, old.encode(), new.encode()):
        raise GatewayError(f"{file} was changed by somebody else meanwhile", "run it again")


def read_client_file(file: Path) -> str | None:
    """None where there is none. Raises GatewayError for what is no text file."""
    if not os.path.lexists(file):
        return None
    content = read_bytes(file.parent, file.name, MAX_FILE_BYTES)
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise GatewayError(f"{file} is not UTF-8 text") from None


def _read(document: Document, file: Path, text: str) -> Any:
    try:
        return document.read(text)
    except (ValueError, RecursionError):
        raise GatewayError(
            f"{file} is not {document.name} that can be edited",
            "mend it, or edit it by hand: --format settings prints what belongs there",
        ) from None


def _must_read_back(document: Document, file: Path, text: str, wanted: ClientFile) -> None:
    """What was written says what was meant, whatever stood there before."""
    data = _read(document, file, text)
    wrong = [place for place, value in wanted.values.items() if found_at(data, place) != value]
    if wrong:
        raise GatewayError(
            f"{file} holds something where `{'.'.join(wrong[0])}` belongs",
            "edit it by hand: --format settings prints what belongs there",
        )


def _must_leave_the_rest(
    document: Document, file: Path, old: Any, text: str, places: Collection[Place]
) -> None:
    """Whatever else the file says, it says as before."""
    if _rest(old, places) != _rest(_read(document, file, text), places):
        raise GatewayError(
            f"{file} cannot be edited without changing more of it",
            "edit it by hand: --format settings prints what belongs there",
        )


def _rest(data: Any, places: Collection[Place], above: Place = ()) -> Any:
    """Without these places, and without tables that hold nothing else."""
    if not isinstance(data, Mapping):
        return data
    rest = {}
    for key, value in data.items():
        place = (*above, key)
        kept = ABSENT if place in places else _rest(value, places, place)
        if kept is not ABSENT and kept != {}:
            rest[key] = kept
    return rest
