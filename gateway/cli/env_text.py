"""A project, a client and a model in, what `gateway env` prints out."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from gateway.cli.options import Colour, talk
from gateway.cli.stack import check_or_exit
from gateway.clients import Client, Connection, client_named, connection_to
from gateway.clients.env_formats import as_dotenv, as_fish, as_json, as_posix
from gateway.constants import MASTER_KEY
from gateway.engine.stack import url_of
from gateway.env_file import read_environment
from gateway.model import Blueprint, GatewayError

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def env_text(  # noqa: PLR0913, PLR0917 - what the command line says
    root: Path, name: str, model: str | None, format: str, with_key: bool | None, colour: Colour
) -> str:
    """Raises GatewayError for a client or a model that is none, and where no key is set."""
    client = client_named(name)
    if format == "key":
        return f"{_master_key(root)}\n"
    blueprint = check_or_exit(root, colour)
    to = connect(root, blueprint, client, model)
    talk(f"{client.title} gets the master key ({to.key_name}): it may use every model")
    if format == "auto":
        format = "fish" if Path(os.environ.get("SHELL", "")).name == "fish" else "shell"
    match format:
        case "dotenv" | "json":
            to = replace(to, key=f"${{{to.key_name}}}") if with_key is False else to
            variables = _variables(client, to)
            return as_json(variables) if format == "json" else as_dotenv(variables)
        case _:
            command = () if with_key else to.key_command
            as_text = as_fish if format == "fish" else as_posix
            return as_text(_variables(client, to), to.key, command)


def connect(root: Path, blueprint: Blueprint, client: Client, model: str | None) -> Connection:
    """Raises GatewayError for what is no model, and where no key is set."""
    server = blueprint.server
    return connection_to(
        blueprint,
        model or blueprint.default_model,
        url=url_of(server.bind, server.port),
        key=_master_key(root),
        key_name=MASTER_KEY,
        key_command=(*own_command(), "env", client.name, "--format", "key", "--project", str(root)),
    )


def _master_key(root: Path) -> str:
    key = read_environment(root, [MASTER_KEY], os.environ).get(MASTER_KEY)
    if key is None:
        raise GatewayError(
            f"{MASTER_KEY} is not set", "run `gateway render`: it makes a .env with a random one"
        )
    return key


def own_command() -> tuple[str, ...]:
    """What starts this very gateway, from any folder and with any PATH."""
    started = shutil.which(sys.argv[0])
    if started is not None and Path(started).name == "gateway":
        return (os.path.abspath(started),)  # noqa: PTH100 - a link into an environment stays one
    return (sys.executable, "-m", "gateway")


def _variables(client: Client, to: Connection) -> dict[str, str | None]:
    return {**client.environment(to), **proxy_exceptions(os.environ, to.url)}


def proxy_exceptions(environ: Mapping[str, str], url: str) -> dict[str, str | None]:
    """The variables that keep a proxy of this environment out of the way to the gateway."""
    if not any(environ.get(name) or environ.get(name.lower()) for name in _PROXIES):
        return {}
    host = urlsplit(url).hostname or ""
    made: dict[str, str | None] = {}
    for name in ("NO_PROXY", "no_proxy"):
        entries = [entry.strip() for entry in environ.get(name, "").split(",") if entry.strip()]
        if host not in entries and "*" not in entries:
            made[name] = ",".join([*entries, host])
    return made
