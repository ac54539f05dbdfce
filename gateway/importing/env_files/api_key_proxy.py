"""The `.env` of Mirrowel/LLM-API-Key-Proxy in, a project as data out.

After `.env.example`, `src/rotator_library/provider_config.py` and the model definitions there: keys
are found by their variables' names, and models are asked of each provider at start. Only what the
file itself names becomes a fragment; its clients ask for `provider/model`, and still can.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.importing.draft import Draft
from gateway.importing.env_files.key_proxy_models import Wanted, wanted_models
from gateway.importing.env_files.reading import assigns, may_be_env, read_env
from gateway.importing.imported import Imported
from gateway.importing.record import Key, Record
from gateway.importing.wire import OPENAI, wire_of
from gateway.importing.words import (
    as_provider_name,
    duration,
    is_on_this_machine,
    is_placeholder,
    is_variable,
)
from gateway.model import GatewayError, SourceFile
from gateway.resolve.litellm_snapshot import known
from gateway.resolve.providers import NEEDS_ADDRESS, NEEDS_NO_KEY_FIELD

KIND = "llm-api-key-proxy"
_OAUTH = "logins of other programs are not taken over"
_OWN_ROTATION = "keys are rotated evenly, and one that fails rests for `failover.cooldown`"
_HTTP = "`timeouts` bounds a call from its start to its end"
KEYS = (
    Key("PROXY_API_KEY", "`LITELLM_MASTER_KEY` in `.env`, where it is long enough"),
    Key("*_API_KEY", "the same variable in `.env`, named in `api_keys` of its provider"),
    Key("*_API_KEY_*", "the same: several keys of a provider are rotated"),
    Key("*_API_BASE", "`api_base` of its provider"),
    Key("*_MODELS", "a fragment for each model, called `provider/model`"),
    Key("WHITELIST_MODELS_*", "a fragment for each model, where `*_MODELS` names none"),
    Key("IGNORE_MODELS_*", "models that are left out"),
    Key("MAX_CONCURRENT_REQUESTS_PER_KEY_*", "`limits.max_parallel_requests` of its fragments"),
    Key("ROTATION_MODE_*", "nothing for `balanced`, which is what happens here; else it is noted"),
    Key("TIMEOUT_CONNECT", "`failover.connect`"),
    Key("TIMEOUT_READ_NON_STREAMING", "`timeouts.total`"),
    Key("TIMEOUT_READ_STREAMING", dropped=_HTTP),
    Key("TIMEOUT_WRITE", dropped=_HTTP),
    Key("TIMEOUT_POOL", dropped=_HTTP),
    Key("GLOBAL_TIMEOUT", dropped="no request waits for a key: the next fallback is asked"),
    Key("*_OAUTH_*", dropped=_OAUTH),
    Key("*_ACCESS_TOKEN", dropped=_OAUTH),
    Key("*_REFRESH_TOKEN", dropped=_OAUTH),
    Key("OAUTH_REFRESH_INTERVAL", dropped=_OAUTH),
    Key("SKIP_OAUTH_INIT_CHECK", dropped=_OAUTH),
    Key("GEMINI_CLI_*", dropped=_OAUTH),
    Key("ANTIGRAVITY_*", dropped=_OAUTH),
    Key("CONCURRENCY_MULTIPLIER_*", dropped="every key has the same limit"),
    Key("QUOTA_GROUPS_*", dropped=_OWN_ROTATION),
    Key("FAIR_CYCLE_*", dropped=_OWN_ROTATION),
    Key("EXHAUSTION_COOLDOWN_THRESHOLD*", dropped=_OWN_ROTATION),
    Key("CUSTOM_CAP_*", dropped="no key has a quota of its own here"),
    Key("OVERRIDE_TEMPERATURE_ZERO", dropped="a client's temperature is sent as it is"),
    Key("SUPPRESS_LITELLM_SERIALIZATION_WARNINGS", dropped="`gateway logs` shows the log"),
    Key("*", dropped="nothing here takes it"),
)
_KEY = re.compile(r"(?P<provider>.+?)_API_KEY(?:_\w+)?\Z")
_BASE = re.compile(r"(?P<provider>.+)_API_BASE\Z")
_MODELS = re.compile(r"(?!(?:IGNORE|WHITELIST)_)(?P<provider>.+)_MODELS\Z")
_OF_PROVIDER = re.compile(
    r"(?P<what>IGNORE_MODELS|WHITELIST_MODELS|ROTATION_MODE|MAX_CONCURRENT_REQUESTS_PER_KEY)"
    r"_(?P<provider>.+)\Z"
)
# What the tool calls a provider, and LiteLLM's prefix for it.
_PREFIXES = {
    "nvidia": "nvidia_nim",
    "nanogpt": "nano-gpt",
    "nano_gpt": "nano-gpt",
    "together": "together_ai",
    "fireworks": "fireworks_ai",
}
# Prefixes that want more than a key and an address, or are no service at all.
_NOT_ALONE = frozenset(
    (
        *("azure", "azure_ai", "azure_text", "cloudflare", "snowflake", "watsonx", "oci", "sap"),
        *("custom", "custom_openai", "auto_router", "litellm_agent", "a2a", "a2a_agent"),
    )
)
# Prefixes that speak a protocol of their own, also at another address.
_OWN_PROTOCOL = frozenset(("anthropic", "gemini", "cohere", "cohere_chat", "replicate"))


@dataclass(slots=True)
class _Found:
    """The variables of one provider."""

    keys: list[str] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)


def looks_like_api_key_proxy(path: str, text: str) -> bool:
    own = assigns(text, "PROXY_API_KEY", r"[A-Z0-9_]+_API_KEY_\d+", r"ROTATION_MODE_[A-Z0-9_]+")
    return may_be_env(path) and own


def read_api_key_proxy(file: SourceFile, _folder: Path) -> Imported:
    """Raises GatewayError where the file names no model of a provider that can be carried over."""
    source = read_env(file.path, file.text)
    draft = Draft(KIND, source)
    providers = _by_provider(source)
    _settings(draft)
    for provider, found in providers.items():
        _read_provider(draft, provider, found)
    source.drop_known(KEYS)
    if source.at("PROXY_API_KEY"):
        draft.add_client_key(("PROXY_API_KEY",))
    asked = ", ".join(
        f"{name}_MODELS='[\"…\"]'" for name, f in list(providers.items())[:3] if f.keys
    )
    return draft.finish(
        None,
        GatewayError(
            f"{file.path} names no model: LLM-API-Key-Proxy asks every provider for its models at start",
            f"name those that you use, as {asked or 'OPENAI_MODELS=…'}, and import it again",
        ),
    )


def _by_provider(source: Record) -> dict[str, _Found]:
    """The variables by the provider that their name says, in the order of the file."""
    found: dict[str, _Found] = {}
    for name in source.keys_of():
        if name == "PROXY_API_KEY" or "_OAUTH_" in name:
            continue
        for kind, pattern in (
            ("", _OF_PROVIDER),
            ("MODELS", _MODELS),
            ("BASE", _BASE),
            ("KEY", _KEY),
        ):
            match = pattern.match(name)
            if match is None:
                continue
            one = found.setdefault(match["provider"], _Found())
            if kind == "KEY":
                one.keys.append(name)
            else:
                one.about[kind or match["what"]] = name
            break
    return found


def _settings(draft: Draft) -> None:
    if draft.source.at("TIMEOUT_READ_NON_STREAMING") is not None:
        draft.add_timeout(("TIMEOUT_READ_NON_STREAMING",), 1)
    if draft.source.at("TIMEOUT_CONNECT") is not None:
        seconds = draft.source.number("TIMEOUT_CONNECT", least=0.001)
        if seconds is not None:
            draft.source.carry("TIMEOUT_CONNECT")
            draft.settings["failover"] = {"connect": duration(seconds)}


def _read_provider(draft: Draft, name: str, found: _Found) -> None:
    source, lower = draft.source, name.lower()
    if not found.keys and "BASE" not in found.about:
        for variable in found.about.values():
            source.note((variable,), f"`{variable}` is not carried over: `{lower}` has no key here")
        return
    wire = _wire(draft, lower, found)
    if wire is None:
        for variable in (*found.keys, *found.about.values()):
            source.note(
                (variable,),
                f"`{variable}` is not carried over: LiteLLM cannot ask `{lower}` with it alone",
                "write a provider and its fragments",
            )
        return
    prefix, base = wire
    data: dict[str, Any] = {"litellm": prefix}
    if base is not None:
        data["api_base"] = base
    data["api_keys"] = _keys(draft, found.keys)
    provider = draft.add_provider(as_provider_name(lower), data)
    more = _for_each_model(draft, found)
    wanted = list(wanted_models(source, lower, found.about))
    for one in wanted:
        _add_model(draft, provider, lower, one, more)
    if not wanted and found.keys:
        source.remark(
            (found.keys[0],),
            f"no model of `{lower}` is named: LLM-API-Key-Proxy asks the provider for them at start",
            f"write a fragment for each: `provider: {provider}` and `model:`",
        )


def _wire(draft: Draft, name: str, found: _Found) -> tuple[str, str | None] | None:
    """LiteLLM's prefix and the address; None where neither is known."""
    source = draft.source
    prefix = _PREFIXES.get(name, name.replace("_", "-") if name not in known("providers") else name)
    is_known = prefix in known("providers") and prefix not in _NOT_ALONE | NEEDS_NO_KEY_FIELD
    variable = found.about.get("BASE")
    if variable is not None and source.at(variable):
        url = source.text(variable)
        wire = wire_of(url) if url is not None else None
        if wire is None or wire.api_base is None:
            return None
        source.carry(variable)
        if is_on_this_machine(wire.api_base):
            source.remark(
                (variable,),
                f"`{variable}` is this machine: in a container that would be the container itself",
                "with Docker write `host.docker.internal` instead",
            )
        return prefix if prefix in _OWN_PROTOCOL else "openai", wire.api_base
    if variable is not None:
        source.carry(variable)
    if prefix == "openai":
        return prefix, OPENAI
    return (prefix, None) if is_known and prefix not in NEEDS_ADDRESS else None


