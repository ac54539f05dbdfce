"""A provider's `oauth` in, its tokens out: by a browser of this machine, or by a code typed in on any device.

What is asked, and what the answers mean, is oauthlib's; what is sent here are its forms.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from oauthlib.oauth2 import DeviceClient, OAuth2Error, WebApplicationClient

from gateway.keys.oauth_listener import Listener
from gateway.keys.oauth_server import Endpoints
from gateway.model import GatewayError, OAuth
from gateway.runtime.oauth_grant import GrantError, login_of, post, require_private, tokens_in
from gateway.runtime.oauth_store import Login

_VERIFIER = 64
_INTERVAL, _SLOWER = 5.0, 5.0  # seconds, of RFC 8628
_LONGEST = 1800.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One login: for whom, where, with which client's secret, and how long a person has for it."""

    oauth: OAuth
    at: Endpoints
    secret: str | None = field(repr=False)
    seconds: float


def by_browser(asked: Asked, show: Say, say: Say) -> Login:
    """`show` gets the address that a browser has to open. Raises GatewayError."""
    oauth, at = asked.oauth, asked.at
    client, state = WebApplicationClient(oauth.client_id), secrets.token_urlsafe(32)
    verifier = client.create_code_verifier(_VERIFIER)
    with Listener(oauth.redirect_uri, state) as listener:
        redirect = listener.redirect_uri
        url = client.prepare_request_uri(
            _for_oauthlib(at.begin),
            redirect_uri=redirect,
            scope=list(oauth.scopes) or None,
            state=state,
            code_challenge=client.create_code_challenge(verifier, "S256"),
            code_challenge_method="S256",
            **oauth.params,
        )
        show(_as_it_is(url, at.begin))
        say(f"waiting for the browser at {redirect}, for {asked.seconds:g}s at most …")
        answer = listener.wait(asked.seconds)
        strangers = listener.strangers
    if answer is None:
        more = f"; {strangers} with another state were refused" if strangers else ""
        raise GatewayError(f"no browser came back in {asked.seconds:g}s{more}", "ask again")
    code = _code_in(client, answer, state, oauth.issuer)
    body = client.prepare_request_body(
        code=code, redirect_uri=redirect, code_verifier=verifier, **_secret(asked.secret)
    )
    asked_at = time.time()
    try:
        found = tokens_in(client, *post(at.token, body))
        return login_of(found, _empty(oauth, at), asked_at)
    except GrantError as error:
        raise _refused(at.token, error) from None


def _code_in(client: WebApplicationClient, answer: str, state: str, issuer: str | None) -> str:
    try:
        found = client.parse_request_uri_response(_for_oauthlib(answer), state)
    except OAuth2Error as error:
        hint = "the person at the browser said no" if error.error == "access_denied" else None
        raise GatewayError("the authorization server gave no code", hint) from None
    if issuer and found.get("iss", issuer).rstrip("/") != issuer.rstrip("/"):
        raise GatewayError("the code is another issuer's: it was not used")
    code: str = found["code"]
    return code


def by_device(asked: Asked, show: Say, say: Say) -> Login:
    """`show` gets where to go and what to type in there. Raises GatewayError."""
    oauth, at = asked.oauth, asked.at
    client = DeviceClient(oauth.client_id)
    url = client.prepare_request_uri(
        _for_oauthlib(at.begin),
        scope=list(oauth.scopes) or None,
        **oauth.params,
        **_secret(asked.secret),
    )
    begun = _begun(at.begin, urlsplit(url).query)
    show(_invitation(begun))
    life, interval = _number(begun, "expires_in", _LONGEST), _number(begun, "interval", _INTERVAL)
    most = min(asked.seconds, life)
    until = time.monotonic() + most
    say(f"waiting for the code to be typed in, for {most:g}s at most …")
    body = client.prepare_request_body(
        str(begun["device_code"]), include_client_id=True, **_secret(asked.secret)
    )
    while time.monotonic() + interval < until:
        time.sleep(interval)
        asked_at = time.time()
        try:
            found = tokens_in(client, *post(at.token, body))
            return login_of(found, _empty(oauth, at), asked_at)
        except GrantError as error:
            if error.code not in ("authorization_pending", "slow_down") and not error.may_pass:
                raise _refused(at.token, error) from None
            interval += 0 if error.code == "authorization_pending" else _SLOWER
    raise GatewayError("nobody typed the code in", "ask again: the next code is another one")


def _begun(url: str, body: str) -> Mapping[str, Any]:
    """What the server says of the device's login. Raises GatewayError."""
    try:
        status, content = post(url, body)
    except GrantError as error:
        raise _refused(url, error) from None
    try:
        found = json.loads(content) if status == 200 else None
    except ValueError:
        found = None
    texts = ("device_code", "user_code", "verification_uri")
    if not isinstance(found, dict) or not all(_is_shown(found.get(each)) for each in texts):
        raise GatewayError(f"no login began: {_host(url)} answers {status}", "look at `client_id`")
    try:
        require_private(found["verification_uri"])
    except (GrantError, ValueError):
        raise GatewayError("where the code is to be typed in is no https address") from None
    return found


def _invitation(begun: Mapping[str, Any]) -> str:
    whole = begun.get("verification_uri_complete")
    more = f"\nor open {whole}" if _is_shown(whole) else ""
    return f"open {begun['verification_uri']} on any device and type in {begun['user_code']}{more}"


def _is_shown(text: object) -> bool:
    """A server's words go to the terminal: without control characters."""
    return isinstance(text, str) and 0 < len(text) < 2000 and text.isascii() and text.isprintable()


def _number(data: Mapping[str, Any], name: str, default: float) -> float:
    value = data.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return min(float(value), _LONGEST) if is_number else default  # type: ignore[arg-type]


def _empty(oauth: OAuth, at: Endpoints) -> Login:
    return Login(at.token, oauth.client_id, "", None, 0.0, None, at.revocation)


def _secret(secret: str | None) -> dict[str, str]:
    return {"client_secret": secret} if secret else {}


def _for_oauthlib(url: str) -> str:
    """It refuses http even on loopback, where RFC 8252 wants it; `require_private` has looked before."""
    return url.replace("http://", "https://", 1)


def _as_it_is(url: str, written: str) -> str:
    return url.replace("https://", "http://", 1) if written.startswith("http://") else url


def _refused(url: str, error: GrantError) -> GatewayError:
    hints = {
        "invalid_client": "look at `client_id` and `client_secret`",
        "unauthorized_client": "look at `client_id`: it is not registered for this flow",
        "invalid_scope": "look at `scopes`",
        "access_denied": "the person at the browser said no",
        "expired_token": "ask again: the next code is another one",
    }
    return GatewayError(f"no token came from {_host(url)}: {error}", hints.get(error.code))


def _host(url: str) -> str:
    return urlsplit(url).netloc
