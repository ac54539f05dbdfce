"""The entries of a `model_list` in, the project's models with their names and fragments out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.importing.ledger import Ledger
from gateway.importing.litellm.entry import Entry
from gateway.importing.litellm.group import fragment_of
from gateway.importing.litellm.names import project_names
from gateway.importing.litellm.providers import Providers
from gateway.importing.litellm.wildcards import alone_too, as_patterns, served_ones, without_lost
from gateway.importing.source import Value
from gateway.resolve.names import DEFAULT
from gateway.yaml_text import shown


@dataclass(frozen=True, slots=True)
class Models:
    """`names`: as written -> in the project. By the latter, the entries of each and its fragment."""

    names: Mapping[str, str]
    groups: Mapping[str, Sequence[Entry]]
    fragments: Mapping[str, Mapping[str, Any]]

    @property
    def places(self) -> dict[str, Value]:
        """Where each of them stood first."""
        return {name: group[0].at for name, group in self.groups.items()}


def read_models(entries: Sequence[Entry], providers: Providers, ledger: Ledger) -> Models:
    """Those of one name are one model. Names that a project cannot have are noted."""
    names = project_names([entry.name for entry in entries])
    groups = {name: [e for e in entries if e.name == written] for written, name in names.items()}
    _note_renamed(names, groups, ledger)
    fragments = {name: fragment_of(group, providers, ledger) for name, group in groups.items()}
    return Models(names, groups, fragments)


def with_patterns(
    models: Models, written: Sequence[str], routed: Sequence[str], ledger: Ledger
) -> Models:
    """Wildcards as patterns, and a model of its own for each of their names that is `routed`.

    `written` are the names of all entries, of which some may not have been carried over.
    """
    lost = alone_too([name for name in written if name not in models.names])
    patterns = as_patterns(models.fragments, lost, models.places, ledger)
    found = {name: data for name, data in models.fragments.items() if "*" not in name}
    found |= {name: made.data for name, made in patterns.items()}
    lost += [name for name in models.fragments if name not in found]
    groups = {**models.groups, **{n: models.groups[made.source] for n, made in patterns.items()}}
    known = Models(models.names, groups, found)
    denying = without_lost(found, lost, known.places, ledger)
    ones = served_ones(denying, routed)
    groups |= {name: groups[made.source] for name, made in ones.items()}
    fragments = {**denying, **{name: made.data for name, made in ones.items()}}
    names = {w: n for w, n in models.names.items() if n in found}
    return Models(
        names=names | {name: name for name in (*patterns, *ones)},
        groups={name: groups[name] for name in fragments},
        fragments=fragments,
    )


def _note_renamed(
    names: Mapping[str, str], groups: Mapping[str, Sequence[Entry]], ledger: Ledger
) -> None:
    for written, name in names.items():
        if name == written:
            continue
        at = groups[name][0].at
        if written == DEFAULT:
            ledger.note(at, f"`{DEFAULT}` is called `{name}` here; it still answers to `{DEFAULT}`")
        else:
            ledger.note(
                at,
                f"`{shown(written)}` is called `{name}` here: a name has letters, digits and `. _ - : / @ + [ ]`",
                "change what clients ask for",
            )
