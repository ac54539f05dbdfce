"""LiteLLM's HTTP client for OpenAI-compatible upstreams, with our eyes on each call."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import cast

import aiohttp
import httpx

from .call import Call, current_call
from .reachability import Reachability, origin_of

_CHECKED_PATHS = ("/chat/completions", "/completions", "/embeddings", "/responses")
_EVENT_STREAM = re.compile(rb"\s*(data|event|id|retry)?:|\s*$")
_JSON = re.compile(rb"\s*[{\[]")
# A kept-alive connection can die just as it is used again. Failing that fast without a byte, the
# request was not worked on: it may be sent once more.
_STALE_WITHIN = 0.1


class _NoAnswer(Exception):
    """The upstream accepted the connection, but what came is no answer; says why."""


class _Closed(_NoAnswer):
    """Nothing came at all."""


class _Body(httpx.AsyncByteStream):
    """A response body whose first chunk was read already, bounded by the call's deadline."""

    def __init__(
        self, first: bytes, rest: AsyncIterator[bytes], source: httpx.AsyncByteStream, call: Call
    ) -> None:
        self._first, self._rest, self._source, self._call = first, rest, source, call

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._first:
            yield self._first
        while True:
            try:
                async with asyncio.timeout(self._call.deadline - time.monotonic()):
                    chunk = await anext(self._rest)
            except StopAsyncIteration:
                return
            except TimeoutError:
                message = f"{self._call.origin} did not finish within {self._call.total:g} s"
                raise httpx.ReadTimeout(message) from None
            yield chunk

    async def aclose(self) -> None:
        await self._source.aclose()


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


def _what_is_wrong(
    request: httpx.Request, response: httpx.Response, call: Call, first: bytes
) -> str | None:
    """Why a successful answer cannot be one: a login page, a captive portal, an empty body."""
    if response.status_code != 200 or not request.url.path.endswith(_CHECKED_PATHS):
        return None
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    if not first:
        return "answered with an empty body"
    kind = "an event stream" if call.is_stream else "JSON"
    expected = _EVENT_STREAM if call.is_stream else _JSON
    if not expected.match(first.removeprefix(b"\xef\xbb\xbf")):
        return f"did not answer with {kind}"
    is_whole = response.headers.get("content-length") == str(len(first))
    if request.url.path.endswith("/embeddings") and is_whole and b'"data"' not in first:
        return "answered without embeddings"
    return None


class WatchingTransport(httpx.AsyncBaseTransport):
    """Wraps a transport: learns reachability, bounds the first byte, refuses what is no answer."""

    def __init__(self, inner: httpx.AsyncBaseTransport, reachability: Reachability) -> None:
        self._inner = inner
        self._reachability = reachability

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `httpx.ConnectError` when nobody accepted (LiteLLM never cools for it) and
        `httpx.ReadTimeout` when the answer is late; what is no answer becomes a 502 (both cool).
        """
        call = current_call.get()
        if call is None or call.origin != origin_of(str(request.url)):
            return await self._inner.handle_async_request(request)
        try:
            return await self._answer_with_one_more_try(request, call)
        except httpx.ReadTimeout:
            self._suspect(call)
            raise
        except _NoAnswer as problem:
            self._suspect(call)
            message = f"{call.origin} {problem}"
            body = {"error": {"message": message, "type": "upstream_error", "code": 502}}
            return httpx.Response(502, json=body, request=request)

    async def _answer_with_one_more_try(self, request: httpx.Request, call: Call) -> httpx.Response:
        started = time.monotonic()
        budget = call.deadline - started
        if call.first_token is not None:
            budget = min(budget, call.first_token)
        try:
            async with asyncio.timeout(budget):
                try:
                    return await self._answer(request, call)
                except _Closed:
                    if time.monotonic() - started > _STALE_WITHIN:
                        raise
                    return await self._answer(request, call)
        except TimeoutError:
            message = f"{call.origin} sent no answer within {budget:.3g} s"
            raise httpx.ReadTimeout(message) from None

    async def _answer(self, request: httpx.Request, call: Call) -> httpx.Response:
        try:
            response = await self._inner.handle_async_request(request)
            self._reachability.mark_up(call.origin)
            return await self._checked(request, response, call)
        except httpx.TimeoutException as error:
            if not _is_refusal(error):
                raise
        except httpx.TransportError as error:
            if not _is_refusal(error):
                raise _Closed("closed the connection without an answer") from None
        self._reachability.mark_down(call.origin, call.connect, call.probe_every)
        raise httpx.ConnectError(f"{call.origin} does not accept connections")

    async def _checked(
        self, request: httpx.Request, response: httpx.Response, call: Call
    ) -> httpx.Response:
        source = cast("httpx.AsyncByteStream", response.stream)
        rest = aiter(source)
        try:
            first = await anext(rest, b"")
        except BaseException:
            await source.aclose()
            raise
        wrong = _what_is_wrong(request, response, call, first)
        if wrong is not None:
            await source.aclose()
            raise _NoAnswer(wrong)
        status = response.status_code
        if status == 402 and call.has_alternative:
            # An empty account is a reason to try the next key. LiteLLM gives up on a 402, but
            # cools a 429 and goes on; the upstream's own words stay.
            status = 429
        return httpx.Response(
            status_code=status,
            headers=response.headers,
            stream=_Body(first, rest, source, call),
            extensions=response.extensions,
            request=request,
        )

    def _suspect(self, call: Call) -> None:
        """A host that was switched off shows in calls under way first: they go quiet."""
        self._reachability.suspect(call.origin, call.connect, call.probe_every)

    async def aclose(self) -> None:
        await self._inner.aclose()


def watched_client(client: httpx.AsyncClient, reachability: Reachability) -> httpx.AsyncClient:
    """The same client with every transport it has wrapped; its TLS and proxy settings stay."""
    # httpx offers no way to wrap the transport of a client that somebody else configured.
    client._transport = WatchingTransport(client._transport, reachability)
    client._mounts = {
        pattern: transport and WatchingTransport(transport, reachability)
        for pattern, transport in client._mounts.items()
    }
    return client
