"""What a browser gets, however soon the command that it answers ends."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from gateway.keys.oauth_listener import Listener


def test_the_page_is_out_before_the_waiting_ends() -> None:
    """What the kernel has is delivered even when the process ends now."""
    with Listener("http://127.0.0.1/callback", "s") as listener:
        port = urlsplit(listener.redirect_uri).port
        with socket.create_connection(("127.0.0.1", port)) as browser:
            browser.sendall(
                f"GET /callback?code=c&state=s HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
            )
            assert listener.wait(5) == f"{listener.redirect_uri}?code=c&state=s"
            browser.setblocking(False)
            assert browser.recv(4096).endswith(b"the terminal says how it went on.")
