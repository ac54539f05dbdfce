"""A project as data in, the same without what the gateway refuses out, with a note for each thing left out.

Other tools take what our checks refuse: a fallback to itself, a temperature of 5. What was imported is
checked as any project is, and what is an error is left out, so that an import never makes a broken one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.constants import SETTINGS_FILE
from gateway.diagnostics import Diagnostic, Severity
from gateway.importing.default_model import with_served_default
from gateway.importing.imported import Imported, Note
from gateway.importing.place import named_files
from gateway.model import Fragment, Path, SourceFile
from gateway.pipeline import read_sound
from gateway.resolve import resolve

Place = tuple[str, int]
"""The source's path, and a line in it."""
Where = Callable[[str, Path], Sequence[Place]]
"""A model's name (empty: gateway.yaml) and a path in its data -> where it stood; several entries may
have said the same."""

_MOST_ROUNDS = 50
# How much goes with a mistake in it: the key of these, else what stands at the first level.
_DEPTHS = {"params": 2, "headers": 2, "price": 2, "limits": 2, "litellm": 2, "timeouts": 2}
_LISTS = ("aliases", "fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
_NEEDED = ((), ("name",), ("provider",), ("model",), ("upstreams",))


def without_mistakes(imported: Imported, where: Where) -> Imported:
    """What cannot be left out alone (an address, a provider) stays, and is reported when it is checked."""
    data = {name: copy.deepcopy(dict(fragment)) for name, fragment in imported.fragments.items()}
    data[""] = copy.deepcopy(dict(imported.settings))
    notes = list(imported.notes)
    for _ in range(_MOST_ROUNDS):
        changed: set[str] = set()
        for name, path, found in _mistakes(_imported(imported, data, notes)):
            if name in changed or not _leave_out(data, name, path):
                continue  # positions have moved in that file: the next round looks again
            changed.add(name)
            said = f"not carried over: {found.message}"
            notes += [Note(source, line, said) for source, line in where(name, path)]
            if name not in data:
                break  # a model is gone, and with it what refers to it
        if not changed or len(data) == 1:
            break
    return _imported(imported, data, notes)


def _imported(
    imported: Imported, data: Mapping[str, Mapping[str, Any]], notes: Sequence[Note]
) -> Imported:
    fragments = {name: fragment for name, fragment in data.items() if name}
    return replace(imported, settings=data[""], fragments=fragments, notes=tuple(notes))


def _mistakes(imported: Imported) -> Iterator[tuple[str, Path, Diagnostic]]:
    """Each error with the model that it is in (empty: gateway.yaml) and its path in the data."""
    names = named_files(imported, "gateway")
    fragments: dict[str, Fragment] = {}
    found: list[Diagnostic] = []
    settings = None
    for path, (_, text) in names.items():
        kind = "gateway" if path == SETTINGS_FILE else "model"
        fragment, mistakes = read_sound(SourceFile(path, text), kind)
        found += mistakes
        if fragment is None:
            fragment = _loaded(path, text, kind)
        elif kind == "gateway":
            settings = fragment
        fragments[path] = fragment
    errors = [d for d in found if d.severity is Severity.ERROR]
    if not errors and settings is not None:
        _, across = resolve([f for p, f in fragments.items() if p != SETTINGS_FILE], settings)
        errors = [d for d in across if d.severity is Severity.ERROR]
    for error in errors:
        yield names[error.path][0], _path_of(error, fragments[error.path]), error


def _loaded(path: str, text: str, kind: str) -> Fragment:
    from gateway.load import load  # noqa: PLC0415 - only where something is wrong

    fragment, _ = load(SourceFile(path, text), is_model=kind == "model")
    assert fragment is not None  # noqa: S101 - our own writer's text is always one mapping
    return fragment


def _path_of(found: Diagnostic, fragment: Fragment) -> Path:
    """The innermost place whose key or value the finding points at."""
    places = [path for path, node in fragment.spans.items() if found.span in (node.key, node.value)]
    if not places:
        line = [p for p, node in fragment.spans.items() if node.value.line == found.span.line]
        places = line
    return max(places, key=len, default=())


def _leave_out(data: dict[str, dict[str, Any]], name: str, path: Path) -> bool:
    """Whether something was left out."""
    if name and path[:1] in _NEEDED and not _is_in_upstream(path):
        del data[name]
        _forget(data)
        return True
    if not name and path[:1] != ("litellm",) and path[2:3] != ("litellm_params",):
        return False
    depth = _depth(path) if name else _depth_in_settings(path)
    holder: Any = data[name]
    for part in path[: depth - 1]:
        holder = holder[part]
    del holder[path[:depth][-1]]
    _remove_empty(data[name])
    return True


def _forget(data: dict[str, dict[str, Any]]) -> None:
    """Providers that no model uses any more, and a default model that is gone."""
    models = [fragment for name, fragment in data.items() if name]
    served = [item for fragment in models for item in fragment.get("upstreams", [fragment])]
    used = {item.get("provider") for item in served}
    settings = data[""]
    settings["providers"] = {n: p for n, p in settings["providers"].items() if n in used}
    data[""] = with_served_default(settings, {n: data[n] for n in data if n})


def _is_in_upstream(path: Path) -> bool:
    return path[:1] == ("upstreams",) and len(path) > 2 and path[2] not in ("provider", "model")


def _depth_in_settings(path: Path) -> int:
    """Below `litellm` and its section a setting, or one item of its list; one of a provider's own."""
    if path[:1] == ("providers",):
        return 4
    return 4 if len(path) > 3 and isinstance(path[3], int) else 3


def _depth(path: Path) -> int:
    if _is_in_upstream(path):
        return min(4, len(path))
    most = 2 if path[0] in _LISTS else _DEPTHS.get(str(path[0]), 1)
    return min(most, len(path))


def _remove_empty(data: dict[str, Any]) -> None:
    for key in [k for k, value in data.items() if value in ({}, [])]:
        del data[key]


def origin_of(path: str, line: int) -> Where:
    """Where everything is said to stand, of a source that keeps no places."""
    return lambda _name, _path: [(path, line)]


def nearest_origin(origins: Mapping[tuple[str, Path], Sequence[Place]]) -> Where:
    """The origin of the longest part of a path that has one; an upstream's is its model's."""

    def where(name: str, path: Path) -> Sequence[Place]:
        path = path[2:] if path[:1] == ("upstreams",) else path
        for length in range(len(path), -1, -1):
            if (name, path[:length]) in origins:
                return origins[name, path[:length]]
        return next(iter(origins.values()), [("", 1)])

    return where
