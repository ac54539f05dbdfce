"""A blueprint and a saved request in, what the stack would do with it and why out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.bundled_tokenizer import bundled_encode
from gateway.model import Blueprint, GatewayError
from gateway.resolve.patterns import with_name
from gateway.routes_file import routes_data
from gateway.runtime.claude_request import CHAT, MESSAGES, Facts, facts_of
from gateway.runtime.claude_routes import Routes, Step, consider
from gateway.runtime.claude_tokens import Tokens, counted, estimated


@dataclass(frozen=True, slots=True)
class SavedRequest:
    """A request's JSON body, and what was saved beside it."""

    body: Any
    protocol: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Explained:
    """`steps` are all of them, in order; `decision` is the first that applies."""

    facts: Facts
    tokens: Tokens
    steps: tuple[Step, ...]
    decision: Step | None


def read_request(
    text: str, protocol: str | None = None, headers: Mapping[str, str] | None = None
) -> SavedRequest:
    """A body alone, or one saved as `{"path": …, "headers": …, "body": …}`.

    What is passed in wins over what was saved. Raises GatewayError where the text is no JSON object.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise GatewayError("the request is not a JSON object", "save the body of a request")
    saved: Mapping[str, Any] = {}
    if isinstance(data.get("body"), dict) and "messages" not in data:
        saved, data = data, data["body"]
    beside = saved.get("headers")
    kept = dict(beside) if isinstance(beside, dict) else {}
    is_chat = "/chat/completions" in str(saved.get("path", ""))
    return SavedRequest(
        data, protocol or (CHAT if is_chat else MESSAGES), {**kept, **(headers or {})}
    )


def explain_request(blueprint: Blueprint, request: SavedRequest) -> Explained:
    """As the stack decides, but for what it remembers of the session."""
    routes = Routes.from_data(routes_data(blueprint))
    facts = facts_of(request.body, request.protocol, request.headers)
    tokens = _tokens(facts, routes)
    steps = tuple(consider(routes, facts, tokens))
    return Explained(
        facts, tokens, steps, next((step for step in steps if step.model is not None), None)
    )


def explain_name(blueprint: Blueprint, name: str) -> Explained | None:
    """Who answers the smallest message for a name of Claude's; None where it is none, or a model's own."""
    if not name or with_name(blueprint, name).find(name) is not None:
        return None
    body = {"model": name, "messages": [{"role": "user", "content": "x"}]}
    # In chat a name that is not Claude's is left alone: so it is told from others.
    if explain_request(blueprint, SavedRequest(body, CHAT, {})).decision is None:
        return None
    return explain_request(blueprint, SavedRequest(body, MESSAGES, {}))


def _tokens(facts: Facts, routes: Routes) -> Tokens:
    rough = estimated(facts.texts, facts.images)
    if all(map(rough.is_sure, routes.limits())):
        return rough
    encode = bundled_encode()
    return rough if encode is None else counted(facts.texts, encode, facts.images)
