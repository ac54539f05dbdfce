"""A request as LiteLLM is about to serve it in, the same for the model of its route out."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .claude_request import MESSAGES, Facts, facts_of, remove_tags
from .claude_routes import Routes, Step, decide
from .claude_sessions import Sessions
from .claude_tokens import Counts, Encode, Tokens, estimated, sampled

log = logging.getLogger("gateway")
DATA = "claude_routes.json"


class Routed(NamedTuple):
    """The step that decided, None where the name stays LiteLLM's affair; the client's session."""

    step: Step | None
    session: str | None


class ClaudeRouter:
    """One per process: what was rendered, and the sessions that came by.

    `load_encode` gives LiteLLM's own encoding; it is asked for only where a number of tokens decides
    and its estimate does not.
    """

    def __init__(self, routes: Routes, load_encode: Callable[[], Encode]) -> None:
        self.routes = routes
        self._sessions = Sessions()
        self._counts = Counts()
        self._load_encode = load_encode
        self._complained: set[str] = set()

    async def route(
        self,
        body: MutableMapping[str, Any],
        protocol: str,
        headers: Mapping[str, str] | None = None,
        app: str | None = None,
    ) -> Routed:
        """Decides, and changes the body in place: its model, and no subagent tag in it."""
        try:
            return await self._route(body, facts_of(body, protocol, headers, app))
        except Exception as error:  # a bug of ours is no reason to refuse a request
            log.error("gateway: routing failed with %s", type(error).__name__)  # noqa: TRY400
            asked = body.get("model")
            if protocol == MESSAGES and not (isinstance(asked, str) and asked in self.routes.names):
                body["model"] = self.routes.default_model
            return Routed(None, None)

    async def _route(self, body: MutableMapping[str, Any], facts: Facts) -> Routed:
        last = self._sessions.last_turn(facts.session)
        tokens = await self._tokens(facts, self.routes.limits(last))
        step = decide(self.routes, facts, tokens, last, self._complain)
        if facts.tag is not None:
            remove_tags(body)
        # A name of its own stays: the answer repeats the name that was asked for.
        if step is not None and not (step.route == "asked" and facts.model in self.routes.names):
            body["model"] = step.model
        return Routed(step, facts.session)

    def remember(self, session: str, tokens: int) -> None:
        """What an answer says that its request had."""
        self._sessions.remember(session, tokens)

    def _complain(self, step: Step) -> None:
        if step.route not in self._complained:
            self._complained.add(step.route)
            log.warning("gateway: %s %s", step.route, step.reason)

    async def _tokens(self, facts: Facts, limits: Sequence[int]) -> Tokens:
        rough = estimated(facts.texts, facts.images)
        if all(map(rough.is_sure, limits)):
            return rough
        encode = self._load_encode()
        better = sampled(facts.texts, encode, facts.images)
        if all(map(better.is_sure, limits)):
            return better
        return await asyncio.to_thread(self._counts.counted, facts.texts, encode, facts.images)


def load_router(folder: Path, load_encode: Callable[[], Encode]) -> ClaudeRouter | None:
    """What the render wrote beside the runtime; None where it is not there or not readable."""
    try:
        data = json.loads((folder / DATA).read_text("utf-8"))
        return ClaudeRouter(Routes.from_data(data), load_encode)
    except FileNotFoundError:
        return None
    except Exception as error:  # names are then served as LiteLLM does
        log.error("gateway: no routes: %s is not readable: %s", DATA, type(error).__name__)  # noqa: TRY400
        return None
