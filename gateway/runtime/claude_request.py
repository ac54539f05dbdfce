"""A request's body in, the facts that a route is decided by out, frozen; whatever the body holds.

Standard library only: the gateway's own commands read saved requests with it. Nothing here raises for
what a client sends: a part of another shape than its protocol's says nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MESSAGES, CHAT = "messages", "chat"
_TAG = re.compile(r"\s*<(CCR-SUBAGENT-MODEL|gateway-model)>([^<]{1,300})</\1>\s*")
_IMAGES = ("image", "image_url", "input_image")  # no set: a type may be anything
_NO_THINKING = frozenset(("none", "disable", "disabled", ""))
_EVERYDAY_EFFORTS = ("low", "medium")
_DEEPEST = 8
_PAGE = 100_000  # of base64: about a page of a PDF, which costs about as much as an image
# Claude Code 2.1.330 sends them; the second with a subagent's requests alone.
_SESSION, _AGENT = "x-claude-code-session-id", "x-claude-code-agent-id"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a request shows. `model` as it was asked for, empty where it is no text.

    `tag` is what the first subagent tag names; `tools` the names and types of the tools offered;
    `texts` everything that costs tokens but the `images`, of which a file's page is one; `headers` have names in lower case. A
    `session` is the main conversation's or one subagent's.
    """

    protocol: str
    model: str
    tag: str | None
    is_subagent: bool
    thinks: bool
    searches: bool
    has_image: bool
    tools: tuple[str, ...]
    headers: Mapping[str, str]
    app: str | None
    session: str | None
    texts: tuple[str, ...] = field(repr=False)
    images: int


def facts_of(
    body: Any, protocol: str, headers: Mapping[str, str] | None = None, app: str | None = None
) -> Facts:
    """`protocol` is `messages` (Anthropic's) or `chat` (OpenAI's)."""
    body = body if isinstance(body, Mapping) else {}
    named = {str(name).lower(): str(value) for name, value in (headers or {}).items()}
    tools = [tool for tool in _listed(body.get("tools")) if isinstance(tool, Mapping)]
    types = [text for tool in tools if (text := _text(tool.get("type")))]
    reading = _Reading()
    reading.add(body.get("system"))
    for message in _listed(body.get("messages")):
        if isinstance(message, Mapping):
            reading.add(message.get("content"))
            reading.add_data(message.get("tool_calls"))
    for tool in tools:
        reading.add_data(tool)
    return Facts(
        protocol=protocol,
        model=_text(body.get("model")) or "",
        tag=next(_tags(body), None),
        is_subagent=_AGENT in named,
        thinks=_thinks(body),
        searches=any(kind.startswith("web_search") for kind in types)
        or isinstance(body.get("web_search_options"), Mapping),
        has_image=_has_image(body),
        tools=tuple(dict.fromkeys((*_tool_names(tools), *types))),
        headers=named,
        app=app,
        session=_session(body, named),
        texts=tuple(reading.texts),
        images=reading.images,
    )


def remove_tags(body: Any) -> bool:
    """Takes every subagent tag out of the body, in place; whether there was one."""
    found = False
    emptied: dict[int, list[Any]] = {}
    gone: set[int] = set()
    for holder, key, siblings in _openings(body):
        text, at = holder[key], 0
        while match := _TAG.match(text, at):
            at, found = match.end(), True
        holder[key] = text[at:]
        if at == len(text) > 0 and siblings is not None:
            emptied[id(siblings)] = siblings
            gone.add(id(holder))
    for siblings in emptied.values():
        # Anthropic's own API refuses an empty text block.
        kept = [block for block in siblings if id(block) not in gone]
        siblings[:] = kept or siblings[-1:]
    return found


def _tags(body: Any) -> Iterator[str]:
    for holder, key, _ in _openings(body):
        match = _TAG.match(holder[key])
        if match:
            yield match[2].strip()


def _openings(body: Any) -> Iterator[tuple[Any, str, list[Any] | None]]:
    """Each text that may begin with a tag, as its holder and key, and the blocks that it stands among.

    They are the system prompt's blocks, and those of the first message of a user, which is where
    Claude Code puts what an agent is asked for.
    """
    if not isinstance(body, Mapping):
        return
    yield from _texts_in(body, "system")
    for message in _listed(body.get("messages")):
        role = message.get("role") if isinstance(message, Mapping) else None
        if role in ("system", "developer", "user"):
            yield from _texts_in(message, "content")
        if role == "user":
            return


