"""In front of LiteLLM's app: nobody without a key gets further, and hears so in their protocol."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

from . import key_states
from .abandoned import App, Receive, Scope, Send, run_while_wanted
from .anthropic_answers import in_anthropics_words
from .app_admission import admission
from .app_door import AppDoor
from .app_keys import MASTER, REFUSAL, find_caller, known_apps, presented_keys
from .closed_paths import WEBSOCKET, is_closed
from .listed_models import known_alone
from .nobody_answers import saying_that_nobody_answers
from .refusals import Refusal, drain, refuse
from .retry_after import passing_on_retry_after
from .signs_of_life import with_signs_of_life

# What a health check may ask without a key; it tells nothing but that the gateway is there.
_OPEN_PATHS = ("/health/liveliness", "/health/liveness", "/health/readiness")
VIRTUAL_KEYS = "GATEWAY_VIRTUAL_KEYS"
"""The variable that says whether there are keys which only LiteLLM knows."""
_NOT_HERE = "this gateway leads to the models of its project only"


class Door:
    """An ASGI app around LiteLLM's.

    LiteLLM reads and parses a body before it asks for the key (so broken JSON without a key is a
    400), logs each refusal as an error and has one shape for them. Where the door is missing,
    `app_keys.authenticate` still refuses.
    """

    def __init__(self, app: App, listed: Collection[str] | None = None) -> None:
        """`listed`: the names that lists of models keep, where LiteLLM's own have others."""
        self._app, self._listed = app, listed
        self._apps = AppDoor(self._served, known_apps())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or refuse; lifespan events always pass, websockets as far as `authenticate`."""
        # What is pipelined behind a request of an app's is begun in that request's context.
        admission.set(None)
        if scope["type"] == "websocket" and is_closed(scope["path"], WEBSOCKET):
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http" or _is_open(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD" and scope["path"] == "/":
            # Claude Code warms a connection with it; LiteLLM's answer would be a 405.
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        caller = find_caller(headers)
        if caller is None and not _is_litellms_affair(headers):
            await drain(receive)
            await refuse(send, Refusal(401, REFUSAL), scope["path"], headers)
            return
        app = known_apps().named(caller) if caller else None
        if app is not None:
            await self._apps.serve(app, scope, receive, send, headers)
        elif caller == MASTER and (scope["method"], scope["path"]) == ("GET", key_states.PATH):
            await key_states.tell_states(send, headers)
        elif is_closed(scope["path"], scope["method"]):
            await drain(receive)
            await refuse(send, Refusal(404, _NOT_HERE), scope["path"], headers)
        else:  # the master key's, or a virtual one
            await self._served(scope, receive, send)

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = _without_compression(scope)
        if self._listed is not None:
            send = known_alone(self._listed, scope, send)
        await with_signs_of_life(self._mended, scope, receive, send)

    async def _mended(self, scope: Scope, receive: Receive, send: Send) -> None:
        await in_anthropics_words(self._with_nobody, scope, receive, send)

    async def _with_nobody(self, scope: Scope, receive: Receive, send: Send) -> None:
        await saying_that_nobody_answers(self._with_retry_after, scope, receive, send)

    async def _with_retry_after(self, scope: Scope, receive: Receive, send: Send) -> None:
        await passing_on_retry_after(self._while_wanted, scope, receive, send)

    async def _while_wanted(self, scope: Scope, receive: Receive, send: Send) -> None:
        await run_while_wanted(self._app, scope, receive, send)


def _without_compression(scope: Scope) -> Scope:
    """LiteLLM packs what is long for a client that unpacks it; here answers are read, and mended."""
    kept = [each for each in scope["headers"] if each[0].lower() != b"accept-encoding"]
    return {**scope, "headers": kept}


def _is_litellms_affair(headers: Mapping[str, str]) -> bool:
    """With a database LiteLLM has virtual keys of its own, and says itself whose one is."""
    return os.environ.get(VIRTUAL_KEYS) == "1" and bool(presented_keys(headers))


def _is_open(method: str, path: str) -> bool:
    # A preflight request carries no key by design.
    return method == "OPTIONS" or path in _OPEN_PATHS