def _keys(draft: Draft, variables: list[str]) -> list[str]:
    """The variables to rotate: those with a key in them, else the first, which is to be filled in."""
    source, found = draft.source, list[str]()
    for variable in variables:
        value = str(source.at(variable) or "")
        if value and not is_placeholder(value) and is_variable(variable):
            found.append(draft.add_secret((variable,), variable, value))
        elif variable != variables[0]:
            source.note(
                (variable,), f"`{variable}` holds no key: it is not rotated with the others"
            )
    if not found and variables and is_variable(variables[0]):
        first = variables[0]
        return [draft.add_secret((first,), first, str(source.at(first) or ""))]
    if variables and variables[0] not in found:
        source.note(
            (variables[0],), f"`{variables[0]}` holds no key: it is not rotated with the others"
        )
    return found


def _for_each_model(draft: Draft, found: _Found) -> dict[str, Any]:
    source, more = draft.source, dict[str, Any]()
    limit = found.about.get("MAX_CONCURRENT_REQUESTS_PER_KEY")
    if limit is not None:
        value = source.number(limit, least=1)
        if isinstance(value, int):
            source.carry(limit)
            more["limits"] = {"max_parallel_requests": value}
    mode = found.about.get("ROTATION_MODE")
    if mode is not None and source.at(mode) == "balanced":
        source.carry(mode)
    elif mode is not None:
        source.drop((mode,), Key(mode, dropped=_OWN_ROTATION))
    return more


def _add_model(draft: Draft, provider: str, lower: str, one: Wanted, more: dict[str, Any]) -> None:
    name = draft.add_model((one.variable,), f"{lower}/{one.name}", provider, one.model)
    if name is not None:
        draft.source.carry(one.variable)
        draft.fragments[name].update(more)
        if one.params:
            draft.fragments[name]["params"] = one.params