def _texts_in(holder: Any, key: str) -> Iterator[tuple[Any, str, list[Any] | None]]:
    value = holder.get(key)
    if isinstance(value, str):
        yield holder, key, None
    for block in _listed(value):
        if isinstance(block, dict) and isinstance(block.get("text"), str):
            yield block, "text", value


class _Reading:
    """The texts of messages and tools, and how many images are among them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.images = 0

    def add(self, content: Any, depth: int = 0) -> None:
        """A message's content: a text, or blocks, of which a tool's result holds more."""
        if isinstance(content, str):
            self.texts.append(content)
        for block in _listed(content):
            if not isinstance(block, Mapping):
                continue
            file = _file_in(block)
            if block.get("type") in _IMAGES:
                self.images += 1
            elif file is not None:
                self.images += 1 + len(file) // _PAGE
            elif "content" in block and depth < _DEEPEST:
                self.add(block["content"], depth + 1)
            elif isinstance(block.get("text"), str):
                self.texts.append(block["text"])
            else:
                self.add_data(block)

    def add_data(self, data: Any) -> None:
        """Anything else costs what its JSON costs."""
        if data is None:
            return
        try:
            self.texts.append(json.dumps(data, ensure_ascii=False))
        except (TypeError, ValueError, RecursionError):
            return


def _file_in(block: Mapping[str, Any]) -> str | None:
    """The base64 of a PDF or of a recording: what it costs is not what its letters would."""
    for holder, key in (("source", "data"), ("file", "file_data"), ("input_audio", "data")):
        inner = block.get(holder)
        if isinstance(inner, Mapping) and inner.get("type", "base64") == "base64":
            data = _text(inner.get(key))
            if data is not None:
                return data
    return None


def _has_image(body: Mapping[str, Any]) -> bool:
    """Whether one of the messages since the last answer shows an image.

    Claude Code puts messages of the system behind the user's.
    """
    for message in reversed(_listed(body.get("messages"))):
        role = message.get("role") if isinstance(message, Mapping) else None
        if role not in ("user", "tool", "system", "developer"):
            return False
        if _shows_image(message.get("content")):
            return True
    return False


def _shows_image(content: Any, depth: int = 0) -> bool:
    return any(
        isinstance(block, Mapping)
        and (
            block.get("type") in _IMAGES
            or (depth < _DEEPEST and _shows_image(block.get("content"), depth + 1))
        )
        for block in _listed(content)
    )


def _thinks(body: Mapping[str, Any]) -> bool:
    """Whether it asks for more thinking than the client does in every turn by itself.

    Claude Code 2.1.330 says `adaptive` each time; what varies is the effort, `medium` for its own names.
    """
    thinking = body.get("thinking")
    kind = thinking.get("type") if isinstance(thinking, Mapping) else None
    if kind == "adaptive":
        output = body.get("output_config")
        wanted = output.get("effort") if isinstance(output, Mapping) else None
        return wanted not in _EVERYDAY_EFFORTS
    if kind == "enabled":
        return True
    effort = body.get("reasoning_effort")
    return isinstance(effort, str) and effort.lower() not in _NO_THINKING


def _tool_names(tools: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for tool in tools:
        function = tool.get("function")
        inner = function.get("name") if isinstance(function, Mapping) else None
        name = _text(tool.get("name")) or _text(inner)
        if name:
            yield name


def _session(body: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    """Claude Code's session: in a header, and in `metadata.user_id`, in one of two shapes."""
    told = headers.get(_SESSION)
    metadata = body.get("metadata")
    user = _text(metadata.get("user_id")) if isinstance(metadata, Mapping) else None
    if not told and user:
        _, mark, told = user.partition("_session_")
        if not mark:
            told = _session_in_json(user)
    return f"{told[:200]} {headers.get(_AGENT, '')[:200]}".strip() if told else None


def _session_in_json(user: str) -> str | None:
    try:
        data = json.loads(user[:2000])
    except (ValueError, RecursionError):
        return None
    return _text(data.get("session_id")) if isinstance(data, dict) else None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
