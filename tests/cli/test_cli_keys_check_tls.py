"""`gateway keys check` over https, as real providers are asked: trusted, not trusted, through a proxy."""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import select
import socket
import socketserver
import ssl
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from cli.command_line import run_gateway
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from stack.projects import Project, model, provider

KEY = "canary-0123456789"
NAME = "provider.invalid"


def certificate(folder: Path) -> Path:
    """Of 127.0.0.1 and of a name that nobody can look up, with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names = [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    kind, nobody = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, kind, nobody)
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return pem


class Provider(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_known = self.headers.get("Authorization") == f"Bearer {KEY}"
        self.send_response(200 if is_known else 401)
        self.end_headers()
        self.wfile.write(b'{"data": [{"id": "x"}]}')

    def log_message(self, *_: object) -> None:
        pass


class Tunnel(socketserver.StreamRequestHandler):
    """A proxy that knows CONNECT and nothing else; leads everywhere to one port."""

    port = 0
    heads: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(4096)
        self.heads.append(head)
        with socket.create_connection(("127.0.0.1", self.port)) as far:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            pair = {self.request: far, far: self.request}
            while True:
                for readable in select.select(list(pair), [], [], 10)[0]:
                    data = readable.recv(65536)
                    if not data:
                        return
                    pair[readable].sendall(data)


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture
def port(pem: Path) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def checked(root: Path, url: str, env: dict[str, str]) -> str:
    Project({"p": provider(url, "K")}, {"m": model("p", "x")}, values={"K": KEY}).write(root)
    ran = run_gateway("keys", "check", "-q", cwd=root, env=env)
    assert "canary" not in ran.out + ran.err
    return ran.out


def test_a_certificate_has_to_be_trusted(port: int, pem: Path, tmp_path: Path) -> None:
    url = f"https://127.0.0.1:{port}/v1"
    assert checked(tmp_path, url, {}) == "K  unreachable  p: its certificate is not trusted\n"
    trusting = {"SSL_CERT_FILE": str(pem)}
    assert checked(tmp_path, url, trusting).startswith(
        "K  works  p: without the key it answers 401"
    )
    assert checked(tmp_path, url.replace("https", "http"), {}).startswith("K  unreachable  p: ")


def test_through_a_proxy_the_key_is_for_the_provider_alone(
    port: int, pem: Path, tmp_path: Path
) -> None:
    class Leading(Tunnel):
        pass

    Leading.port = port
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Leading) as proxy:
        proxy.daemon_threads = True
        Thread(target=proxy.serve_forever, daemon=True).start()
        where = f"http://me:secret@127.0.0.1:{proxy.server_address[1]}"
        env = {"https_proxy": where, "SSL_CERT_FILE": str(pem)}
        assert checked(tmp_path, f"https://{NAME}/v1", env).startswith("K  works  p: ")
        proxy.shutdown()
    heads = b"".join(Tunnel.heads)
    assert heads.count(f"CONNECT {NAME}:443 HTTP/1".encode()) == 2
    assert b"Proxy-Authorization: Basic bWU6c2VjcmV0" in heads
    assert b"canary" not in heads
