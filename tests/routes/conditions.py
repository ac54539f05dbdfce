"""What makes a request of each kind, as edits of a plain one: a table test takes them alone and in pairs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.runtime.claude_routes import Routes

ROUTES = Routes.from_data(
    {
        "default_model": "usual",
        "names": {
            **{name: name for name in ("usual", "ruled", "named", "long", "agents", "tagged", "small")},
            **{name: name for name in ("searcher", "thinker", "viewer", "opus-model", "rest", "vectors")},
            "nick": "named",
            "default": "usual",
        },
        "silent": ["vectors"],
        "providers": {
            "cloud": dict.fromkeys(("vendor/named-1", "haiku-1", "opus-1", "named"), "named"),
            "home": {},
        },
        "tiers": {"opus": "opus-model"},
        "routes": {
            "background": "small", "think": "thinker", "long_context": "long", "web_search": "searcher",
            "subagent": "agents", "image": "viewer", "default": "rest",
        },
        "long_context_threshold": 3000,
        "rules": [{"name": "team", "model": "ruled", "when": {"header": {"x-team": "docs*"}}}],
    }
)  # fmt: skip

PLAIN: dict[str, Any] = {
    "path": "/v1/messages",
    "headers": {"user-agent": "claude-cli/2.1.330 (external, cli)"},
    "body": {
        "model": "claude-sonnet-4-5-20250929",
        "max_tokens": 32000,
        "stream": True,
        "system": [{"type": "text", "text": "You are an agent."}],
        "tools": [{"name": "Read", "input_schema": {"type": "object"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "<system-reminder>\nBe kind.\n</system-reminder>"},
                    {"type": "text", "text": "Count the apples."},
                ],
            },
            {"role": "system", "content": [{"type": "text", "text": "# Environment"}]},
        ],
    },
}
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@dataclass(frozen=True, slots=True)
class Condition:
    """`edit` makes a request fulfil it."""

    name: str
    route: str
    model: str
    edit: Callable[[dict[str, Any]], None]


def _team(request: dict[str, Any]) -> None:
    request["headers"]["X-Team"] = "docs-eu"


def _named(name: str) -> Callable[[dict[str, Any]], None]:
    def edit(request: dict[str, Any]) -> None:
        request["body"]["model"] = name

    return edit


def _long(request: dict[str, Any]) -> None:
    words = " ".join(f"{number} apples" for number in range(3000))
    request["body"]["messages"][0]["content"].insert(1, {"type": "text", "text": words})


def _tag(request: dict[str, Any]) -> None:
    system = request["body"]["system"]
    system[-1]["text"] = f"<gateway-model>tagged</gateway-model>{system[-1]['text']}"


def _agent(request: dict[str, Any]) -> None:
    request["headers"]["x-claude-code-agent-id"] = "a1b2"


def _search(request: dict[str, Any]) -> None:
    tool = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
    request["body"]["tools"].append(tool)


def _thinking(request: dict[str, Any]) -> None:
    request["body"]["thinking"] = {"type": "adaptive", "display": "omitted"}


def _image(request: dict[str, Any]) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": _PIXEL}
    request["body"]["messages"][0]["content"].append({"type": "image", "source": source})


CONDITIONS = (
    Condition("rule", "rule:team", "ruled", _team),
    Condition("explicit", "explicit", "named", _named("Cloud,vendor/named-1")),
    Condition("long_context", "long_context", "long", _long),
    Condition("tag", "subagent", "tagged", _tag),
    Condition("subagent", "subagent", "agents", _agent),
    Condition("background", "background", "small", _named("claude-haiku-4-5")),
    Condition("web_search", "web_search", "searcher", _search),
    Condition("think", "think", "thinker", _thinking),
    Condition("image", "image", "viewer", _image),
    Condition("tier", "tier:opus", "opus-model", _named("claude-opus-5-5")),
    Condition("default", "default", "rest", lambda _: None),
)
"""In the order in which they win."""


# A request has one name: these are of two kinds.
_NAMES_OF_BOTH = {
    ("explicit", "background"): "cloud,haiku-1",
    ("explicit", "tier"): "cloud,opus-1",
    ("background", "tier"): "claude-haiku-opus-1",
}


def request_with(*conditions: Condition) -> dict[str, Any]:
    """A plain request that fulfils them all."""
    request = copy.deepcopy(PLAIN)
    for condition in conditions:
        condition.edit(request)
    both = _NAMES_OF_BOTH.get(tuple(condition.name for condition in conditions))
    request["body"]["model"] = both or request["body"]["model"]
    return request
