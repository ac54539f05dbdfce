"""An address in, out where it leads as far as its text tells: the internet, a tailnet, or nearer."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

IN_CONTAINERS = "host.docker.internal"
"""The machine that a container runs on, as the container calls it."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Names that no public resolver has, or that routers and meshes answer for themselves.
_PRIVATE_NAMES = (
    *(".local", ".localhost", ".localdomain", ".internal", ".intranet", ".lan", ".home", ".corp"),
    *(".home.arpa", ".fritz.box", ".ts.net", ".onion", ".svc", ".test", ".example", ".invalid"),
)
# 100.64.0.0/10 is what Tailscale gives its machines; carriers use it too, for what is not public.
_SHARED_SPACE = ipaddress.ip_network("100.64.0.0/10")
_TAILSCALE_V6 = ipaddress.ip_network("fd7a:115c:a1e0::/48")


class Address(NamedTuple):
    """An `api_base` in its parts, spelled one way: lower case, the default port left out."""

    scheme: str
    host: str
    port: int | None
    path: str


def address_of(text: str) -> Address | None:
    """None where the text is no address; GW232 says what is wrong with it."""
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if not host:
        return None
    port = None if port == _DEFAULT_PORTS.get(parts.scheme) else port
    return Address(parts.scheme, host, port, parts.path.rstrip("/"))


def is_public(host: str) -> bool:
    """Whether a host is on the internet: a name with a dot that is nobody's own, or such a number."""
    ip = _ip(host)
    if ip is None:
        return "." in host and not f".{host}".endswith(_PRIVATE_NAMES)
    return ip.is_global and ip not in _SHARED_SPACE


def is_own(host: str) -> bool:
    """Whether a host is the machine, or the container, that asks for it."""
    ip = _ip(host)
    if ip is None:
        return host == "localhost" or host.endswith(".localhost")
    return ip.is_loopback or ip.is_unspecified


def is_on_a_tailnet(host: str) -> bool:
    """Whether a host is a machine of a Tailscale network."""
    ip = _ip(host)
    if ip is None:
        return host.endswith(".ts.net")
    return ip in (_SHARED_SPACE if ip.version == 4 else _TAILSCALE_V6)


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip
