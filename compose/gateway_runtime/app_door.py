"""Behind the door: what an app may ask, how often and how much, before LiteLLM sees its request."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from .abandoned import App as AsgiApp
from .abandoned import Message, Receive, Scope, Send
from .app_admission import Admission, admission, not_its_model
from .app_answers import OwnModels
from .app_budgets import Budgets
from .app_endpoints import Endpoint, Kind, endpoint_of
from .app_limits import Limits, Over, OwnLimits
from .app_notices import Notices
from .app_request import (
    NOT_THE_APPS_HEADERS,
    Asked,
    UnreadableError,
    asked_in,
    names_in_form,
)
from .app_store import BudgetStore, Hold, StoreDownError
from .apps import DEFAULT, App, Apps, Budget
from .refusals import Refusal, drain, refuse
from .state_file import STATE
from .told_to_apps import OWNERS_HEADERS
from .whole_body import TOO_LARGE, TooLargeError, replayed, sized, whole

log = logging.getLogger("gateway")

# LiteLLM writes its record of an answer right behind it, but in a queue of its own.
_RECORD_WITHIN = 10.0
_LOOK_EVERY = 0.05
_OWNERS = "this is for the gateway's owner: an app may ask models, list them and count tokens"


class RefusedError(Exception):
    """Nothing more is done for this request; takes what a Refusal takes."""

    def __init__(self, *what: Any, **more: Any) -> None:
        super().__init__()
        self.refusal = Refusal(*what, **more)


class AppDoor:
    """An ASGI app around LiteLLM's, for requests whose key is an app's."""

    def __init__(self, inner: AsgiApp, apps: Apps, folder: Path | None = None) -> None:
        self._inner, self._apps = inner, apps
        self._budgets, self._limits = _stores(apps, folder or Path(os.environ.get(STATE, ".")))
        self._notices = Notices()
        self._settling: set[asyncio.Task[None]] = set()

    async def serve(
        self, app: App, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str]
    ) -> None:
        """Pass on or refuse; `headers` have their names in lower case."""
        try:
            await self._serve(app, scope, receive, send, headers)
        except RefusedError as refused:
            await refuse(send, refused.refusal, scope["path"], headers)

    async def _serve(
        self, app: App, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str]
    ) -> None:
        endpoint = endpoint_of(scope["method"], scope["path"])
        if endpoint is None or app.is_over(datetime.now(UTC)):
            await drain(receive)
            raise _no_entry(app)
        entry = Admission(app, self._apps)
        if endpoint.kind in (Kind.LISTED, Kind.ONE):
            await self._list(entry, endpoint, scope, receive, send)
            return
        try:
            raw = await whole(scope, receive)
        except TooLargeError:
            await drain(receive)
            raise RefusedError(413, TOO_LARGE) from None
        if raw is None:  # the client left
            return
        try:
            asked = await _asked(raw, headers, endpoint, app, _query(scope))
        except UnreadableError as error:
            raise RefusedError(400, str(error)) from None
        _require(entry, *asked.names)
        await self._admit(entry, asked, endpoint)
        scope = _renamed(sized(scope, asked.raw, NOT_THE_APPS_HEADERS), endpoint, app)
        await self._pass_on(entry, scope, replayed(asked.raw, receive), send)

    async def _list(
        self, entry: Admission, endpoint: Endpoint, scope: Scope, receive: Receive, send: Send
    ) -> None:
        admission.set(entry)
        if endpoint.kind is Kind.LISTED:
            own = OwnModels(send, entry.may_ask)
            await self._inner(_uncompressed(scope), receive, own.send)
        else:
            _require(entry, endpoint.named)
            await self._inner(scope, receive, send)

    async def _admit(self, entry: Admission, asked: Asked, endpoint: Endpoint) -> None:
        """Counts the request for the app's limits, and holds what it may cost; or raises."""
        app = entry.app
        admitted = await self._limits.admit(app, asked.prompt + asked.answer)
        if isinstance(admitted, Over):
            limit, seconds = f"{admitted.limit}: {app.limits[admitted.limit]}", admitted.seconds
            message = f"the app `{app.name}` is at its limit ({limit}); try again in {seconds} s"
            self._notices.tell_limit(app.name, limit, seconds)
            raise RefusedError(429, message, seconds)
        entry.ticket = admitted
        if app.budget is None or endpoint.kind is Kind.COUNTED:
            return
        try:
            entry.hold = await self._held(app, app.budget, asked)
        except BaseException:
            self._limits.end(app, admitted)
            raise

    async def _held(self, app: App, budget: Budget, asked: Asked) -> Hold:
        try:
            held = await self._budgets.hold(app.name, budget, _cost(app, asked))
        except StoreDownError as error:
            log.error("gateway: budgets cannot be counted: %s", error)  # noqa: TRY400
            message = "the gateway cannot count budgets now: its owner finds the reason in its log"
            raise RefusedError(503, message) from None
        if isinstance(held, Hold):
            return held
        why = "is held by requests that are being answered" if held.is_held else "is used up"
        amount = f"{budget.amount:g} {budget.unit} a {budget.per}"
        when = f"{held.resets:%Y-%m-%dT%H:%M:%SZ}"
        if not held.is_held:
            self._notices.tell_budget(app.name, amount, held.resets)
        message = f"the budget of the app `{app.name}` ({amount}) {why}; it begins anew at {when}"
        raise RefusedError(429, message, held.seconds, is_budget=not held.is_held)

    async def _pass_on(self, entry: Admission, scope: Scope, receive: Receive, send: Send) -> None:
        admission.set(entry)

        is_denied = False

        async def sending(message: Message) -> None:
            nonlocal is_denied
            if message["type"] == "http.response.start":
                entry.has_failed = entry.has_failed or message["status"] >= 400
                is_denied = entry.is_denied and message["status"] == 403
                message = _without(message, OWNERS_HEADERS)
            if not is_denied:
                await send(message)

        try:
            await self._inner(scope, receive, sending)
            if is_denied:  # one answer, whoever found it out
                raise _not_its(entry)
        finally:
            if entry.ticket is not None:
                entry.ticket.tokens *= not entry.is_free
                entry.ticket.counts = not (is_denied and entry.is_free)
                self._limits.end(entry.app, entry.ticket)
            if entry.hold is not None:
                # On its own: this request's task may be at its end, or cancelled.
                task = asyncio.ensure_future(self._settle(entry))
                self._settling.add(task)
                task.add_done_callback(self._settling.discard)

    async def _settle(self, entry: Admission) -> None:
        """Charges what the answer cost; what it may have cost where nobody says."""
        assert entry.hold is not None  # noqa: S101 - the caller asked
        if entry.hold.unit == "requests" and not entry.is_free:
            entry.used = entry.hold.amount
        until = time.monotonic() + _RECORD_WITHIN
        while entry.used is None and not entry.has_failed and time.monotonic() < until:
            await asyncio.sleep(_LOOK_EVERY)
        amount = entry.used
        if amount is None:
            amount = 0.0 if entry.is_free else entry.hold.amount
        with contextlib.suppress(StoreDownError):  # the hold stays, and counts
            await self._budgets.charge(entry.hold, amount)


