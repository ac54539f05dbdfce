"""The transformers of claude-code-router in, what fragments say instead out.

After the README of musistudio/claude-code-router and `packages/core/src/transformer/`: a transformer
that only translates between protocols has nothing left to do, for LiteLLM translates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.importing.record import Key, Place, Record, joined
from gateway.importing.words import has_secret, is_header_value, is_writable

_TRANSLATES = "nothing: LiteLLM translates between the protocols"
TRANSFORMERS = (
    Key("Anthropic", "the prefix `anthropic`, where it is the only one; else nothing"),
    Key("gemini", "the prefix `gemini`"),
    Key("vertex-gemini", "the prefix `vertex_ai`; project and location are for you to write"),
    Key("vertex-claude", "the prefix `vertex_ai`; project and location are for you to write"),
    Key("OpenAI", _TRANSLATES),
    Key("openai-responses", "`mode: responses`"),
    Key("openrouter", "`params.extra_body` for its options; `headers` for `referer` and `title`"),
    Key("groq", _TRANSLATES),
    Key("cerebras", _TRANSLATES),
    Key("vercel", _TRANSLATES),
    Key("streamoptions", _TRANSLATES),
    Key("reasoning", "nothing: LiteLLM turns `reasoning_content` into thinking"),
    Key("maxtoken", "`max_output_tokens`, and `params.max_tokens` for clients that say none"),
    Key("maxcompletiontokens", "`params.max_completion_tokens`, for clients that say none"),
    Key(
        "sampling",
        "`params`, for clients that say none; `params.extra_body` for what is no parameter",
    ),
    Key("customparams", "`params`, and `params.extra_body` for what is no parameter"),
    Key("deepseek", "`max_output_tokens: 8192`, to which it cut `max_tokens`"),
    Key("tooluse", dropped="it made every answer call a tool, and nothing here does"),
    Key("enhancetool", dropped="it mended the arguments of tool calls, and nothing here does"),
    Key("forcereasoning", dropped="it asked for thinking in the prompt, and nothing here does"),
    Key("cleancache", dropped="it removed `cache_control`, and nothing here does"),
    Key("*", dropped="it is a plugin of claude-code-router, whose work nothing here does"),
)
_BY_NAME = {known.name.lower(): known for known in TRANSFORMERS}
# What fragments call `params`, with the least and the most that they may be.
_PARAMS: dict[str, tuple[float, float, bool]] = {
    "temperature": (0, 2, False),
    "top_p": (0, 1, False),
    "top_k": (0, 10**9, True),
    "max_tokens": (1, 10**9, True),
    "max_completion_tokens": (1, 10**9, True),
    "presence_penalty": (-2, 2, False),
    "frequency_penalty": (-2, 2, False),
}
# What claude-code-router's transformer lets through of `max_tokens`.
_DEEPSEEKS = 8192
_OPTIONS_GO_IN = frozenset(
    ("openrouter", "maxtoken", "maxcompletiontokens", "sampling", "customparams")
)


def names_in(source: Record, place: Place) -> frozenset[str]:
    """The names of the transformers of a `use`, in small letters."""
    used = source.at(*place, "use")
    items = used if isinstance(used, list) else ()
    names = (item[0] if isinstance(item, list) and item else item for item in items)
    return frozenset(name.lower() for name in names if isinstance(name, str))


def read_transformers(source: Record, place: Place) -> dict[str, Any]:
    """What the `use` of a place puts into fragments: some of `params`, `headers`, `max_output_tokens`."""
    found: dict[str, Any] = {}
    if source.at(*place) is None or "use" not in source.keys_of(*place):
        return found
    for item in source.items(*place, "use"):
        for name_at, options_at in _named(source, item):
            name = source.text(*name_at)
            known = _BY_NAME.get((name or "").lower(), _BY_NAME["*"])
            if name is None:
                continue
            if known.dropped is not None:
                source.note(item, f"transformer `{name}` is not carried over: {known.dropped}")
                continue
            source.carry(*name_at)
            if name.lower() == "openai-responses":
                found["mode"] = "responses"
            if name.lower() == "deepseek":
                found.setdefault("max_output_tokens", _DEEPSEEKS)
            if name.lower() in _OPTIONS_GO_IN and options_at is not None:
                _read_options(source, options_at, name.lower(), found)
    return found


def _named(source: Record, item: Place) -> Iterator[tuple[Place, Place | None]]:
    """The places of a transformer's name and of its options."""
    value = source.at(*item)
    if isinstance(value, list):
        if value:
            yield (*item, 0), (*item, 1) if len(value) > 1 else None
    else:
        yield item, None


def _read_options(source: Record, place: Place, name: str, found: dict[str, Any]) -> None:
    for option in source.keys_of(*place):
        at = (*place, option)
        value = source.at(*at)
        if has_secret(value, option):
            source.note(
                at,
                f"`{joined(at)}` holds what looks like a key: it is not carried over",
                "put it into .env, and write `os.environ/NAME` under `headers` or `params`",
            )
        elif name == "openrouter" and option in ("referer", "title"):
            _read_header(source, at, "HTTP-Referer" if option == "referer" else "X-Title", found)
        elif name == "openrouter" and option == "providerOrder":
            _read_order(source, at, found)
        elif option in _PARAMS:
            _read_param(source, at, option, found)
        elif not is_writable(value):
            source.note(at, f"`{joined(at)}` cannot be written as YAML: it is not carried over")
        else:
            source.carry(*at)
            _body(found)[option] = value


def _read_param(source: Record, at: Place, option: str, found: dict[str, Any]) -> None:
    least, most, whole = _PARAMS[option]
    value = source.number(*at, least=least, most=most)
    if value is None or (whole and not isinstance(value, int)):
        return
    source.carry(*at)
    found.setdefault("params", {})[option] = value
    if option == "max_tokens":
        found["max_output_tokens"] = value
    source.remark(at, f"`{joined(at)}` was forced on every request: here a client's own value wins")


def _read_header(source: Record, at: Place, header: str, found: dict[str, Any]) -> None:
    value = source.text(*at)
    if value is not None and is_header_value(value) and "os.environ" not in value:
        source.carry(*at)
        found.setdefault("headers", {})[header] = value


def _read_order(source: Record, at: Place, found: dict[str, Any]) -> None:
    value = source.at(*at)
    if isinstance(value, list) and is_writable(value):
        source.carry(*at)
        if value:
            _body(found).setdefault("provider", {})["order"] = value


def _body(found: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = found.setdefault("params", {}).setdefault("extra_body", {})
    return body


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two mappings as one, at every depth; the second wins."""
    both = dict(first)
    for key, value in second.items():
        there = both.get(key)
        is_deep = isinstance(there, dict) and isinstance(value, dict)
        both[key] = merged(there, value) if is_deep else value  # type: ignore[arg-type]
    return both
