"""An address in, whether something could listen there out; and the sentence for why not."""

from __future__ import annotations

import errno
import socket
from urllib.parse import urlsplit

from gateway.model import GatewayError, Server


def find_obstacle(server: Server) -> int:
    """The errno of listening there, 0 where it can be done."""
    family = socket.AF_INET6 if ":" in server.bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((server.bind, server.port))
        except OSError as error:
            return error.errno or errno.EIO
    return 0


def is_own_port(server: Server, number: int, own_url: str) -> bool:
    """Whether the port is taken by the stack at `own_url` (empty: none), which makes way for the new one."""
    return number == errno.EADDRINUSE and urlsplit(own_url).port == server.port


def cannot_listen(server: Server, number: int) -> GatewayError:
    """The sentence for an errno of `bind`, the same whichever engine met it."""
    place = f"{server.bind} port {server.port}"
    if number == errno.EADDRNOTAVAIL:
        return GatewayError(
            f"cannot listen on {place}: this machine does not have that address",
            "set another `server.bind` in gateway.yaml",
        )
    if number == errno.EACCES:
        return GatewayError(
            f"cannot listen on {place}: this user may not open that port",
            "set a `server.port` above 1023 in gateway.yaml",
        )
    return GatewayError(
        f"cannot listen on {place}: the port is taken by another program",
        "stop that program, or set another `server.port` in gateway.yaml "
        f"(`ss -ltnp sport = :{server.port}` shows who it is)",
    )
