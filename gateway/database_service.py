"""A blueprint in, what Compose says of its Postgres out: a service that the proxy alone reaches."""

from __future__ import annotations

from typing import Any

from gateway.constants import DATABASE_URL, POSTGRES_IMAGE, POSTGRES_PASSWORD, SALT_KEY
from gateway.model import Blueprint, ComposeText, EnvRef, Server

_NAME = "litellm"  # of the user and of the database
_UNSET = "it is not set: run gateway keys set"
_PASSWORD = f"${{{POSTGRES_PASSWORD}:?{_UNSET} {POSTGRES_PASSWORD}}}"


def proxy_variables(blueprint: Blueprint) -> dict[str, EnvRef | ComposeText]:
    """What the proxy's container gets; the database's password in its address alone."""
    variables: dict[str, EnvRef | ComposeText] = {v.name: v for v in blueprint.variables}
    if not blueprint.server.has_database:
        return variables
    del variables[POSTGRES_PASSWORD]
    url = f"postgresql://{_NAME}:{_PASSWORD}@postgres:5432/{_NAME}"
    salt = ComposeText(f"${{{SALT_KEY}:?{_UNSET} {SALT_KEY}}}")
    return dict(sorted({**variables, DATABASE_URL: ComposeText(url), SALT_KEY: salt}.items()))


def database_environment(server: Server) -> dict[str, str]:
    """What tells the door of virtual keys, and LiteLLM where the container may write its migrations down."""
    if not server.has_database:
        return {}
    return {"GATEWAY_VIRTUAL_KEYS": "1", "LITELLM_MIGRATION_DIR": "/tmp/migrations"}  # noqa: S108 - a tmpfs


def database_values(server: Server) -> dict[str, Any] | None:
    """For the template; None where there is no database."""
    if not server.has_database:
        return None
    return {
        "image": POSTGRES_IMAGE,
        "user": _NAME,
        "password": ComposeText(_PASSWORD),
        "healthcheck": ["CMD", "pg_isready", "--username", _NAME, "--dbname", _NAME],
        "network": f"{server.network}-database",
        "volume": f"{server.project}-database",
    }
