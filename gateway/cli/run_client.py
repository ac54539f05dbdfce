"""What `gateway run` was asked for in; this process becomes the client, on a gateway that answers for it."""

from __future__ import annotations

import os
from typing import NoReturn
from urllib.parse import urlsplit

from gateway.cli.app_key import say_whose_key
from gateway.cli.claude_files import say_tokens
from gateway.cli.client_gateway import Wanted, connection_for, environment_of, find_gateway
from gateway.cli.interrupt import interruptible
from gateway.cli.options import project_root
from gateway.cli.running import stack_of
from gateway.cli.stack import build_or_exit
from gateway.clients import CLIENTS, Client
from gateway.clients.claude_code import CLAUDE_CODE
from gateway.clients.launch import become, environment_for, find_program, no_proxy_for
from gateway.constants import ENV_FILE
from gateway.model import GatewayError
from gateway.resolve.wanted import did_you_mean


def run_client(wanted: Wanted, client_name: str) -> NoReturn:
    """Everything that can be wrong is found before the client starts. Raises GatewayError."""
    root = project_root(wanted.project)
    client = client_named(client_name)
    built = build_or_exit(root)
    blueprint = built.checked.blueprint
    assert blueprint is not None  # noqa: S101 - build_or_exit left otherwise
    # What is wrong is said before anything starts.
    has_keys = bool(blueprint.apps) and (root / ENV_FILE).exists()  # a new one will have them
    values = stack_of(built, root).values if has_keys else None
    connection_for(blueprint, wanted.model, client, app_name=wanted.app, values=values)
    program = find_program(client, os.environ)
    with interruptible():
        found = find_gateway(wanted, root, built)
    url = found.state.url
    connection = connection_for(
        blueprint, wanted.model, client, app_name=wanted.app, url=url, values=found.stack.values
    )
    if not wanted.quiet:
        say_whose_key(client, connection)
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
        raise GatewayError(f"`{name}` is not a client", did_you_mean(name, known))
    return known[name]
