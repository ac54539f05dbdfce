"""A stand-in authorization server on loopback: strict about what RFC 6749, 7636, 8252 and 8628 demand of a client.

Its tokens are canaries: `canary-access-3`, `canary-refresh-3`. What it refuses it keeps in `refused`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CLIENT = "gateway-client"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CANARY = "canary-"


@dataclass
class _Code:
    redirect_uri: str
    challenge: str
    used: bool = False


@dataclass
class _Device:
    user_code: str
    interval: float
    approved: bool = False
    denied: bool = False
    asked_at: float = 0.0


@dataclass
class AuthorizationServer:
    """`life` of an access token in seconds, None unsaid; `rotates`: a refresh token works once."""

    port: int = 0
    life: float | None = 3600.0
    rotates: bool = True
    secret: str | None = None
    slow_downs: int = 0
    interval: float = 1.0
    token_delay: float = 0.0
    refused: list[str] = field(default_factory=list)
    refreshes: int = 0
    polls: list[float] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    authorizations: list[dict[str, str]] = field(default_factory=list)
    token_answer: tuple[int, dict[str, str], bytes] | None = None
    """What the token endpoint answers instead: status, headers, body."""
    description: dict[str, Any] = field(default_factory=dict)
    """Replaces keys of what it describes of itself."""
    extra_redirect: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._codes: dict[str, _Code] = {}
        self._devices: dict[str, _Device] = {}
        self._refresh: set[str] = set()
        self._server = _Server(("127.0.0.1", self.port), self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> AuthorizationServer:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def oauth(self, **more: Any) -> dict[str, Any]:
        """What gateway.yaml says of it."""
        endpoints = {
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "device_authorization_endpoint": f"{self.url}/device",
        }
        return {**endpoints, "client_id": CLIENT, "scopes": ["models", "offline_access"], **more}

    def revoke_all(self) -> None:
        with self._lock:
            self._refresh.clear()

    def approve(self, user_code: str, *, denied: bool = False) -> None:
        with self._lock:
            device = next(d for d in self._devices.values() if d.user_code == user_code)
            device.approved, device.denied = not denied, denied

    def get(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if path == "/.well-known/oauth-authorization-server":
            return _json(200, self._description())
        if path == "/authorize":
            return self._authorize(query)
        return _json(404, {"error": "not_found"})

    def _description(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "device_authorization_endpoint": f"{self.url}/device",
            "revocation_endpoint": f"{self.url}/revoke",
            "code_challenge_methods_supported": ["S256"],
            **self.description,
        }

    def _authorize(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.authorizations.append(query)
        redirect = urlsplit(query.get("redirect_uri", ""))
        rules = {
            "client_id": query.get("client_id") == CLIENT,
            "response_type": query.get("response_type") == "code",
            "method": query.get("code_challenge_method") == "S256",
            "challenge": len(query.get("code_challenge", "")) == 43,
            "state": len(query.get("state", "")) >= 20,
            "redirect": redirect.scheme == "http"
            and redirect.hostname in ("127.0.0.1", "localhost"),
        }
        wrong = [name for name, holds in rules.items() if not holds]
        if wrong:
            return self._refuse(f"authorize: {wrong}")
        with self._lock:
            self._count += 1
            code = f"{CANARY}code-{self._count}"
            self._codes[code] = _Code(query["redirect_uri"], query["code_challenge"])
        back = urlencode({"code": code, "state": query["state"], **self.extra_redirect})
        return 302, {"Location": f"{query['redirect_uri']}?{back}"}, b""

    def post(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if path == "/token" and self.token_answer is not None:
            return self.token_answer
        if form.get("client_id") != CLIENT or form.get("client_secret") != self.secret:
            return self._refuse("client", "invalid_client", 401)
        if path == "/device":
            return self._begin_device()
        if path == "/revoke":
            self.revoked.append(form.get("token", ""))
            return 200, {}, b""
        if path != "/token":
            return _json(404, {"error": "not_found"})
        time.sleep(self.token_delay)
        with self._lock:
            grants = {
                "authorization_code": self._by_code,
                "refresh_token": self._by_refresh,
                DEVICE_GRANT: self._by_device,
            }
            grant = grants.get(form.get("grant_type", ""))
            return grant(form) if grant else self._refuse("grant", "unsupported_grant_type")

    def _by_code(self, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        code = self._codes.get(form.get("code", ""))
        if code is None or code.used:
            return self._refuse("code", "invalid_grant")
        code.used = True
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != code.challenge:
            return self._refuse("verifier", "invalid_grant")
        if form.get("redirect_uri") != code.redirect_uri:
            return self._refuse("redirect_uri", "invalid_grant")
        return self._tokens()

    def _by_refresh(self, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        token = form.get("refresh_token", "")
        if token not in self._refresh:
            return self._refuse("refresh", "invalid_grant")
        self.refreshes += 1
        if self.rotates:
            self._refresh.discard(token)
            return self._tokens()
        return self._tokens(keep=True)

    def _by_device(self, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        device = self._devices.get(form.get("device_code", ""))
        if device is None:
            return self._refuse("device_code", "invalid_grant")
        now = time.monotonic()
        self.polls.append(now)
        too_soon = device.asked_at and now - device.asked_at < device.interval - 0.05
        device.asked_at = now
        if too_soon:
            return self._refuse("polled too soon", "invalid_request")
        if self.slow_downs:
            self.slow_downs -= 1
            device.interval += 5
            return _json(400, {"error": "slow_down"})
        if device.denied:
            return _json(400, {"error": "access_denied", "error_description": f"{CANARY}words"})
        if not device.approved:
            return _json(400, {"error": "authorization_pending"})
        return self._tokens()

    def _begin_device(self) -> tuple[int, dict[str, str], bytes]:
        with self._lock:
            self._count += 1
            code, user_code = f"{CANARY}device-{self._count}", f"ABCD-{self._count:04}"
            self._devices[code] = _Device(user_code, self.interval)
        return _json(
            200,
            {
                "device_code": code,
                "user_code": user_code,
                "verification_uri": f"{self.url}/activate",
                "expires_in": 600,
                "interval": self.interval,
            },
        )

    def _tokens(self, *, keep: bool = False) -> tuple[int, dict[str, str], bytes]:
        self._count += 1
        found = {"access_token": f"{CANARY}access-{self._count}", "token_type": "Bearer"}
        if not keep:
            found["refresh_token"] = f"{CANARY}refresh-{self._count}"
            self._refresh.add(found["refresh_token"])
        life = {} if self.life is None else {"expires_in": self.life}
        return _json(200, {**found, **life})

    def _refuse(
        self, why: str, error: str = "invalid_request", status: int = 400
    ) -> tuple[int, dict[str, str], bytes]:
        self.refused.append(why)
        return _json(status, {"error": error, "error_description": f"{CANARY}words {why}"})


def _json(status: int, data: Any) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(data).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, at: tuple[str, int], owner: AuthorizationServer) -> None:
        self.owner = owner
        super().__init__(at, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._send(*self.server.owner.get(parts.path, dict(parse_qsl(parts.query))))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self._send(*self.server.owner.post(self.path, dict(parse_qsl(body))))

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""
