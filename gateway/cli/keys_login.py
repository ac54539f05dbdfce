"""A provider's name in, logged in to it, or out of it, out: what came is kept in a private file and never shown."""

from __future__ import annotations

import os
import time
import webbrowser
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

from gateway.cli.age import in_words
from gateway.cli.options import Colour, talk
from gateway.cli.stack import check_or_exit
from gateway.constants import ENV_FILE, OAUTH_DIR, USER_VARIABLE
from gateway.diagnostics.nearest import nearest
from gateway.env_file import assignments_of, ensure_env_file, read_environment, set_value
from gateway.keys import logins
from gateway.model import Blueprint, GatewayError, OAuth, Provider, Verb
from gateway.resolve.oauth import BROWSER, DEVICE

_OWN_LOGIN = {
    "github_copilot": "LiteLLM logs in to it by itself: docs/oauth.md says how",
    "chatgpt": "LiteLLM logs in to it by itself: docs/oauth.md says how",
}


def log_in(  # noqa: PLR0913 - whom, and how it is asked
    root: Path, name: str, colour: Colour, *, seconds: float, browser: bool, device: bool
) -> None:
    """Leaves with the findings where the project has mistakes. Raises GatewayError."""
    blueprint = check_or_exit(root, colour)
    oauth = _oauth_of(blueprint, name)
    _require_libraries()
    from gateway.keys import oauth_login, oauth_server  # noqa: PLC0415 - an extra's libraries

    # Before somebody says yes: not to find out then that it cannot be kept.
    logins.ensure_folder(root)
    flow = DEVICE if device else oauth.flow
    at = oauth_server.endpoints_of(oauth, flow)
    asked = oauth_login.Asked(oauth, at, _secret(root, oauth), seconds)
    if flow == BROWSER:
        login = oauth_login.by_browser(asked, _open if browser else _print, talk)
    else:
        login = oauth_login.by_device(asked, talk, talk)
    verb = logins.keep(root, name, login)
    talk(f"{verb:>9}  {OAUTH_DIR}/{name}.json")
    _say_who_the_container_is(root, blueprint)
    held = f", for {in_words(login.expires_at - time.time())}" if login.expires_at else ""
    renews = "the proxy renews it by itself" if login.refresh_token else "nothing renews it"
    talk(f"logged in to {name}{held}; {renews}")


def log_out(root: Path, name: str, colour: Colour) -> None:
    """Leaves with the findings where the project has mistakes. Raises GatewayError."""
    blueprint = check_or_exit(root, colour)
    oauth = _oauth_of(blueprint, name)
    _require_libraries()
    from gateway.keys.oauth_revocation import revoke  # noqa: PLC0415 - an extra's libraries

    login = logins.forget(root, name)
    if login is None:
        talk(f"nobody was logged in to {name}")
        return
    talk(f"{Verb.REMOVE:>9}  {OAUTH_DIR}/{name}.json")
    if login.revocation_endpoint is None:
        talk("the server was not told: it has no place for that")
        return
    problem = revoke(login, _secret(root, oauth, is_needed=False))
    talk(f"the server was not told: {problem}" if problem else "the server took the tokens back")


def _require_libraries() -> None:
    if not (find_spec("oauthlib") and find_spec("httpx")):
        hint = "run `pip install 'litellm-gateway[oauth]'`"
        raise GatewayError("oauthlib and httpx are not installed here", hint)


def _oauth_of(blueprint: Blueprint, name: str) -> OAuth:
    providers = {provider.name: provider for provider in blueprint.providers}
    found = providers.get(name)
    if found is not None and found.oauth is not None:
        return found.oauth
    raise _not_declared(name, found, [p.name for p in logins.with_login(blueprint)])


def _not_declared(name: str, found: Provider | None, others: Collection[str]) -> GatewayError:
    if found is not None:
        hint = _OWN_LOGIN.get(found.litellm, "docs/oauth.md says how to declare it")
        return GatewayError(f"provider `{name}` declares no `oauth`", hint)
    likely = nearest(name, others)
    hint = f"did you mean `{likely}`?" if likely else f"there are: {', '.join(others) or 'none'}"
    return GatewayError("gateway.yaml has no such provider", hint)


def _secret(root: Path, oauth: OAuth, *, is_needed: bool = True) -> str | None:
    if oauth.client_secret is None:
        return None
    name = oauth.client_secret.name
    value = read_environment(root, [name], os.environ).get(name)
    if value is None and is_needed:
        raise GatewayError(
            f"{name}, the client's secret, is not set", f"run `gateway keys set {name}`"
        )
    return value


def _open(url: str) -> None:
    if webbrowser.open(url):
        talk(f"a browser was opened; if none shows, open this:\n{url}")
    else:
        _print(url)


def _print(url: str) -> None:
    talk(f"open this in a browser of this machine:\n{url}")


def _say_who_the_container_is(root: Path, blueprint: Blueprint) -> None:
    """In Docker the files must be the container's, too: Compose reads who that is, from `.env`."""
    user = logins.container_user()
    if user is None:
        return
    for file in ensure_env_file(root, blueprint.variables):
        talk(f"{Verb.CREATE:>9}  {file}")
    if USER_VARIABLE not in (assignments_of(root) or {}):
        set_value(root, USER_VARIABLE, user)
        talk(
            f"{Verb.UPDATE:>9}  {ENV_FILE} ({USER_VARIABLE}: the container may renew it from the next "
            "`gateway up`)"
        )
