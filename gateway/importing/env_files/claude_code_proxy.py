"""The `.env` of claude-code-proxy (fuergaosi233's, and zoonderkins' with more keys) in, a project out.

After `.env.example` and `src/core/config.py` of fuergaosi233/claude-code-proxy and of
zoonderkins/claude-code-proxy: one upstream, and a model for each of Claude Code's tiers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gateway.importing.draft import Draft
from gateway.importing.env_files.reading import assigns, may_be_env, read_env
from gateway.importing.env_files.tiers import add_asked_provider, add_models, model_of
from gateway.importing.imported import Imported
from gateway.importing.record import Key, Place
from gateway.importing.wire import OPENAI, wire_of
from gateway.importing.words import (
    as_variable,
    has_secret,
    is_header_name,
    is_header_value,
    named_after,
)
from gateway.model import GatewayError, SourceFile

KIND = "claude-code-proxy"
KEYS = (
    Key("OPENAI_API_KEY", "the same variable in `.env`, named in `api_keys`"),
    Key("OPENAI_BASE_URL", "`api_base` of the one provider"),
    Key(
        "AZURE_API_VERSION", "the prefix `azure`, and `litellm_params.api_version` of the provider"
    ),
    Key("BIG_MODEL", "a fragment, and the tier `opus` of `claude_code`"),
    Key("MIDDLE_MODEL", "a fragment, and the tier `sonnet` of `claude_code`"),
    Key("SMALL_MODEL", "a fragment, and the tier `haiku` of `claude_code`"),
    Key("ANTHROPIC_API_KEY", "`LITELLM_MASTER_KEY` in `.env`, where it is long enough"),
    Key("HOST", "`server.bind`, where it is an address; `0.0.0.0` is noted"),
    Key("PORT", "`server.port`"),
    Key("REQUEST_TIMEOUT", "`timeouts.total`"),
    Key("MAX_TOKENS_LIMIT", "`max_output_tokens` of the provider"),
    Key("MIN_TOKENS_LIMIT", "`min_output_tokens` of the provider"),
    Key("CUSTOM_HEADER_*", "`headers` of the provider; a secret stays a variable of `.env`"),
    Key("OPENAI_HEADERS", "the same, for each header of the JSON text"),
    Key("REQUESTY_AUTO_CACHE", "`params.extra_body.requesty.auto_cache` of the provider"),
    Key("REQUESTY_API_KEY", dropped="claude-code-proxy never sends it"),
    Key(
        "MAX_RETRIES",
        dropped="a request goes to the next key or fallback instead of once more to the same",
    ),
    Key("LOG_LEVEL", dropped="`gateway logs` shows the gateway's own log"),
    Key("SUPPORTS_PROMPT_CACHE", dropped="LiteLLM decides that by the model"),
    Key("SSL_VERIFY", dropped="certificates are always checked"),
    Key("CA_BUNDLE_PATH", dropped="no file of this machine is in the container"),
    Key("*", dropped="nothing here takes it"),
)
_HEADER = "CUSTOM_HEADER_"
# What the HTTP client writes itself: a fixed value would break requests, or go to a wrong host.
_OF_THE_CLIENT = frozenset(("host", "content-type", "content-length", "connection"))
_BOUNDS = {"MIN_TOKENS_LIMIT": "min_output_tokens", "MAX_TOKENS_LIMIT": "max_output_tokens"}
_TIERS = {"BIG_MODEL": "opus", "MIDDLE_MODEL": "sonnet", "SMALL_MODEL": "haiku"}


def looks_like_claude_code_proxy(path: str, text: str) -> bool:
    named = assigns(text, "BIG_MODEL", "MIDDLE_MODEL", "SMALL_MODEL", "CUSTOM_HEADER_[A-Z_]+")
    return may_be_env(path) and named


def read_claude_code_proxy(file: SourceFile, _folder: Path) -> Imported:
    """Raises GatewayError where the upstream's address is none."""
    source = read_env(file.path, file.text)
    draft = Draft(KIND, source)
    source.drop_known(KEYS)
    url = source.text("OPENAI_BASE_URL") if source.at("OPENAI_BASE_URL") else None
    version = source.text("AZURE_API_VERSION") if source.at("AZURE_API_VERSION") else None
    wire = wire_of(url or OPENAI, version=version)
    if wire is None:
        raise GatewayError(f"{file.path}: `OPENAI_BASE_URL` is no address that can be carried over")
    source.carry("OPENAI_BASE_URL")
    key = ("OPENAI_API_KEY",)
    data: dict[str, Any] = {
        "api_keys": [draft.add_secret(key, "OPENAI_API_KEY", str(source.at(*key) or ""))]
    }
    headers = _headers(draft)
    if headers:
        data["headers"] = headers
    data.update(_for_all_models(draft))
    provider = add_asked_provider(draft, named_after(url or OPENAI), wire, "OPENAI_BASE_URL", data)
    if wire.api_version is not None:
        source.carry("AZURE_API_VERSION")
    big = model_of(draft, "BIG_MODEL", "gpt-4o")
    models = {
        "BIG_MODEL": (provider, big),
        "MIDDLE_MODEL": (provider, model_of(draft, "MIDDLE_MODEL", big)),
        "SMALL_MODEL": (provider, model_of(draft, "SMALL_MODEL", "gpt-4o-mini")),
    }
    names = add_models(draft, models, {})
    draft.add_tiers({tier: names.get(v) for v, tier in _TIERS.items()})
    _server(draft)
    return draft.finish(
        names.get("BIG_MODEL"), GatewayError(f"{file.path} names no model that can be carried over")
    )


