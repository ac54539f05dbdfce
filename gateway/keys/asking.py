"""A URL and headers in, what a server says to one GET out; headers never follow to another origin."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

_MOST_BYTES = 10_000_000
_MOST_REDIRECTS = 3
_CONNECT_SHARE = 0.8
_PORTS = {"http": 80, "https": 443}
_VARIABLES = {"http": "http_proxy", "https": "https_proxy", "no": "no_proxy"}


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is None where none came, and `problem` says why. `ids` is None where it is no list of
    models, `is_whole` False where there are more pages. `went_on`: it leads to another origin.
    """

    status: int | None
    problem: str = ""
    ids: frozenset[str] | None = None
    is_whole: bool = True
    went_on: bool = False


def proxies_in(environ: Mapping[str, str]) -> dict[str, str]:
    """The proxies that the process engine hands to the stack: by scheme, and `no` for exceptions."""
    found = {
        scheme: environ.get(name) or environ.get(name.upper(), "")
        for scheme, name in _VARIABLES.items()
    }
    return {scheme: value for scheme, value in found.items() if value}


def ask(url: str, headers: Mapping[str, str], proxies: Mapping[str, str], seconds: float) -> Answer:
    """One GET, and one more for each redirect within the origin. `seconds` bounds each step of it."""
    try:
        for _ in range(_MOST_REDIRECTS + 1):
            response, content = _get(urlsplit(url), headers, proxies, seconds)
            location = response.headers.get("Location")
            if not 300 <= response.status < 400 or location is None:
                return _answer(response.status, content)
            target = urljoin(url, location)
            if _origin(target) != _origin(url):
                return Answer(response.status, went_on=True)  # a key is for whom it was given to
            url = target
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(None, _reason(error))
    return Answer(response.status, "it redirects in a circle")


def _get(
    url: SplitResult, headers: Mapping[str, str], proxies: Mapping[str, str], seconds: float
) -> tuple[http.client.HTTPResponse, bytes]:
    if url.scheme not in _PORTS or not url.hostname:
        raise ValueError("not an http address")
    host, port = url.hostname, url.port or _PORTS[url.scheme]
    proxy = _proxy_for(url, proxies)
    sent = {**headers, "Accept": "application/json", "Connection": "close"}
    target = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
    if proxy is not None and url.scheme == "http":
        target = f"http://{url.netloc.rpartition('@')[2]}{target}"
        sent |= _proxy_authorization(proxy)
    at = (host, port) if proxy is None else (proxy.hostname or "", proxy.port or 80)
    connection: http.client.HTTPConnection
    if url.scheme == "https":
        connection = http.client.HTTPSConnection(*at, context=ssl.create_default_context())
        if proxy is not None:
            connection.set_tunnel(host, port, _proxy_authorization(proxy))
    else:
        connection = http.client.HTTPConnection(*at)
    try:
        _connect(connection, seconds, _proxy_words(url) if proxy is not None else None)
        connection.request("GET", target, headers=sent)
        response = connection.getresponse()
        return response, response.read(_MOST_BYTES)
    finally:
        connection.close()


def _proxy_for(url: SplitResult, proxies: Mapping[str, str]) -> SplitResult | None:
    written = proxies.get(url.scheme)
    if not written or proxy_bypass_environment(url.netloc.rpartition("@")[2], dict(proxies)):
        return None
    try:
        proxy = urlsplit(written if "://" in written else f"http://{written}")
        is_sound = bool(proxy.hostname) and proxy.port != 0
    except ValueError:
        is_sound = False
    if not is_sound:
        raise _ProxyError(f"{_proxy_words(url)} is no http address")
    return proxy


def _proxy_words(url: SplitResult) -> str:
    return f"the proxy in `{_VARIABLES[url.scheme]}`"


def _proxy_authorization(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _answer(status: int, content: bytes) -> Answer:
    try:
        return _listed(status, json.loads(content))
    except (ValueError, RecursionError):
        return Answer(status)


def _listed(status: int, data: Any) -> Answer:
    """OpenAI, Anthropic and Azure say `data: [{id}]`, Google `models: [{name: models/…}]`, some a bare list."""
    fields = data if isinstance(data, dict) else {"data": data}
    items = fields.get("data", fields.get("models"))
    if not isinstance(items, list):
        return Answer(status)
    named = [item.get("id", item.get("name")) for item in items if isinstance(item, dict)]
    ids = frozenset(name.removeprefix("models/") for name in named if isinstance(name, str))
    has_more = bool(fields.get("has_more") or fields.get("nextPageToken"))
    return Answer(status, ids=ids, is_whole=not has_more)


def _connect(
    connection: http.client.HTTPConnection, seconds: float, proxy: str | None = None
) -> None:
    """Within a part of the time: who does not accept a connection is another trouble than who is silent.

    `proxy` is what is said of the proxy that is connected to instead.
    """
    connection.timeout = _CONNECT_SHARE * seconds
    try:
        connection.connect()
    except TimeoutError:  # a proxy, too, may wait for the other side
        raise _NoConnectionError from None
    except (ConnectionRefusedError, socket.gaierror) as error:
        if proxy is None:
            raise
        raise _ProxyError(f"{proxy}: {_reason(error)}") from None
    connection.sock.settimeout(seconds)


class _NoConnectionError(OSError):
    """Nobody said no either: packets are dropped."""


class _ProxyError(OSError):
    """What is wrong between here and the proxy, in our own words."""


SILENT = "silent"
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (_NoConnectionError, "it accepts no connection"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (ssl.SSLError, "the TLS handshake failed"),
    (TimeoutError, SILENT),
    (ConnectionRefusedError, "the connection is refused"),
    (ConnectionError, "the connection broke off"),
    (http.client.HTTPException, "what it answers is no HTTP"),
    (socket.gaierror, "its name is not known here"),
    (ValueError, "its address is no http address"),
)


def _reason(error: BaseException) -> str:
    """Our own words: a library's may repeat what was sent."""
    if isinstance(error, _ProxyError):
        return str(error)
    found = (words for kind, words in _REASONS if isinstance(error, kind))
    return next(found, "no connection")