def _stores(apps: Apps, folder: Path) -> tuple[BudgetStore, Limits]:
    """Where budgets are kept and limits counted: by all replicas together, or on this machine."""
    if apps.redis is None:
        return Budgets(folder), OwnLimits()
    from .app_redis import RedisStore  # noqa: PLC0415 - most gateways need none

    store = RedisStore(os.environ.get(apps.redis.variable, ""), apps.redis.prefix)
    return store, store


def _no_entry(app: App) -> RefusedError:
    if app.is_over(datetime.now(UTC)):
        why = f"the key of the app `{app.name}` expired: its last day was {app.expires}"
        return RefusedError(401, why)
    return RefusedError(403, _OWNERS)


def _require(entry: Admission, *names: object) -> None:
    if not all(map(entry.may_ask, names)):
        raise _not_its(entry)


def _not_its(entry: Admission) -> RefusedError:
    return RefusedError(403, not_its_model(entry.app))


def _cost(app: App, asked: Asked) -> float:
    """In the budget's unit, about."""
    if app.budget is not None and app.budget.unit == "requests":
        return 1.0
    if app.budget is None or app.budget.unit == "tokens":
        return float(asked.prompt + asked.answer)
    prices = app.prices
    return (asked.prompt * prices["input"] + asked.answer * prices["output"]) / 1_000_000


async def _asked(
    raw: bytes, headers: Mapping[str, str], endpoint: Endpoint, app: App, query: tuple[str, ...]
) -> Asked:
    content_type = headers.get("content-type", "")
    if endpoint.kind is not Kind.FORM or "form" not in content_type.lower():
        return asked_in(raw, content_type, endpoint, app, query)
    fields = await _fields(raw, content_type)
    return Asked(raw, names_in_form(fields, endpoint, query), 0, 0)


async def _fields(raw: bytes, content_type: str) -> list[tuple[str, object]]:
    """With the parser that LiteLLM reads it with."""
    from starlette.requests import Request  # noqa: PLC0415 - forms are rare

    async def once() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    headers = [(b"content-type", content_type.encode("latin-1"))]
    try:
        form = await Request({"type": "http", "headers": headers}, once).form()
    except Exception:
        raise UnreadableError("the form cannot be read") from None
    fields: list[tuple[str, object]] = list(form.multi_items())
    await form.close()
    return fields


def _query(scope: Scope) -> tuple[str, ...]:
    """Every model that the query names."""
    text = scope.get("query_string", b"").decode("latin-1")
    return tuple(value for key, value in parse_qsl(text, keep_blank_values=True) if key == "model")


def _renamed(scope: Scope, endpoint: Endpoint, app: App) -> Scope:
    """A path or a query that names `default` names the app's own."""
    if DEFAULT in _query(scope):
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        own = {("model", DEFAULT): ("model", app.default_model)}
        scope = {**scope, "query_string": urlencode([own.get(p, p) for p in pairs]).encode()}
    if endpoint.named != DEFAULT:
        return scope
    path = scope["path"].replace(f"/{DEFAULT}/", f"/{app.default_model}/", 1)
    return {**scope, "path": path, "raw_path": path.encode()}


def _uncompressed(scope: Scope) -> Scope:
    """An answer that is looked into."""
    return _without(scope, (b"accept-encoding",))


def _without(of: Scope, names: Collection[bytes]) -> Scope:
    """A scope or the start of an answer, and some of its headers, named in lower case, not in it."""
    return {**of, "headers": [(k, v) for k, v in of["headers"] if k.lower() not in names]}
