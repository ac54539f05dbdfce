"""An error of a chain in which nobody accepts connections goes in, one 503 that says so comes out.

LiteLLM 1.106.2 answers 500 the first time and then, as it leaves the upstreams alone, a 429 without a
deployment: clients show a used-up quota and ask again for minutes.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from .abandoned import App, Message, Receive, Scope, Send
from .call import PROBE_EVERY
from .deployments import rendered_in, router, stand_ins
from .reachability import Origin, Reachability, origin_of
from .told_to_apps import is_for_an_app, provider_of

log = logging.getLogger("gateway")

# What LiteLLM makes of it. A 4xx of another kind is about the request, whoever is there.
_STATUSES = (429, 500, 503)
_OTHERS = (b"content-length", b"content-type", b"retry-after")


@dataclass(frozen=True, slots=True)
class Nobody:
    """`retry_after` in seconds: when it is looked again."""

    sentence: str
    retry_after: int


# One per request, shared by the tasks that LiteLLM makes of it: whom to ask, once that is known.
_asked: ContextVar[list[Callable[[], Nobody | None]] | None] = ContextVar(
    "gateway_nobody", default=None
)


def remember_chain(body: Any, reachability: Reachability, behind: Sequence[str] = ()) -> None:
    """After the request was routed; `behind` are models that stand behind it besides those of LiteLLM's
    lists. Who brings `fallbacks` of their own hears LiteLLM's words."""
    asked = _asked.get()
    if asked is not None and isinstance(body, Mapping) and not body.get("fallbacks"):
        model = body.get("model")
        asked[:] = [lambda: nobody_of(str(model), router(), reachability, behind)]


def nobody_of(
    model: str, router: Any, reachability: Reachability, more: Sequence[str] = ()
) -> Nobody | None:
    """None where one of the chain accepts connections, or may do so for all that is known."""
    down: dict[Origin, str] = {}
    waits: list[float] = []
    for deployment in _chain(model, router, more):
        origin = origin_of(deployment["litellm_params"].get("api_base"))
        if origin is None or not reachability.is_down(origin):
            return None
        info = deployment["model_info"]
        down[origin] = provider_of(info.get("id"))
        waits.append(rendered_in(info).get("probe_every", PROBE_EVERY))
    if not down:
        return None
    told = [f"{provider} ({origin})" for origin, provider in down.items()]
    *others, last = dict.fromkeys(down.values()) if is_for_an_app() else told
    who = f"{', '.join(others)} and {last} do" if others else f"{last} does"
    sentence = f"nobody of the chain of {model} answers: {who} not accept connections"
    return Nobody(sentence, max(1, math.ceil(min(waits))))


async def saying_that_nobody_answers(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Run an ASGI app on one request."""
    asked: list[Callable[[], Nobody | None]] = []
    _asked.set(asked)
    is_told = False

    async def sending(message: Message) -> None:
        nonlocal is_told
        if is_told:
            return
        if message["type"] == "http.response.start" and message["status"] in _STATUSES:
            nobody = _found(asked)
            if nobody is not None:
                is_told = True
                await _tell(nobody, message, send)
                return
        await send(message)

    await app(scope, receive, sending)


def _found(asked: list[Callable[[], Nobody | None]]) -> Nobody | None:
    try:
        return asked[0]() if asked else None
    except Exception as error:  # it goes on as LiteLLM wrote it
        log.warning("gateway: an error is not mended: %s", type(error).__name__)
        return None


async def _tell(nobody: Nobody, start: Message, send: Send) -> None:
    error = {
        "message": nobody.sentence,
        "type": "service_unavailable",
        "param": None,
        "code": "503",
    }
    body = json.dumps({"error": error}).encode()
    kept = [each for each in start["headers"] if each[0].lower() not in _OTHERS]
    more = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", str(nobody.retry_after).encode()),
    ]
    await send({**start, "status": 503, "headers": [*kept, *more]})
    await send({"type": "http.response.body", "body": body})


def _chain(model: str, router: Any, more: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """The deployments of a model, and of those that stand behind it: the rendered lists are whole."""
    for name in (model, *stand_ins(router, model), *more):
        yield from router.get_model_list(model_name=name) or ()
