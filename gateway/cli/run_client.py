"""What `gateway run` was asked for in; this process becomes the client, on a gateway that answers for it."""

from __future__ import annotations

import os
from typing import NoReturn
from urllib.parse import urlsplit

from gateway.cli.claude_files import say_tokens
from gateway.cli.client_gateway import Wanted, connection_for, environment_of, find_gateway
from gateway.cli.interrupt import interruptible
from gateway.cli.options import project_root, talk
from gateway.cli.stack import build_or_exit
from gateway.clients import CLIENTS, Client
from gateway.clients.claude_code import CLAUDE_CODE
from gateway.clients.launch import become, environment_for, find_program, no_proxy_for
from gateway.constants import MASTER_KEY
from gateway.diagnostics.nearest import nearest
from gateway.model import GatewayError


def run_client(wanted: Wanted, client_name: str) -> NoReturn:
    """Everything that can be wrong is found before the client starts. Raises GatewayError."""
    root = project_root(wanted.project)
    client = client_named(client_name)
    built = build_or_exit(root)
    blueprint = built.checked.blueprint
    assert blueprint is not None  # noqa: S101 - build_or_exit left otherwise
    connection_for(blueprint, wanted.model, client)  # what is wrong is said before anything starts
    program = find_program(client, os.environ)
    with interruptible():
        found = find_gateway(wanted, root, built)
    url = found.state.url
    connection = connection_for(blueprint, wanted.model, client, url=url, key=found.key)
    if not wanted.quiet:
        say_whose_key(client)
    variables = environment_of(client, connection, wanted.model)
    host = urlsplit(url).hostname or ""
    environ = environment_for(os.environ, variables, host)
    argv = client.argv(connection, wanted.args, {**variables, **no_proxy_for(os.environ, host)})
    if client is CLAUDE_CODE and not wanted.quiet:
        say_tokens(variables)
    if found.lease is not None:
        found.lease.outlive_exec()
    become(program, argv, environ)


def client_named(name: str) -> Client:
    """Raises GatewayError where it is none that can be started."""
    known = {client.name: client for client in CLIENTS.values() if client.program}
    if name not in known:
        likely = nearest(name, known)
        hint = f"did you mean `{likely}`? " if likely else ""
        raise GatewayError(f"`{name}` is not a client", f"{hint}there are: {', '.join(known)}")
    return known[name]


def say_whose_key(client: Client) -> None:
    talk(f"{client.title} gets the master key ({MASTER_KEY}): it may use every model")
