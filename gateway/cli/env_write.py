"""`gateway env --write` and `--undo`: a client's own file, changed and said."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from gateway.cli.env_text import Asked, connect
from gateway.cli.options import talk
from gateway.clients import Client, client_named
from gateway.clients.files import ABSENT, ClientFile, SettingsFile
from gateway.clients.files.client_file import Place
from gateway.clients.files.merging import apply_merge, apply_undo, plan_merge, plan_undo
from gateway.model import GatewayError, Verb


def write_file(asked: Asked, file: Path | None, *, force: bool, dry_run: bool) -> None:
    """Leaves with 1 where values of the user's are in the way. Raises GatewayError."""
    client = client_named(asked.client)
    if client.kept_in is None:
        raise _no_file(client)
    to = connect(asked, client)
    wanted = client.file(to)
    assert wanted is not None  # noqa: S101 - there is a place for it
    place = _place(file, wanted.of)
    merge = plan_merge(asked.root, place, wanted)
    if merge.conflicts and not force:
        for conflict in merge.conflicts:
            talk(f"{Verb.CONFLICT:>9}  {shown(place)}: {_said(conflict, wanted)}")
        talk("nothing was written\n  = hint: change it there, or overwrite it with --force")
        raise typer.Exit(1)
    if not dry_run:
        apply_merge(asked.root, merge)
    talk(f"{'overwrite' if merge.conflicts else merge.verb:>9}  {shown(place)}")
    _say_where_the_key_is(client, wanted, place)


def undo_file(asked: Asked, file: Path | None, *, dry_run: bool) -> None:
    """Raises GatewayError where nothing was written there."""
    client = client_named(asked.client)
    if client.kept_in is None:
        raise _no_file(client)
    place = _place(file, client.kept_in)
    merge = plan_undo(asked.root, place, client.kept_in.document)
    if merge is None:
        raise GatewayError(f"this project wrote nothing into {shown(place)}")
    if not dry_run:
        apply_undo(asked.root, merge)
    for kept in merge.kept:
        talk(f"{'kept':>9}  {shown(place)}: `{'.'.join(kept)}` was changed since")
    talk(f"{merge.verb:>9}  {shown(place)}")


def _no_file(client: Client) -> GatewayError:
    return GatewayError(
        f"{client.title} has no settings file to write to",
        f"`gateway env {client.name} --format settings` prints what there is to do",
    )


def _place(file: Path | None, settings: SettingsFile) -> Path:
    """Where the file is; what a link leads to, so that the link stays one."""
    folder = os.environ.get(settings.variable or "") or settings.folder
    chosen = file if file is not None else Path(folder, settings.name)
    try:
        return Path(os.path.realpath(chosen.expanduser()))
    except RuntimeError:
        raise GatewayError("there is no home folder", "set HOME, or name a --file") from None


def shown(place: Path) -> str:
    """As people write it: from the home folder, where it is in it."""
    home = Path(os.path.realpath(Path.home()))
    return f"~/{place.relative_to(home)}" if place.is_relative_to(home) else str(place)


def _said(place: Place, wanted: ClientFile) -> str:
    name = ".".join(place)
    is_refused = wanted.values.get(place) is ABSENT
    wrong = "must not be set" if is_refused else "has another value already"
    return f"`{name}` {wrong}"


def _say_where_the_key_is(client: Client, wanted: ClientFile, place: Path) -> None:
    if wanted.holds_key:
        talk(
            f"{shown(place)} holds the key: nobody else may read it (0600); --no-key leaves it out"
        )
    elif wanted.needs:
        talk(
            f"the key is not in it: {client.title} takes it from {wanted.needs}, which is yours to set"
        )
