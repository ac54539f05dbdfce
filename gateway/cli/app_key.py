"""Which key a client gets: an app's, once there is one, and the master key only while there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.cli.options import talk
from gateway.clients import Client, Connection
from gateway.constants import MASTER_KEY
from gateway.diagnostics.nearest import nearest
from gateway.model import App, Blueprint, GatewayError

APP = "GATEWAY_APP"
"""The variable that says which app this machine is."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and the variable that holds it."""

    variable: str
    value: str = field(repr=False)


def app_of(blueprint: Blueprint, asked: str | None, environ: Mapping[str, str]) -> App | None:
    """The one that was asked for, else the one that the environment names, else the first that is written.

    None where the project has none. Raises GatewayError where it has no such app.
    """
    name = asked or environ.get(APP)
    if not name:
        return blueprint.apps[0] if blueprint.apps else None
    known = {app.name: app for app in blueprint.apps}
    if name not in known:
        likely = nearest(name, known)
        listed = f"there are: {', '.join(known)}" if known else "gateway.yaml has no `apps`"
        raise GatewayError(
            f"`{name}` is not an app", f"did you mean `{likely}`? {listed}" if likely else listed
        )
    return known[name]


def key_of(app: App | None, values: Mapping[str, str]) -> Key:
    """The first of the app's that is set. Raises GatewayError where there is none."""
    variables = [key.name for key in app.keys] if app else [MASTER_KEY]
    found = next((name for name in variables if name in values), None)
    if found is None and app:
        raise GatewayError(
            f"{variables[0]}, the key of the app `{app.name}`, is not set",
            f"run `gateway keys rotate {app.name}`: it makes a random one",
        )
    if found is None:
        raise GatewayError(
            f"{MASTER_KEY} is not set",
            "run `gateway keys rotate master`: it puts a random one into .env",
        )
    return Key(found, values[found])


def earlier_keys(blueprint: Blueprint) -> frozenset[str]:
    """The variables of keys that apps showed before: empty but for a while."""
    return frozenset(key.name for app in blueprint.apps for key in app.keys[1:])


def without_key(blueprint: Blueprint, values: Mapping[str, str]) -> tuple[str, ...]:
    """Sentences about the apps that nobody can come in as."""
    return tuple(
        f"without {app.keys[0].name} nobody comes in as the app `{app.name}`: "
        f"`gateway keys rotate {app.name}` makes one"
        for app in blueprint.apps
        if not any(key.name in values for key in app.keys)
    )


def say_whose_key(client: Client, to: Connection) -> None:
    if to.app:
        talk(f"{client.title} gets the key of the app `{to.app}` ({to.key_name})")
    else:
        talk(f"{client.title} gets the master key ({to.key_name}): it may use every model")
