"""Fragments in, diagnostics out about their names: taken twice, read as a wildcard, or not a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gateway.diagnostics import Diagnostic, Related
from gateway.model import Fragment, Path, Span
from gateway.yaml_text import shown

DEFAULT = "default"
"""The name under which the default model also answers."""

_NAME = re.compile(r"[A-Za-z0-9*][A-Za-z0-9._:/@+*\[\]-]{0,199}\Z")


def find_name_mistakes(fragments: Sequence[Fragment]) -> Iterator[Diagnostic]:
    """Every name and alias that cannot stand, or stands twice; between the two the alias gives way."""
    first: dict[str, tuple[Fragment, Span]] = {}
    in_order = sorted(fragments, key=lambda f: f.path)
    own = [(_own_name(fragment), fragment) for fragment in in_order]
    aliases = [(alias, fragment) for fragment in in_order for alias in _aliases(fragment)]
    for (name, span, path), fragment in (*own, *aliases):
        yield from _find_unusable(name, span, path, fragment)
        if name not in first:
            first[name] = (fragment, span)
            continue
        other, there = first[name]
        yield Diagnostic(
            "GW201",
            f"the {'alias' if path[:1] == ('aliases',) else 'name'} `{shown(name)}` is taken",
            fragment.path,
            span,
            "choose another name, or make one model of the two with `upstreams`",
            related=(Related(other.path, there, "taken here"),),
        )


def is_pattern(fragment: Fragment) -> bool:
    """Whether the fragment serves every name that begins as its own does: on purpose, for its ids do so."""
    data = fragment.data
    ids = [item.get("model") for item in data.get("upstreams") or (data,)]
    return "name" in data and all(_ends_in_star(each) for each in (fragment.name, *ids))


def _without_star(path: Path) -> str:
    if path == ("name",):
        return (
            "remove the `*`; or, for every model of a provider, let `name` and `model` end in one"
        )
    return "remove the `*`" if path else "rename the file"


def _ends_in_star(text: object) -> bool:
    return isinstance(text, str) and text.count("*") == 1 and text.endswith("*")


_Name = tuple[str, Span, Path]


def names_of(fragment: Fragment) -> Iterator[_Name]:
    """The model's name and its aliases, each with its span and its path: `()` for a file's name."""
    yield _own_name(fragment)
    yield from _aliases(fragment)


def _own_name(fragment: Fragment) -> _Name:
    path: Path = ("name",) if "name" in fragment.data else ()
    return fragment.name, fragment.value_span(path) if path else _first_line(fragment), path


def _aliases(fragment: Fragment) -> Iterator[_Name]:
    for index, alias in enumerate(fragment.data.get("aliases", ())):
        path = ("aliases", index)
        yield alias, fragment.value_span(path), path


def _first_line(fragment: Fragment) -> Span:
    return fragment.key_span(tuple(list(fragment.data)[:1]))


def _find_unusable(name: str, span: Span, path: Path, fragment: Fragment) -> Iterator[Diagnostic]:
    where = "" if path else ", which the file's name says,"
    if "*" in name and path == ("name",) and is_pattern(fragment):
        return
    if "*" in name:
        yield Diagnostic(
            "GW205",
            f"LiteLLM would read the name `{shown(name)}`{where} as a wildcard",
            fragment.path,
            span,
            _without_star(path),
        )
    elif not _NAME.match(name):
        yield Diagnostic(
            "GW206",
            f"the name `{shown(name)}`{where} is not of letters, digits and `. _ - : / @ + [ ]`",
            fragment.path,
            span,
            "rename the file, or give the model a `name:`" if not path else None,
        )
    elif name == DEFAULT:
        yield Diagnostic(
            "GW207",
            f"the name `{DEFAULT}`{where} is the default model's second name",
            fragment.path,
            span,
            "choose another name, and set `default_model` in gateway.yaml",
        )
