"""Names in, diagnostics out about those that only their case tells apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Fragment, Settings, Span
from gateway.resolve.names import names_of
from gateway.yaml_text import shown


def find_names_alike(fragments: Sequence[Fragment]) -> Iterator[Diagnostic]:
    """Names and aliases of two models. One model may have both: that is how it answers to either."""
    if not _has_alike({name for f in fragments for name in (f.name, *f.data.get("aliases", ()))}):
        return
    first: dict[str, tuple[str, Fragment, Span]] = {}
    for fragment in sorted(fragments, key=lambda f: f.path):
        said: set[str] = set()
        for name, span, _ in names_of(fragment):
            folded = name.lower()
            other_name, other, there = first.setdefault(folded, (name, fragment, span))
            if other is not fragment and other_name != name and folded not in said:
                said.add(folded)
                yield Diagnostic(
                    "GW252",
                    f"only case tells the name `{shown(name)}` from `{shown(other_name)}`",
                    fragment.path,
                    span,
                    "choose a name that differs in more",
                    Severity.WARNING,
                    (Related(other.path, there, "the other is here"),),
                )


def find_files_alike(fragments: Sequence[Fragment]) -> Iterator[Diagnostic]:
    """Files of which a file system that does not tell case keeps one; a `name:` gives them others."""
    if not _has_alike([fragment.path for fragment in fragments]):
        return
    first: dict[str, Fragment] = {}
    for fragment in sorted(fragments, key=lambda f: f.path):
        other = first.setdefault(fragment.path.lower(), fragment)
        if other is fragment or other.name.lower() == fragment.name.lower():
            continue
        yield Diagnostic(
            "GW252",
            f"only case tells the file `{shown(fragment.path)}` from `{shown(other.path)}`",
            fragment.path,
            fragment.key_span(tuple(list(fragment.data)[:1])),
            "rename one of them: macOS and Windows would keep one",
            Severity.WARNING,
        )


def find_providers_alike(settings: Settings) -> Iterator[Diagnostic]:
    """Providers that a fragment could mean both."""
    first: dict[str, str] = {}
    for name in settings.data["providers"]:
        other = first.setdefault(name.lower(), name)
        if other != name:
            there = settings.key_span(("providers", other))
            yield Diagnostic(
                "GW252",
                f"only case tells the provider `{name}` from `{other}`",
                settings.path,
                settings.key_span(("providers", name)),
                "rename one of them",
                Severity.WARNING,
                (Related(settings.path, there, "the other is here"),),
            )


def _has_alike(names: Sequence[str] | set[str]) -> bool:
    return len({name.lower() for name in names}) < len(names)


def heard_twice(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Of names that only case tells apart the later ones, each with the first."""
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(name.lower(), name)
        if other != name:
            yield name, other
