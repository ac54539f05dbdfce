"""A project and its blueprint in, what is to be asked with the tokens of its logins out, and what needs no asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gateway.constants import OAUTH_DIR
from gateway.keys.checking import Attempt
from gateway.keys.endpoints import Endpoint, endpoint_of
from gateway.keys.logins import KeptLogin, LoginState, logins_of
from gateway.keys.verdict import Checked, Verdict
from gateway.model import Blueprint, EnvRef, Provider
from gateway.runtime import oauth_store

_BEARER = "Bearer "


def login_attempts(
    root: Path, blueprint: Blueprint, values: Mapping[str, str], now: float
) -> tuple[list[Attempt], list[Checked]]:
    """Tokens that hold now are shown as they are: nothing is renewed here, that is the stack's."""
    providers = {provider.name: provider for provider in blueprint.providers}
    attempts, checked = [], []
    for kept in logins_of(root, blueprint, now):
        attempt = _attempt(root, providers[kept.provider], values)
        if kept.state in (LoginState.LOGGED_IN, LoginState.ENDS) and attempt.key:
            attempts.append(attempt)
        else:
            checked.append(_not_asked(kept))
    return attempts, checked


def _attempt(root: Path, provider: Provider, values: Mapping[str, str]) -> Attempt:
    written = provider.api_base
    address = values.get(written.name) if isinstance(written, EnvRef) else written
    try:
        login = oauth_store.read(root / OAUTH_DIR, provider.name)
    except OSError:
        login = None
    headers = {
        name: text
        for name, value in provider.headers.items()
        if (text := values.get(value.name) if isinstance(value, EnvRef) else value) is not None
    }
    endpoint = None if address is None else endpoint_of(provider.litellm, address)
    return Attempt(
        variable=_name(provider.name),
        provider=provider.name,
        endpoint=_with_header(endpoint, provider.oauth.header if provider.oauth else None),
        address_is_missing=address is None,
        key=login.access_token if login else None,
        headers=headers,
        models=(),
    )


def _with_header(endpoint: Endpoint | None, header: str | None) -> Endpoint | None:
    if endpoint is None or header is None:
        return endpoint
    scheme = _BEARER if header.lower() == "authorization" else ""
    return replace(endpoint, key_header=header, scheme=scheme)


def _not_asked(kept: KeptLogin) -> Checked:
    if kept.state is LoginState.OVER:
        detail = "its token has ended, and is renewed with the next request: nothing was sent"
        return Checked(_name(kept.provider), kept.provider, Verdict.UNCLEAR, detail)
    why = kept.detail or "nobody is logged in"
    detail = f"{why}: run `gateway keys login {kept.provider}`"
    return Checked(_name(kept.provider), kept.provider, Verdict.MISSING, detail)


def _name(provider: str) -> str:
    return f"login {provider}"
