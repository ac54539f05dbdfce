"""The programs that talk to the gateway: environment, arguments and settings file of each."""

from __future__ import annotations

from gateway.clients.aider import AIDER
from gateway.clients.claude_code import CLAUDE_CODE
from gateway.clients.client import Client, ClientModel, Connection
from gateway.clients.codex import CODEX
from gateway.clients.connection import connection_to
from gateway.clients.continue_dev import CONTINUE
from gateway.clients.cursor import CURSOR
from gateway.clients.libraries import (
    ANTHROPIC_JS,
    ANTHROPIC_PYTHON,
    CURL,
    OPENAI_JS,
    OPENAI_PYTHON,
)
from gateway.clients.nextjs import NEXTJS
from gateway.clients.opencode import OPENCODE
from gateway.model import GatewayError
from gateway.resolve.wanted import did_you_mean

__all__ = [
    "CLIENTS",
    "Client",
    "ClientModel",
    "Connection",
    "client_named",
    "connection_to",
]

_PROGRAMS = (CLAUDE_CODE, CODEX, OPENCODE, AIDER)
_EDITORS = (CURSOR, CONTINUE)
_LIBRARIES = (OPENAI_PYTHON, OPENAI_JS, ANTHROPIC_PYTHON, ANTHROPIC_JS, NEXTJS, CURL)

CLIENTS: dict[str, Client] = {c.name: c for c in (*_PROGRAMS, *_EDITORS, *_LIBRARIES)}
"""Every client by the name that the command line knows it by."""


def client_named(name: str) -> Client:
    """Raises GatewayError, with the name that was likely meant."""
    client = CLIENTS.get(name.lower())
    if client is None:
        message = f"`{name}` is not a client that gateway knows"
        raise GatewayError(message, did_you_mean(name, CLIENTS))
    return client
