"""What the shell offers behind TAB: names out of the project's files, read leniently and in silence.

A broken file costs its own names and nothing else; no completion prints, fails or checks anything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.bash_words import head_of_word

if TYPE_CHECKING:
    from gateway.model import SourceFile

Offers = list[tuple[str, str]]
"""Words, each with a line about it: zsh and fish show it, bash does not."""

_LONGEST = 60
_PLAIN = re.compile(r"[\w.,/-]+")  # zsh and fish read the line as a program of their own


def complete_model(ctx: typer.Context) -> Offers:
    """Models and aliases."""
    return _offers(_models(ctx))


def complete_explained(ctx: typer.Context, incomplete: str) -> Offers:
    """Models and aliases, providers and apps; the codes of findings once one was begun."""
    codes = _codes(incomplete) if incomplete[:1] in ("G", "g") else ()
    others = (*_of_settings(ctx, "apps"), *_of_settings(ctx, "providers"))
    return _offers([*codes, *others, *_models(ctx)])


def complete_provider(ctx: typer.Context) -> Offers:
    """The names of `providers` in gateway.yaml."""
    return _offers(_of_settings(ctx, "providers"))


def complete_login(ctx: typer.Context) -> Offers:
    """The providers that somebody can log in to."""
    entries = _settings(ctx).get("providers")
    named = entries.items() if isinstance(entries, dict) else ()
    with_login = {name for name, entry in named if isinstance(entry, dict) and "oauth" in entry}
    offered = _of_settings(ctx, "providers")
    return _offers((name, about) for name, about in offered if name in with_login)


def complete_client() -> Offers:
    """Clients by name, each with what people call it."""
    from gateway.clients import CLIENTS  # noqa: PLC0415 - only TAB needs it

    return _offers((client.name, client.title) for client in CLIENTS.values())


def complete_program() -> Offers:
    """The clients that can be started."""
    from gateway.clients import CLIENTS  # noqa: PLC0415 - only TAB needs it

    return _offers((client.name, client.title) for client in CLIENTS.values() if client.program)


def complete_variable(ctx: typer.Context) -> Offers:
    """The variables that gateway.yaml's providers name, and the master key."""
    from gateway.constants import MASTER_KEY  # noqa: PLC0415 - only TAB needs it

    return _offers([(MASTER_KEY, "what clients show"), *_variables(ctx)])


def complete_app(ctx: typer.Context) -> Offers:
    """The names of `apps` in gateway.yaml."""
    return _offers(_of_settings(ctx, "apps"))


def complete_holder(ctx: typer.Context) -> Offers:
    """Whose key can be rotated."""
    return _offers([("master", "the master key"), *_of_settings(ctx, "apps")])


def complete_mode() -> Offers:
    from gateway.validate import schema  # noqa: PLC0415 - only TAB needs it

    return [(mode, "") for mode in schema("model")["properties"]["mode"]["enum"]]


def complete_path() -> Offers:
    """None of ours: with no answer the shell completes files and folders itself."""
    return []


def _offers(names: Iterable[tuple[str, str]]) -> Offers:
    """Without what the shell has taken for words before this one, and with a line that shells take."""
    head = head_of_word(os.environ)
    return [
        (name[len(head) :], " ".join(_PLAIN.findall(about))[:_LONGEST])
        for name, about in dict(names).items()
        if name.startswith(head)
    ]


def _models(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    from gateway.load import load  # noqa: PLC0415 - only TAB needs it

    for source in _fragments(_root(ctx)):
        fragment = load(source)[0]
        if fragment is None or fragment.data.get("enabled") is False:
            continue
        description = fragment.data.get("description")
        yield fragment.name, description if isinstance(description, str) else ""
        aliases = fragment.data.get("aliases")
        for alias in aliases if isinstance(aliases, list) else ():
            if isinstance(alias, str):
                yield alias, f"alias of {fragment.name}"


def _fragments(root: Path | None) -> Iterator[SourceFile]:
    from gateway.model import GatewayError  # noqa: PLC0415 - only TAB needs it
    from gateway.project import find_fragments  # noqa: PLC0415

    try:
        paths = find_fragments(root) if root else []
    except GatewayError:
        return
    yield from filter(None, (_read(root, path) for path in paths))


def _settings(ctx: typer.Context) -> Mapping[str, object]:
    """gateway.yaml as it stands; empty where it cannot be read."""
    from gateway.constants import SETTINGS_FILE  # noqa: PLC0415 - only TAB needs it
    from gateway.load import load  # noqa: PLC0415

    source = _read(_root(ctx), SETTINGS_FILE)
    settings = load(source, is_model=False)[0] if source else None
    return settings.data if settings else {}


def _of_settings(ctx: typer.Context, section: str) -> Iterator[tuple[str, str]]:
    entries = _settings(ctx).get(section)
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        description = entry.get("description") if isinstance(entry, dict) else None
        yield name, description if isinstance(description, str) else f"one of {section}"


def _variables(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    providers = _settings(ctx).get("providers")
    for provider, entry in providers.items() if isinstance(providers, dict) else ():
        names = entry.get("api_keys") if isinstance(entry, dict) else None
        for item in names if isinstance(names, list) else ():
            name = item.get("env") if isinstance(item, dict) else item
            if isinstance(name, str) and not name.endswith("*"):
                yield name, f"key of {provider}"


def _codes(incomplete: str) -> Iterator[tuple[str, str]]:
    from gateway.diagnostics.codes import CODES  # noqa: PLC0415 - only TAB needs it

    for code, explained in CODES.items():
        yield code if incomplete[0] == "G" else code.lower(), explained.title


def _root(ctx: typer.Context) -> Path | None:
    from gateway.cli.options import project_root  # noqa: PLC0415 - only TAB needs it
    from gateway.model import GatewayError  # noqa: PLC0415

    project = ctx.params.get("project")
    try:
        return project_root(Path(project) if project else None)
    except GatewayError:
        return None


def _read(root: Path | None, path: str) -> SourceFile | None:
    from gateway.model import GatewayError  # noqa: PLC0415 - only TAB needs it
    from gateway.project import read_file  # noqa: PLC0415

    try:
        return read_file(root, path) if root else None
    except GatewayError:
        return None
