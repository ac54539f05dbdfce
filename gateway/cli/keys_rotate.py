"""Whose key is to change in, a new random one in `.env` out; an app's old one holds on where it has a place."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.cli.keys_set import write_value
from gateway.cli.options import Colour, talk
from gateway.cli.stack import check_or_exit
from gateway.constants import ENV_FILE, MASTER_KEY
from gateway.diagnostics.nearest import nearest
from gateway.env_file import new_master_key, read_environment
from gateway.model import App, Blueprint, GatewayError

MASTER = "master"


def rotate_key(root: Path, whose: str, colour: Colour, *, dry_run: bool) -> None:
    """Leaves with the findings where the project has mistakes. Raises GatewayError."""
    blueprint = check_or_exit(root, colour)
    if whose == MASTER:
        _rotate_master(root, blueprint, dry_run=dry_run)
        return
    apps = {app.name: app for app in blueprint.apps}
    if whose not in apps:
        likely = nearest(whose, [MASTER, *apps])
        listed = f"there are: {', '.join([MASTER, *apps])}"
        hint = f"did you mean `{likely}`? {listed}" if likely else listed
        variables = {each.name for each in blueprint.variables}
        if whose in variables | {each.name for each in blueprint.providers}:
            hint = "a provider's key is made at the provider: `gateway keys set` takes the new one"
        raise GatewayError("there is no app of this name", hint)
    _rotate_app(root, blueprint, apps[whose], dry_run=dry_run)


def _rotate_master(root: Path, blueprint: Blueprint, *, dry_run: bool) -> None:
    write_value(root, blueprint, MASTER_KEY, new_master_key(), dry_run=dry_run)
    if not dry_run:
        talk(
            "what runs keeps the old key until `gateway up`; from then on clients with the old one get "
            f"401:\ntell them, the new one is in {ENV_FILE}. The old one is kept nowhere"
        )


def _rotate_app(root: Path, blueprint: Blueprint, app: App, *, dry_run: bool) -> None:
    """Each key moves one place on, so that what clients still show holds until the next time."""
    names = [key.name for key in app.keys]
    values = read_environment(root, names, os.environ)
    for name, earlier in zip(reversed(names[1:]), reversed(names[:-1]), strict=True):
        if earlier in values:
            write_value(root, blueprint, name, values[earlier], dry_run=dry_run)
    write_value(root, blueprint, names[0], new_master_key(), dry_run=dry_run)
    if dry_run:
        return
    if names[0] not in values:
        talk(f"{app.name} had no key: `gateway up` lets it in with this one")
    elif len(names) > 1:
        talk(
            f"the old key is in {names[1]} now: from `gateway up` on both hold, until it is rotated "
            "again\nor that line is emptied"
        )
    else:
        talk(
            "what runs keeps the old key until `gateway up`; from then on it gets 401. With a list as "
            f"its\n`key`, such as [{names[0]}, {names[0]}_OLD], the old one holds until the next time"
        )
