"""A project, a client and a model in, what `gateway env` prints out."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from gateway.cli.app_key import Key, app_of, key_of, say_whose_key
from gateway.cli.claude_files import say_files
from gateway.cli.options import Colour, talk
from gateway.cli.stack import check_or_exit
from gateway.clients import Client, Connection, client_named, connection_to
from gateway.clients.claude_code import CLAUDE_CODE
from gateway.clients.env_formats import as_dotenv, as_fish, as_json, as_posix
from gateway.clients.launch import no_proxy_for
from gateway.constants import MASTER_KEY
from gateway.engine.stack import url_of
from gateway.env_file import read_environment
from gateway.model import Blueprint, GatewayError

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line of `gateway env`. `with_key`: None where the format decides."""

    root: Path
    client: str
    model: str | None
    format: str
    with_key: bool | None
    colour: Colour
    app: str | None = None


def env_text(asked: Asked) -> str:
    """Raises GatewayError for a client or a model that is none, and where no key is set."""
    client = client_named(asked.client)
    if asked.format == "key":
        return f"{_key(asked, check_or_exit(asked.root, asked.colour)).value}\n"
    to = connect(asked, client)
    told = client.environment(to)
    variables = {**told, **proxy_exceptions(os.environ, to.url)}
    format = asked.format
    if format == "auto":
        format = _own_format() if told else "settings"
    if format != "settings":
        _require_address(client, to, told)
    if client is CLAUDE_CODE and format in ("shell", "fish"):
        say_files(variables)
    match format:
        case "settings":
            return settings_text(client, to)
        case "json":
            return as_json(_with_reference(variables, to))
        case "dotenv":
            return as_dotenv(_with_reference(variables, to), reference(to))
        case "fish":
            return as_fish(variables, to.key, to.key_command)
    return as_posix(variables, to.key, to.key_command)


def _require_address(client: Client, to: Connection, told: Mapping[str, str | None]) -> None:
    """Says where variables are not enough. Raises GatewayError where there are none."""
    if not told:
        raise GatewayError(
            f"{client.title} takes nothing from variables",
            f"`gateway env {client.name} --format settings` prints what there is to do",
        )
    if not any(to.url in (value or "") for value in told.values()):
        talk(
            f"these variables are not enough: {client.title} takes the address from its file alone"
            f"\n  = hint: `gateway env {client.name} --write`, or "
            f"`gateway run {to.model.name} --client {client.name}`"
        )


def settings_text(client: Client, to: Connection) -> str:
    """Its whole file, or a program to begin with."""
    file, text = client.file(to), client.text(to)
    parts = [file.text() if file else None, text]
    return "\n".join(part for part in parts if part)


def connect(asked: Asked, client: Client) -> Connection:
    """Says whose key it is. Raises GatewayError for what is no model, and where no key is set."""
    blueprint = check_or_exit(asked.root, asked.colour)
    server = blueprint.server
    app = app_of(blueprint, asked.app, os.environ)
    key = _key(asked, blueprint)
    command = (*own_command(), "env", client.name, "--format", "key", "--project", str(asked.root))
    to = connection_to(
        blueprint,
        asked.model or (app.default_model if app else blueprint.default_model),
        url=url_of(server.bind, server.port),
        key=key.value,
        key_name=key.variable,
        key_command=() if asked.with_key else (*command, *(("--app", app.name) if app else ())),
        any_mode=not client.program,
        app=app,
    )
    say_whose_key(client, to)
    return replace(to, hides_key=asked.with_key is False)


def reference(to: Connection) -> str:
    """What stands for the key where no command can: most readers of `.env` files expand it."""
    return f"${{{to.key_name}}}"


def _with_reference(variables: dict[str, str | None], to: Connection) -> dict[str, str | None]:
    if not to.hides_key:
        return variables
    return {n: reference(to) if value == to.key else value for n, value in variables.items()}


def _own_format() -> str:
    return "fish" if Path(os.environ.get("SHELL", "")).name == "fish" else "shell"


def _key(asked: Asked, blueprint: Blueprint) -> Key:
    app = app_of(blueprint, asked.app, os.environ)
    names = [MASTER_KEY, *(key.name for key in app.keys)] if app else [MASTER_KEY]
    return key_of(app, read_environment(asked.root, names, os.environ))


def own_command(*, absolute: bool = True) -> tuple[str, ...]:
    """What starts this very gateway, from any folder and with any PATH.

    Not `absolute`: its bare name, where every shell of the user finds it; for lines that people read.
    """
    started = shutil.which(sys.argv[0])
    if started is None or Path(started).name != "gateway":
        return (sys.executable, "-m", "gateway")
    on_path = shutil.which("gateway", path=_lasting_path(os.environ))
    if not absolute and on_path is not None and Path(on_path).samefile(started):
        return ("gateway",)
    return (os.path.abspath(started),)  # noqa: PTH100 - a link into an environment stays one


def _lasting_path(environ: Mapping[str, str]) -> str:
    """PATH without the virtual environment that this shell has activated: the next one has it not."""
    activated = environ.get("VIRTUAL_ENV")
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(
        f for f in folders if not (activated and Path(f).is_relative_to(activated))
    )


def proxy_exceptions(environ: Mapping[str, str], url: str) -> dict[str, str | None]:
    """The variables that keep a proxy of this environment out of the way to the gateway."""
    if not any(environ.get(name) or environ.get(name.lower()) for name in _PROXIES):
        return {}
    made = no_proxy_for(environ, urlsplit(url).hostname or "")
    return {name: value for name, value in made.items() if environ.get(name) != value}
