"""The programs that talk to the gateway: environment, arguments and settings file of each."""

from __future__ import annotations

from gateway.clients.claude_code import CLAUDE_CODE
from gateway.clients.client import Client, ClientModel, Connection
from gateway.clients.connection import connection_to

__all__ = ["CLIENTS", "Client", "ClientModel", "Connection", "connection_to"]

CLIENTS: dict[str, Client] = {client.name: client for client in (CLAUDE_CODE,)}
"""Every client by the name that the command line knows it by."""
