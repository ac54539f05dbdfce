"""What OpenAI's own libraries, and most that speak to them, read from the environment."""

from __future__ import annotations

from gateway.clients.client import Connection


def openai_variables(to: Connection) -> dict[str, str | None]:
    """Source: the READMEs of openai-python and openai-node; both read these names by themselves."""
    return {"OPENAI_BASE_URL": to.openai_url, "OPENAI_API_KEY": to.key}


def seconds(to: Connection) -> int:
    """How long a client should wait: the libraries' own ten minutes, or longer."""
    return int(max(to.total, 600.0))
