"""`gateway env --write` and `--undo`: a client's own file, changed and said."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import typer

from gateway.cli.env_text import Asked, connect
from gateway.cli.options import talk
from gateway.clients import Client, client_named
from gateway.clients.files import ABSENT, ClientFile, SettingsFile
from gateway.clients.files.client_file import Place
from gateway.clients.files.merging import apply_merge, apply_undo, plan_merge, plan_undo
from gateway.engine.command import run
from gateway.model import GatewayError, Verb

_GIT = 10.0


def require_one(*, write: bool, undo: bool, format: str | None) -> None:
    """Raises GatewayError where the command line says two things at once."""
    if write and undo:
        raise GatewayError("--write and --undo say opposite things", "leave one of them out")
    if format and (write or undo):
        which = "--write" if write else "--undo"
        raise GatewayError(
            f"{which} takes no --format: a client's file has one of its own",
            "leave one of them out",
        )


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
    if wanted.holds_key and _git_would_take(place):
        talk(
            f"warning: git does not ignore {shown(place)}, which holds the key"
            f"\n  = hint: put {place.name} into .gitignore before the next commit"
        )


def _git_would_take(place: Path) -> bool:
    """Whether it lies in a repository that does not ignore it: 0 is ignored, 128 no repository."""
    if shutil.which("git") is None or not place.parent.is_dir():
        return False
    argv = ["git", "check-ignore", "--quiet", "--", place.name]
    return run(argv, cwd=place.parent, environ=os.environ, timeout=_GIT).returncode == 1


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
