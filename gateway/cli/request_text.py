"""An explained request in, text or JSON about it out; nothing of a prompt is in either."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gateway.cli.chain_text import model_text
from gateway.explaining import Explained, explain_name, explain_request, read_request
from gateway.model import Blueprint, GatewayError
from gateway.resolve.patterns import with_name
from gateway.runtime.claude_request import Facts
from gateway.runtime.claude_routes import shown

# In JSON they are keys; beside each other two of them would be one word twice.
_SAID = {"image": "shows image", "images": "all images"}


def request_text(
    blueprint: Blueprint, file: str, headers: Sequence[str], protocol: str | None, *, as_json: bool
) -> str:
    """`file` is a path, or `-` for the standard input. Raises GatewayError."""
    named = dict(map(_header, headers))
    request = read_request(_read(file), protocol, named)
    explained = explain_request(blueprint, request)
    if as_json:
        return json.dumps(_data(blueprint, explained), indent=2) + "\n"
    name = "standard input" if file == "-" else file
    lines = [f"{name}: {_title(explained.facts)}", *_fact_lines(explained)]
    return "".join(f"{line}\n" for line in lines) + _answer_text(blueprint, explained)


def claude_name_text(blueprint: Blueprint, name: str) -> str | None:
    """Who answers to a name of Claude's that no model has; None for other names."""
    explained = explain_name(blueprint, name)
    if explained is None:
        return None
    title = f"`{shown(name)}` is no model's own name: the routes decide, here for a short message\n"
    return title + _answer_text(blueprint, explained)


def _answer_text(blueprint: Blueprint, explained: Explained) -> str:
    """The routes, in order, and the chain of the model that answers."""
    lines = ["routes, in order:", *_step_lines(explained)]
    if explained.decision is None:
        return "\n".join((*lines, "left as it is: LiteLLM answers 400", ""))
    lines.append(f"answered by {explained.decision.model}: {explained.decision.route}")
    return "\n".join(lines) + "\n" + model_text(blueprint, explained.decision.model or "")


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except OSError as error:
        raise GatewayError(f"{file} cannot be read ({(error.strerror or '').lower()})") from None
    except UnicodeDecodeError:
        raise GatewayError(f"{file} is not UTF-8 text") from None


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise GatewayError("a --header is `NAME: VALUE`", "put a colon behind its name")
    return name.strip(), value.strip()


def _title(facts: Facts) -> str:
    path = "/v1/messages" if facts.protocol == "messages" else "/v1/chat/completions"
    asked = f"`{shown(facts.model)}`" if facts.model else "no model"
    return f"asks for {asked} on {path}"


def _fact_lines(explained: Explained) -> Iterator[str]:
    for name, value in _facts(explained).items():
        if value is None or isinstance(value, bool):
            value = "yes" if value else "no"  # noqa: PLW2901 - the same fact, as a word
        name = _SAID.get(name, name)  # noqa: PLW2901
        yield f"  {name.replace('_', ' '):<12}  {value}"


def _facts(explained: Explained) -> dict[str, Any]:
    facts, tokens = explained.facts, explained.tokens
    return {
        "tokens": f"{'' if tokens.is_exact else 'about '}{tokens.about}",
        "tools": len(facts.tools),
        "web_search": facts.searches,
        "thinking": facts.thinks,
        "image": facts.has_image,
        "images": facts.images,
        "subagent": facts.is_subagent,
        "tag": None if facts.tag is None else shown(facts.tag),
        "session": facts.session is not None,
    }


def _step_lines(explained: Explained) -> Iterator[str]:
    width = max(len(step.route) for step in explained.steps)
    is_decided = False
    for step in explained.steps:
        mark, reason = " ", step.reason
        if step.model is not None:
            mark = "-" if is_decided else ">"
            reason = f"{step.model}: {reason}" + (" (decided before)" if is_decided else "")
            is_decided = True
        yield f"  {mark} {step.route:<{width}}  {reason}"


def _data(blueprint: Blueprint, explained: Explained) -> dict[str, Any]:
    facts, tokens, decision = explained.facts, explained.tokens, explained.decision
    if decision is not None:
        blueprint = with_name(blueprint, decision.model or "")
    model = None if decision is None else blueprint.find(decision.model or "")
    numbers = {"at_least": tokens.at_least, "about": tokens.about, "at_most": tokens.at_most}
    return {
        "format_version": "1.0",
        "protocol": facts.protocol,
        "asked": shown(facts.model),
        "facts": {**_facts(explained), "tokens": numbers},
        "steps": [
            {"route": step.route, "model": step.model, "reason": step.reason}
            for step in explained.steps
        ],
        "route": None if decision is None else decision.route,
        "reason": None if decision is None else decision.reason,
        "model": None if decision is None else decision.model,
        "chain": [] if model is None else list(blueprint.chains[model.name].members),
    }
