"""A project and its providers in, where their logins are kept and what state each is in out; never a token."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway.constants import OAUTH_DIR, STATE_DIR
from gateway.model import Blueprint, GatewayError, OAuth, Provider, Verb
from gateway.runtime import oauth_store
from gateway.runtime.oauth_store import Login

_PRIVATE_FOLDER = 0o700
_NOBODY = 65534  # the container's user, where root has no other that files could be given to


class LoginState(StrEnum):
    """`ENDS`: it works now, and nothing renews it. `OVER`: it will be renewed by the next call."""

    LOGGED_IN = "logged in"
    ENDS = "ends"
    OVER = "to be renewed"
    NEEDED = "needs login"


@dataclass(frozen=True, slots=True)
class KeptLogin:
    """What is known of a provider's login. `seconds` until its token ends, None where nobody said."""

    provider: str
    models: tuple[str, ...]
    state: LoginState
    seconds: float | None
    detail: str = ""


def with_login(blueprint: Blueprint) -> tuple[Provider, ...]:
    """The providers that are logged in to."""
    return tuple(provider for provider in blueprint.providers if provider.oauth)


def logins_of(root: Path, blueprint: Blueprint, now: float) -> tuple[KeptLogin, ...]:
    """One for each of them, in gateway.yaml's order."""
    return tuple(_kept(root, blueprint, provider, now) for provider in with_login(blueprint))


def _kept(root: Path, blueprint: Blueprint, provider: Provider, now: float) -> KeptLogin:
    served = tuple(
        model.name
        for model in blueprint.models
        if any(upstream.provider.name == provider.name for upstream in model.upstreams)
    )

    def is_(state: LoginState, seconds: float | None = None, detail: str = "") -> KeptLogin:
        return KeptLogin(provider.name, served, state, seconds, detail)

    try:
        login = oauth_store.read(root / OAUTH_DIR, provider.name)
    except OSError as error:
        return is_(LoginState.NEEDED, detail=f"its file cannot be read ({_reason(error)})")
    if login is None:
        return is_(LoginState.NEEDED)
    if login.is_refused:
        return is_(LoginState.NEEDED, detail="the server takes the last login no more")
    if provider.oauth and not is_for(login, provider.oauth):
        return is_(LoginState.NEEDED, detail="gateway.yaml names another client or server since")
    left = None if login.expires_at is None else login.expires_at - now
    if left is not None and left <= 0:
        can_renew = login.refresh_token is not None
        return is_(LoginState.OVER if can_renew else LoginState.NEEDED, left)
    return is_(LoginState.ENDS if left and not login.refresh_token else LoginState.LOGGED_IN, left)


def is_for(login: Login, oauth: OAuth) -> bool:
    """Whether the login is of the client and server that gateway.yaml names."""
    endpoint = oauth.token_endpoint or login.token_endpoint
    return (login.client_id, login.token_endpoint) == (oauth.client_id, endpoint)


def ensure_folder(root: Path) -> bool:
    """The folder of the logins, private and ignored by git; True where it was made. Raises GatewayError."""
    folder = root / OAUTH_DIR
    try:
        is_new = not folder.is_dir()
        (root / STATE_DIR).mkdir(_PRIVATE_FOLDER, exist_ok=True)
        folder.mkdir(_PRIVATE_FOLDER, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) != _PRIVATE_FOLDER:
            folder.chmod(_PRIVATE_FOLDER)
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text("*\n")
        if os.geteuid() == 0 and folder.stat().st_uid == 0:
            os.chown(folder, _NOBODY, _NOBODY)
    except OSError as error:
        raise _not_written(error) from None
    return is_new


def container_user() -> str | None:
    """Who the container has to be to renew what this user keeps; None for root, whose files are nobody's."""
    return None if os.geteuid() == 0 else f"{os.geteuid()}:{os.getegid()}"


def keep(root: Path, name: str, login: Login) -> Verb:
    """Puts a new login in the place of an old one, whole. Raises GatewayError."""
    folder = root / OAUTH_DIR
    ensure_folder(root)
    try:
        with oauth_store.locked(folder, name):
            is_new = oauth_store.read(folder, name) is None
            oauth_store.write(folder, name, login)
    except OSError as error:
        raise _not_written(error) from None
    return Verb.CREATE if is_new else Verb.UPDATE


def forget(root: Path, name: str) -> Login | None:
    """Removes a login; what it was, None where there was none. Raises GatewayError."""
    folder = root / OAUTH_DIR
    ensure_folder(root)
    try:
        with oauth_store.locked(folder, name):
            login = oauth_store.read(folder, name)
            oauth_store.remove(folder, name)
    except OSError as error:
        raise _not_written(error) from None
    return login


def _not_written(error: OSError) -> GatewayError:
    hint = None
    if isinstance(error, PermissionError):
        hint = f"it is somebody else's: sudo chown -R $(id -u):$(id -g) {STATE_DIR}"
    return GatewayError(f"{OAUTH_DIR} cannot be written ({_reason(error)})", hint)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno or 0).lower()
