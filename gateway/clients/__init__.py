"""The programs that talk to the gateway: environment, arguments and settings file of each."""

from __future__ import annotations

from gateway.clients.claude_code import CLAUDE_CODE
from gateway.clients.client import Client, ClientModel, Connection
from gateway.clients.codex import CODEX
from gateway.clients.connection import connection_to, model_named
from gateway.diagnostics.nearest import nearest
from gateway.model import GatewayError

__all__ = [
    "CLIENTS",
    "Client",
    "ClientModel",
    "Connection",
    "client_named",
    "connection_to",
    "model_named",
]

CLIENTS: dict[str, Client] = {client.name: client for client in (CLAUDE_CODE, CODEX)}
"""Every client by the name that the command line knows it by."""


def client_named(name: str) -> Client:
    """Raises GatewayError, with the name that was likely meant."""
    client = CLIENTS.get(name.lower())
    if client is None:
        meant = nearest(name, CLIENTS)
        listed = f"there are: {', '.join(CLIENTS)}"
        raise GatewayError(
            f"`{name}` is not a client that gateway knows",
            f"did you mean `{meant}`? {listed}" if meant else listed,
        )
    return client
