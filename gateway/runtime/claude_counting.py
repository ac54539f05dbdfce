"""`/v1/messages/count_tokens` in front of LiteLLM, which calls no hook there: the name that counts."""

from __future__ import annotations

import json
import logging

from .abandoned import App, Message, Receive, Scope, Send
from .app_admission import admission, not_its_model
from .app_keys import find_caller
from .claude_hook import ClaudeRouter
from .claude_request import MESSAGES
from .model_patterns import refused
from .refusals import Refusal, drain, refuse
from .route_told import told_headers
from .whole_body import TOO_LARGE, TooLargeError, replayed, sized, whole

log = logging.getLogger("gateway")
_PATHS = ("/v1/messages/count_tokens", "/messages/count_tokens")


class RoutedCounts:
    """An ASGI app around LiteLLM's: Claude's names are counted with the model that would answer."""

    def __init__(self, app: App, router: ClaudeRouter | None) -> None:
        self._app, self._router = app, router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything but such a request passes as it is; so does what is no JSON object."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in _PATHS:
            await self._app(scope, receive, send)
            return
        try:
            raw = await whole(scope, receive)
        except TooLargeError:
            await drain(receive)
            await refuse(send, Refusal(413, TOO_LARGE), scope["path"], {})
            return
        if raw is None:  # the client left
            return
        headers: dict[str, str] = {}
        try:
            raw, headers = await self._routed(raw, scope)
        except _NotServedError as error:
            await refuse(send, Refusal(error.status, str(error)), scope["path"], {})
            return
        except Exception as error:  # LiteLLM says what is wrong with it
            log.error("gateway: routing failed with %s", type(error).__name__)  # noqa: TRY400
        more = [(name.encode(), value.encode()) for name, value in headers.items()]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        await self._app(sized(scope, raw), replayed(raw, receive), sending)

    async def _routed(self, raw: bytes, scope: Scope) -> tuple[bytes, dict[str, str]]:
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            return raw, {}
        if not isinstance(body, dict):
            return raw, {}
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        app = find_caller(headers)
        step = None
        if self._router is not None:
            step, _ = await self._router.route(body, MESSAGES, headers, app)
        entry = admission.get()
        if entry is not None and not entry.may_ask(body.get("model")):
            entry.is_denied = True
            raise _NotServedError(403, not_its_model(entry.app))
        routes = self._router.routes if self._router is not None else None
        if routes is not None and routes.patterns:
            why = refused(body.get("model"), routes.names, routes.patterns)
            if why is not None:
                raise _NotServedError(404, why)
        return json.dumps(body).encode(), told_headers(step)


class _NotServedError(Exception):
    """Nobody may have the model that would count, or this app may not."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
