"""LiteLLM's HTTP clients, with our eyes on each call."""

from __future__ import annotations

import asyncio
import logging
import math
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import aiohttp
import httpx

from . import key_choice
from .blanking import blanked_error, without_keys
from .call import Call, current_call
from .cooling import leave_alone
from .judging import what_is_wrong
from .model_modes import is_asked_amiss
from .oauth_doubts import doubt_where_refused
from .reachability import Reachability, origin_of
from .redirects import SENTENCE, leads_elsewhere
from .refused_keys import saying_whose_key
from .retry_after import remember_retry_after
from .rotated_key import Key
from .stop_sequences import current_stop
from .told_to_apps import place_of

# A kept-alive connection can die just as it is used again. Failing that fast without a byte, the
# request was not worked on: it may be sent once more.
_STALE_WITHIN = 0.1
# How long, in seconds, an upstream that was seen up is believed to be so without looking.
FRESH = 1.0
# The same beside a request that is under way, where a look delays nobody.
_JUST_NOW = 0.1
# Beside a response: the status that the upstream answered, where LiteLLM is to see another one.
_ANSWERED = "gateway_answered"


log = logging.getLogger("gateway")


class _NoAnswer(Exception):
    """The upstream accepted the connection, but what came is no answer; says why."""


class _Broken(_NoAnswer):
    """The connection broke before an answer began: one that was kept alive may have been dead."""


class _Body(httpx.AsyncByteStream):
    """A response body whose first chunk was read already, bounded by the call's deadline."""

    def __init__(
        self, first: bytes, rest: AsyncIterator[bytes], source: httpx.AsyncByteStream, call: Call
    ) -> None:
        self._first, self._rest, self._source, self._call = first, rest, source, call
        self._stop = current_stop()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._first:
            self._stop.look_at(self._first)
            yield blanked_error(self._first)
        while True:
            call = self._call
            left = call.deadline - time.monotonic()
            gap = call.between_chunks
            try:
                async with asyncio.timeout(left if gap is None else min(left, gap)):
                    chunk = await anext(self._rest)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if gap is None or left <= gap:
                    message = f"{_place(call)} did not finish within {call.total:g} s"
                    raise httpx.ReadTimeout(message) from None
                message = f"{_place(call)} was silent for {gap:g} s in the middle of its answer"
                log.warning("gateway: %s: %s", _who(call), message)
                leave_alone(call, 408)
                raise httpx.ReadTimeout(message) from None
            self._stop.look_at(chunk)
            yield blanked_error(chunk)

    async def aclose(self) -> None:
        await self._source.aclose()


def _remember_key(key: Key, call: Call, response: httpx.Response) -> None:
    """The answer of an upstream with several keys; its body is there where it is an error."""
    if response.status_code < 400:
        key_choice.answered(key, call.began)
    else:
        response.status_code = key_choice.failed(
            key, response.status_code, response.headers, response.content
        )


async def _noted(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    """An answer from LiteLLM's own address of a provider, of which nothing is known but the key."""
    shown = key_choice.shown()
    if shown is None:
        return response
    if response.status_code < 400:
        key_choice.answered(shown.key, shown.since)
        return response
    error = await without_keys(response, request)
    remember_retry_after(error.status_code, error.headers)
    error.status_code = key_choice.failed(
        shown.key, error.status_code, error.headers, error.content
    )
    return error


def _who(call: Call) -> str:
    """For the log."""
    return f"{call.model} at {call.origin}"


def _place(call: Call) -> str:
    """For an error, which the client reads."""
    return place_of(call.deployment, call.origin)


def _bad_gateway(request: httpx.Request, message: str) -> httpx.Response:
    body = {"error": {"message": message, "type": "upstream_error", "code": 502}}
    return httpx.Response(502, json=body, request=request)


def _refused(call: Call) -> httpx.ConnectError:
    return httpx.ConnectError(f"{_place(call)} does not accept connections")


def _is_refusal(error: httpx.TransportError) -> bool:
    """Whether no connection came about. aiohttp's resets are also mapped to `ConnectError`."""
    if isinstance(error, httpx.ConnectTimeout):
        return True
    if not isinstance(error, httpx.ConnectError):
        return False
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientError):
        return isinstance(cause, aiohttp.ClientConnectorError)
    return not isinstance(cause, asyncio.CancelledError)