def _server(draft: Draft) -> None:
    at = draft.source.at
    if at("REQUEST_TIMEOUT") is not None:
        draft.add_timeout(("REQUEST_TIMEOUT",), 1)
    if at("HOST") is not None:
        draft.add_host(("HOST",))
    if at("PORT") is not None:
        draft.add_port(("PORT",))
    if at("ANTHROPIC_API_KEY"):
        _client_key(draft, ("ANTHROPIC_API_KEY",))


def _client_key(draft: Draft, place: Place) -> None:
    """What clients are to show; a real key of Anthropic's is not made the key to this gateway."""
    if str(draft.source.at(*place)).startswith("sk-ant-"):
        dropped = "it is a key of Anthropic's, and no model here is asked with it"
        draft.source.drop(place, Key("ANTHROPIC_API_KEY", dropped=dropped))
    else:
        draft.add_client_key(place)


def _for_all_models(draft: Draft) -> dict[str, Any]:
    source, found = draft.source, _bounds(draft)
    cache = source.at("REQUESTY_AUTO_CACHE")
    if isinstance(cache, str):
        source.carry("REQUESTY_AUTO_CACHE")
        if cache.lower() in ("true", "1", "yes", "on"):
            found["params"] = {"extra_body": {"requesty": {"auto_cache": True}}}
    return found


def _bounds(draft: Draft) -> dict[str, Any]:
    """What a request's `max_tokens` is lowered and raised to."""
    source, found = draft.source, dict[str, Any]()
    for variable, key in _BOUNDS.items():
        value = source.number(variable, least=1) if source.at(variable) is not None else None
        if isinstance(value, int):
            source.carry(variable)
            found[key] = value
    low, high = (found.get(key) for key in _BOUNDS.values())
    if low is not None and high is not None and low > high:
        place = ("MIN_TOKENS_LIMIT",)
        source.drop(place, Key("MIN_TOKENS_LIMIT", dropped="it is above `MAX_TOKENS_LIMIT`"))
        del found["min_output_tokens"]
    return found


def _headers(draft: Draft) -> dict[str, str]:
    """The headers that the variables ask for, each with its value or a reference to its variable."""
    source, found = draft.source, dict[str, str]()
    for variable in source.keys_of():
        if variable.startswith(_HEADER):
            name = variable.removeprefix(_HEADER).replace("_", "-")
            value = _header(draft, (variable,), variable, (name, source.at(variable)))
            found.update({} if value is None else {name: value})
    if source.at("OPENAI_HEADERS") is not None:
        found.update(_json_headers(draft, ("OPENAI_HEADERS",)))
    return found


def _json_headers(draft: Draft, place: Place) -> dict[str, str]:
    try:
        headers = json.loads(str(draft.source.at(*place)))
    except (ValueError, RecursionError):
        headers = None
    if not isinstance(headers, dict):
        draft.source.note(place, "`OPENAI_HEADERS` is no JSON object: it is not carried over")
        return {}
    draft.source.carry(*place)
    found = {
        name: _header(draft, place, as_variable("OPENAI_HEADER", name), (name, value))
        for name, value in headers.items()
    }
    return {name: value for name, value in found.items() if value is not None}


def _header(draft: Draft, place: Place, variable: str, header: tuple[str, object]) -> str | None:
    """What stands for a header's value: itself, or where it may be a secret its variable."""
    name, value = header
    sound = isinstance(value, str) and is_header_value(value) and is_header_name(name)
    if not sound or not value or name.lower() in _OF_THE_CLIENT or "os.environ" in str(value):
        draft.source.note(
            place, f"a header of `{place[0]}` is not carried over: it cannot be a fixed one"
        )
        return None
    if has_secret(value, name):
        return f"os.environ/{draft.add_secret(place, variable, str(value))}"
    draft.source.carry(*place)
    return str(value)
