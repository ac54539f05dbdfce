"""Asks a running proxy over HTTP: is it ready, and which models does it list?"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from gateway.constants import MASTER_KEY
from gateway.engine.stack import Engine, Stack
from gateway.model import GatewayError

_SLOWEST_START = 180.0
_POLL = 0.25
_LINES = 30


def is_ready(url: str) -> bool:
    """Whether the proxy at `url` answers its readiness check."""
    return fetch(url, "/health/readiness", None)[0] == 200


def listed_models(url: str, key: str | None) -> frozenset[str] | None:
    """The names that the proxy lists with that key; None where it does not say."""
    status, body = fetch(url, "/v1/models", key)
    try:
        return _names(body) if status == 200 else None
    except GatewayError:
        return None


def wait_until_ready(engine: Engine, stack: Stack, on_wait: Callable[[], None]) -> None:
    """Returns when readiness and the model list agree with the blueprint.

    Raises GatewayError, with the proxy's own last lines, where the stack ends or is not ready in time.
    """
    until = time.monotonic() + _SLOWEST_START
    while time.monotonic() < until:
        if is_ready(stack.url):
            listed = listed_models(stack.url, stack.values.get(MASTER_KEY))
            if listed is not None and stack.names <= listed:
                return
            if listed is not None:
                missing = ", ".join(sorted(stack.names - listed))
                raise _not_up(engine, stack, f"the proxy runs but does not list {missing}")
        elif engine.state().has_failed:
            raise _not_up(engine, stack, "the proxy did not start")
        on_wait()
        time.sleep(_POLL)
    raise _not_up(engine, stack, f"the proxy was not ready within {_SLOWEST_START:g}s")


def require_key(
    engine: Engine, url: str, key: str, key_name: str, on_wait: Callable[[], None]
) -> frozenset[str]:
    """The names that the running proxy at `url` lists; waits while it is still starting.

    Raises GatewayError where it does not take the key, or does not answer in time.
    """
    until = time.monotonic() + _SLOWEST_START
    while True:
        status, body = fetch(url, "/v1/models", key)
        if status == 200:
            return _names(body)
        if status in (401, 403):
            raise GatewayError(
                f"the gateway at {url} does not take the {key_name} of .env: it was started with another",
                "run `gateway up`, which starts it with what .env says now, or put the old one back",
            )
        if time.monotonic() > until or not engine.state().is_running:
            sentence = f"the gateway at {url} runs but does not answer"
            raise GatewayError(sentence, "see `gateway logs`, or run `gateway restart`")
        on_wait()
        time.sleep(_POLL)


def _names(body: bytes) -> frozenset[str]:
    """Raises GatewayError."""
    try:
        return frozenset(str(model["id"]) for model in json.loads(body)["data"])
    except (ValueError, KeyError, TypeError):
        raise GatewayError("what answers there is no gateway") from None


def _not_up(engine: Engine, stack: Stack, sentence: str) -> GatewayError:
    lines = stack.hidden(engine.last_lines(_LINES)).splitlines()
    said = "\n".join(f"    {line}" for line in lines)
    return GatewayError(f"{sentence}; its last lines:\n{said or '    (none)'}")


def fetch(url: str, path: str, key: str | None) -> tuple[int, bytes]:
    """Status and body; status 0 where nothing answers. No proxy of the environment is used."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {key}"} if key else {})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException, UnicodeEncodeError):
        return 0, b""
    finally:
        connection.close()