def _tls_problem(error: httpx.TransportError) -> str | None:
    """What kept a connection from becoming a safe one; asking once more would not help."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(
            cause, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError
        ):
            return "has a certificate that is not trusted"
        if isinstance(cause, aiohttp.ClientSSLError):
            return "did not agree on a TLS connection"
        cause = cause.__cause__ or cause.__context__
    return None


class WatchingTransport(httpx.AsyncBaseTransport):
    """Wraps a transport: learns reachability, bounds the first byte, refuses what is no answer."""

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        reachability: Reachability,
        *,
        judges_answers: bool = True,
    ) -> None:
        """`judges_answers`: the upstream speaks OpenAI's API, so what cannot be one is known."""
        self._inner = inner
        self._reachability = reachability
        self._judges_answers = judges_answers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `httpx.ConnectError` when nobody accepted (LiteLLM never cools for it) and
        `httpx.ReadTimeout` when the answer is late; what is no answer becomes a 502 (both cool).
        """
        call = current_call.get()
        if call is None or call.origin != origin_of(str(request.url)):
            response = await self._inner.handle_async_request(request)
            if not leads_elsewhere(request, response):
                return await _noted(request, response)
            await response.aclose()
            return _bad_gateway(request, f"{request.url.host} {SENTENCE}")
        try:
            response, call = await self._answer_after_a_wait(request, call)
        except httpx.ReadTimeout as late:
            log.warning("gateway: %s: %s", _who(call), late)
            leave_alone(call, 408)
            self._suspect(call)
            raise
        except _NoAnswer as problem:
            log.warning("gateway: %s: %s", _who(call), problem)
            leave_alone(call, 502)
            self._suspect(call)
            return _bad_gateway(request, f"{_place(call)} {problem}")
        remember_retry_after(response.status_code, response.headers)
        if call.key is not None:
            _remember_key(call.key, call, response)
        if response.status_code >= 400:
            answered: int = response.extensions[_ANSWERED]
            log.warning("gateway: %s: answered %d", _who(call), answered)
            if call.key is None:
                leave_alone(call, response.status_code)
            doubt_where_refused(answered)
        return response

    async def _answer_after_a_wait(
        self, request: httpx.Request, call: Call
    ) -> tuple[httpx.Response, Call]:
        """Asks again with the same key where it is soon of use again, and nobody else is."""
        response = await self._answer_with_one_more_try(request, call)
        words = await response.aread() if response.status_code >= 400 else b""
        seconds = key_choice.seconds_until_again(
            call, response.status_code, response.headers, words
        )
        if not seconds:
            return response, call
        log.info("gateway: %s: asked again in %.1f s, with the same key", _who(call), seconds)
        if call.key is not None:
            _remember_key(call.key, call, response)  # others wait, too
        await asyncio.sleep(seconds)
        again = replace(call, began=time.monotonic())
        return await self._answer_with_one_more_try(request, again), again

    async def _answer_with_one_more_try(self, request: httpx.Request, call: Call) -> httpx.Response:
        started = time.monotonic()
        budget = call.deadline - started
        if call.first_token is not None:
            budget = min(budget, call.first_token)
        try:
            async with asyncio.timeout(budget):
                try:
                    return await self._answer(request, call)
                except _Broken:
                    if time.monotonic() - started > _STALE_WITHIN:
                        raise
                    return await self._answer(request, call)
        except TimeoutError:
            message = f"{_place(call)} sent no answer within {budget:.3g} s"
            raise httpx.ReadTimeout(message) from None

    async def _answer(self, request: httpx.Request, call: Call) -> httpx.Response:
        if self._reachability.is_down(call.origin):
            # LiteLLM's own handler asks a second time over a new connection.
            raise _refused(call)
        limits = {"connect": call.connect, "pool": call.connect}
        limits |= {"read": call.total, "write": call.total}
        request.extensions = {**request.extensions, "timeout": limits}
        try:
            response = await self._while_it_accepts_connections(request, call)
            self._reachability.mark_up(call.origin)
            return await self._checked(request, response, call)
        except httpx.TimeoutException as error:
            if not _is_refusal(error):
                raise
            if call.connect < self._reachability.patience(call.origin):
                self._suspect(call)  # too slow for this model, maybe not for the others there
                raise _refused(call) from None
        except httpx.TransportError as error:
            problem = _tls_problem(error)
            if problem is not None:
                raise _NoAnswer(problem) from None
            if not _is_refusal(error):
                raise _Broken("closed the connection without an answer") from None
        self._reachability.mark_down(call.origin, call.connect, call.probe_every)
        raise _refused(call)

    async def _while_it_accepts_connections(
        self, request: httpx.Request, call: Call
    ) -> httpx.Response:
        """The answer's head. A request may go out over a connection from before the host was
        switched off, and nothing would ever come back: whether it accepts a new one is looked at
        beside it, at once or, where it was seen up just now, after the connect budget.
        """
        watch = self._reachability
        if not watch.was_up_within(call.origin, math.inf):
            return await self._inner.handle_async_request(request)  # there is no old connection
        asking = asyncio.ensure_future(self._inner.handle_async_request(request))
        try:
            patience = call.connect if watch.was_up_within(call.origin, _JUST_NOW) else 0.0
            done, _ = await asyncio.wait({asking}, timeout=patience)
            if not done:
                looking = asyncio.ensure_future(
                    watch.look(call.origin, call.connect, call.probe_every, with_tls=False)
                )
                try:
                    await asyncio.wait({asking, looking}, return_when=asyncio.FIRST_COMPLETED)
                    if not asking.done() and not looking.result():
                        raise httpx.ConnectError("it went away")
                finally:
                    looking.cancel()
            return await asking
        finally:
            asking.cancel()

    async def _checked(
        self, request: httpx.Request, response: httpx.Response, call: Call
    ) -> httpx.Response:
        source = cast("httpx.AsyncByteStream", response.stream)
        if leads_elsewhere(request, response):
            await source.aclose()
            raise _NoAnswer(SENTENCE)
        rest = aiter(source)
        try:
            first = await anext(rest, b"")
        except BaseException:
            await source.aclose()
            raise
        wrong = what_is_wrong(request, response, first, is_stream=call.is_stream)
        if wrong is not None and self._judges_answers:
            await source.aclose()
            raise _NoAnswer(wrong)
        status = response.status_code
        if status == 402 and call.has_alternative:
            # An empty account is a reason to try the next key. LiteLLM gives up on a 402, but
            # cools a 429 and goes on; the upstream's own words stay.
            status = 429
        elif status == 422:
            # LiteLLM takes any 422 for a parameter that it can drop, asks again without one and
            # ends with `200 null`.
            status = 400
        elif is_asked_amiss(call.mode, request.url.path, status):
            status = 400  # which neither LiteLLM nor we remember against anybody
        answer = httpx.Response(
            status_code=status,
            headers=response.headers,
            stream=_Body(first, rest, source, call),
            extensions={**response.extensions, _ANSWERED: response.status_code},
            request=request,
        )
        if status < 400:
            return answer
        error = await without_keys(answer, request)
        is_refusal = status == 401
        return saying_whose_key(error, call.deployment, call.key_variable) if is_refusal else error

    def _suspect(self, call: Call) -> None:
        """A host that was switched off shows in calls under way first: they go quiet."""
        self._reachability.suspect(call.origin, call.connect, call.probe_every)

    async def aclose(self) -> None:
        await self._inner.aclose()


def watched_client(
    client: httpx.AsyncClient, reachability: Reachability, *, judges_answers: bool = True
) -> httpx.AsyncClient:
    """The same client with every transport it has wrapped; its TLS and proxy settings stay."""

    def wrapped(inner: httpx.AsyncBaseTransport) -> WatchingTransport:
        return WatchingTransport(inner, reachability, judges_answers=judges_answers)

    # httpx offers no way to wrap the transport of a client that somebody else configured.
    client._transport = wrapped(client._transport)
    client._mounts = {
        pattern: transport and wrapped(transport) for pattern, transport in client._mounts.items()
    }
    return client


def watch_other_providers(reachability: Reachability) -> None:
    """Has every HTTP client that LiteLLM makes for the other provider prefixes watched, too.

    They have one timeout for connecting and answering, and LiteLLM has no setting to hand one in.
    """
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler  # noqa: PLC0415

    create = AsyncHTTPHandler.create_client

    def create_client(self: Any, *args: Any, **kwargs: Any) -> httpx.AsyncClient:
        client = create(self, *args, **kwargs)
        return watched_client(client, reachability, judges_answers=False)

    AsyncHTTPHandler.create_client = create_client
