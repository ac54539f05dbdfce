"""A blueprint in, what the running stack knows of logins out: addresses and names, no secret."""

from __future__ import annotations

import json

from gateway.model import Blueprint

NAME = "oauth.json"
"""Beside the runtime's modules, which read it as `oauth_tokens.Declared`."""


def oauth_text(blueprint: Blueprint) -> str | None:
    """None where no provider is logged in to."""
    declared = {
        provider.name: {
            "api_base": provider.written_address,
            "client_id": provider.oauth.client_id,
            "token_endpoint": provider.oauth.token_endpoint,
            "client_secret": provider.oauth.client_secret and provider.oauth.client_secret.name,
            "header": provider.oauth.header,
        }
        for provider in blueprint.providers
        if provider.oauth
    }
    return json.dumps(declared, indent=2, sort_keys=True) + "\n" if declared else None
