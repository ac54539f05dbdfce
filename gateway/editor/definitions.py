"""A project in, where each of its names is defined out; a file that cannot be read defines none."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from gateway.load import load
from gateway.model import SourceFile, Span
from gateway.project import Project

Definition = tuple[SourceFile, Span]
"""A file of the project, and the place in it."""


def find_definitions(project: Project) -> Mapping[str, Mapping[str, Definition]]:
    """By kind (`model`, `provider`, as the schemas' `x-names` say) and name; the first of two wins."""
    models: dict[str, Definition] = {}
    for source in project.fragments:
        for name, span in _models_in(source):
            models.setdefault(name, (source, span))
    providers = {n: (project.settings, s) for n, s in _providers_in(project.settings)}
    return {"model": models, "provider": providers}


@lru_cache(maxsize=16384)  # a keystroke changes one file of thousands
def _models_in(source: SourceFile) -> tuple[tuple[str, Span], ...]:
    fragment, _ = load(source)
    if fragment is None:
        return ()
    first = fragment.key_span(tuple(list(fragment.data)[:1]))
    own = fragment.value_span(("name",)) if "name" in fragment.data else first
    aliases = fragment.data.get("aliases")
    names = enumerate(aliases if isinstance(aliases, list) else ())
    others = [(a, fragment.value_span(("aliases", i))) for i, a in names if isinstance(a, str)]
    return ((fragment.name, own), *others)


@lru_cache(maxsize=16)
def _providers_in(settings: SourceFile) -> tuple[tuple[str, Span], ...]:
    read, _ = load(settings, is_model=False)
    providers = read.data.get("providers") if read else None
    if read is None or not isinstance(providers, dict):
        return ()
    return tuple((name, read.key_span(("providers", name))) for name in providers)
