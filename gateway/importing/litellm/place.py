"""A deployment's `litellm_params` in, where it is served out: prefix, model, address, keys and raw parameters."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateway.importing.ledger import ENV_PREFIX, Ledger
from gateway.importing.litellm.prefixes import (
    CLOUD_VARIABLES,
    key_variable,
    own_address,
    split_model,
)
from gateway.importing.litellm.wildcards import why_no_pattern
from gateway.importing.source import Value
from gateway.resolve.providers import KNOWN_OTHERWISE
from gateway.validate import schema
from gateway.yaml_text import encode, shown

# Raw parameters that belong to the provider, not to a model: a region, a version, an account.
_OF_PROVIDER = re.compile(
    r"(?:aws|azure|vertex|vertex_ai|watsonx|oci|gcs|anthropic)_|"
    r"(?:api_version|api_type|organization|project|project_id|region_name|tenant_id|client_id|client_secret"
    r"|ssl_verify|space_id|deployment_id|account_id|use_psc_endpoint_format|use_xai_oauth)\Z"
)
# A placeholder that servers at home are given because a client wants some key.
_PLACEHOLDER = re.compile(
    r"(?i)(?:none|null|empty|na|n/a|dummy|fake|any(?:thing)?|x+|-|placeholder|ollama|lm-studio|vllm|sglang"
    r"|(?:sk-)?(?:no|not|fake|dummy|test|any)[-_ ]?(?:api)?[-_ ]?(?:key)?[-_ ]?(?:needed|required|used|here)?|sk-)\Z"
)
_SHELL_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?\Z")
_PRIVATE = (".local", ".localhost", ".internal", ".lan", ".home", ".home.arpa", ".ts.net")
_HOSTS = {"nano-gpt.com": "nanogpt", "integrate.api.nvidia.com": "nvidia", "api.x.ai": "xai"}
_PORTS = {11434: "ollama", 1234: "lm-studio"}
_REQUESTS = ("/chat/completions", "/completions", "/embeddings", "/responses", "/messages")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deployment is served. `keys` are names of variables; None where nothing is said of keys."""

    prefix: str
    model: str
    api_base: str | None
    keys: tuple[str, ...] | None
    raw: Mapping[str, Any]
    at: Value = field(compare=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[str, str | None, tuple[str, ...] | None, str, str]:
        """Two places with one identity are one provider."""
        raw, headers = (encode(dict(sorted(m.items()))) for m in (self.raw, self.headers))
        return self.prefix, self.api_base, self.keys, raw, headers

    @property
    def base_name(self) -> str:
        """What the provider is called, as long as no other has that name."""
        return _base_name(self.prefix, self.api_base)

    def with_keys(self, keys: tuple[str, ...]) -> Place:
        return replace(self, keys=keys)


def read_place(name: str, entry: Value, params: Value, ledger: Ledger) -> Place | None:
    """None where it cannot be served from here, which is noted."""
    found = _prefix_and_model(name, entry, params, ledger)
    if found is None:
        return None
    prefix, model = found
    api_base = _address(name, prefix, entry, params, ledger)
    if api_base == "":
        return None
    owner = _base_name(prefix, api_base)
    raw = {}
    for key, child in params.items():
        if _OF_PROVIDER.match(key) and (carried := ledger.carried(child, owner)) is not None:
            raw[key] = carried
            _note_file(key, carried, child, ledger)
    api_base = _without_query(api_base, raw)
    _refer_to_address(api_base, params, ledger)
    keys = _keys(prefix, api_base, raw, params, owner, ledger)
    return Place(prefix, model, api_base, keys, raw, entry)


def _note_file(key: str, carried: Any, at: Value, ledger: Ledger) -> None:
    is_file = isinstance(carried, str) and re.match(r"\.{0,2}/|[^{]+\.(?:json|pem|key)\Z", carried)
    if is_file and re.search(r"credentials|key_file|token_file", key):
        ledger.note(
            at,
            f"`{at.name}` names a file, which the container does not have",
            "put the file's content into a variable, and `os.environ/NAME` in its place",
        )


def _prefix_and_model(
    name: str, entry: Value, params: Value, ledger: Ledger
) -> tuple[str, str] | None:
    written, custom = params.child("model"), params.child("custom_llm_provider")
    if written is None or not isinstance(written.data, str):
        ledger.note(entry, f"`{shown(name)}` was not carried over: its `model` is missing")
        return None
    model = str(written.take())
    provider = str(custom.take()) if custom is not None else None
    unfit = why_no_pattern(name, model, provider) if "*" in f"{name}{model}" else None
    if unfit is not None:
        why, hint = unfit
        ledger.note(entry, f"the wildcard `{shown(name)}` was not carried over: {why}", hint)
        return None
    if model.startswith(ENV_PREFIX):
        ledger.note(
            entry, f"`{shown(name)}` was not carried over: its `model` is a variable's value"
        )
        return None
    found = split_model(model, provider)
    if found is None:
        ledger.note(
            entry,
            f"`{shown(name)}` was not carried over: LiteLLM knows no provider for `{shown(model)}`",
            "write its prefix: `openai/…` for a server that speaks OpenAI's API",
        )
    return found


def _address(name: str, prefix: str, entry: Value, params: Value, ledger: Ledger) -> str | None:
    """The address, None where none is needed; empty where it is one that cannot be, which is noted."""
    written = [params.child(key) for key in ("api_base", "base_url")]
    given = [child for child in written if child is not None and child.data]
    for child in written:
        if child is not None:
            child.is_taken = True
    if not given:
        return own_address(prefix)
    for other in given[1:]:
        if other.data != given[0].data:
            ledger.note_overruled(other)
    address = str(given[0].data).rstrip("/")
    is_own = prefix in ("openai", "text-completion-openai")
    ending = next((end for end in _REQUESTS if address.endswith(end)), None) if is_own else None
    if ending:
        address = address.removesuffix(ending)
        ledger.note(given[0], f"`{ending}` was left out of `api_base`: LiteLLM adds it itself")
    if not re.search(_address_pattern(), address.partition("?")[0]):
        ledger.note(
            entry,
            f"`{shown(name)}` was not carried over: its `api_base` is no address that a request can go to",
            "write it as `http://host:port/path`, without user and password",
        )
        return ""
    return address


def _address_pattern() -> str:
    provider = schema("gateway")["properties"]["providers"]["additionalProperties"]
    pattern: str = provider["properties"]["api_base"]["pattern"]
    return pattern


def _without_query(api_base: str | None, raw: dict[str, Any]) -> str | None:
    """Azure's addresses are copied with `?api-version=…`, which is a parameter of its own."""
    if api_base is None or "?" not in api_base:
        return api_base
    address, _, query = api_base.partition("?")
    version = parse_qs(query).get("api-version")
    if version:
        raw.setdefault("api_version", version[0])
    return address.rstrip("/")


def _refer_to_address(api_base: str | None, params: Value, ledger: Ledger) -> None:
    at = params.child("api_base") or params.child("base_url") or params
    if api_base is not None and api_base.startswith(ENV_PREFIX):
        ledger.reference(at, api_base)
    elif host_in(api_base) in ("localhost", "127.0.0.1", "::1"):
        ledger.note(
            at,
            f"{api_base} is this machine itself: in a container it is the container's own",
            "write http://host.docker.internal:PORT where the stack runs in Docker",
        )


def _keys(  # noqa: PLR0913, PLR0917 - each is a fact that decides which key LiteLLM takes
    prefix: str,
    api_base: str | None,
    raw: Mapping[str, Any],
    params: Value,
    owner: str,
    ledger: Ledger,
) -> tuple[str, ...] | None:
    written = params.child("api_key")
    text = str(written.take()) if written is not None and written.data is not None else ""
    if written is not None and text:
        return _written_key(text, written, api_base, owner, ledger)
    if prefix in CLOUD_VARIABLES or KNOWN_OTHERWISE & raw.keys():
        return None
    variable = key_variable(prefix)
    if prefix in ("openai", "text-completion-openai") and api_base != own_address("openai"):
        ledger.note(
            params,
            f"without `api_key` LiteLLM sends OPENAI_API_KEY to {host_in(api_base) or 'that address'}: "
            "carried over as `api_keys: []`",
            "name the variable of its own key in `api_keys`, if it wants one",
        )
        variable = None
    if variable is None:
        return ()
    ledger.variables[variable] = None
    return (variable,)


def _written_key(
    text: str, at: Value, api_base: str | None, owner: str, ledger: Ledger
) -> tuple[str, ...]:
    if text.startswith(ENV_PREFIX):
        return (ledger.reference(at, text),)
    shell = _SHELL_VARIABLE.match(text)
    if shell:
        ledger.note(
            at,
            f"`{at.name}` is no variable to LiteLLM, which sends it as it stands: carried over as "
            f"the variable {shell[1]}",
        )
        return (ledger.reference(at, ENV_PREFIX + shell[1]),)
    if is_public(api_base) or not _PLACEHOLDER.match(text):
        return (ledger.moved(text, f"{owner}_API_KEY"),)
    if text != "none":
        ledger.note(at, "the placeholder in `api_key` became `api_keys: []`")
    return ()


def is_public(address: str | None) -> bool:
    """Whether an address is on the internet as far as its text tells."""
    host = host_in(address)
    if host is None or "." not in host or host.endswith(_PRIVATE):
        return address is None
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return True
    return ip.is_global and ip not in ipaddress.ip_network("100.64.0.0/10")


def host_in(address: str | None) -> str | None:
    """An address's host; None where it has none, or stands in a variable."""
    if address is None or address.startswith(ENV_PREFIX):
        return None
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _base_name(prefix: str, address: str | None) -> str:
    host = host_in(address)
    plain = re.sub(r"_ai\Z|_chat\Z|_beta\Z", "", prefix).replace("_", "-")
    if host is None or prefix not in ("openai", "openai_like", "custom_openai", "anthropic"):
        return plain
    if address == own_address("openai") or host in _HOSTS:
        return _HOSTS.get(host, plain)
    if host in ("localhost", "127.0.0.1", "::1", "host.docker.internal"):
        return _PORTS.get(_port(address), "local")
    try:
        return f"host-{ipaddress.ip_address(host)}".replace(":", "-")
    except ValueError:
        labels = [part for part in host.split(".") if part not in ("api", "www", "openai")]
        return labels[-2] if len(labels) > 1 else host.split(".")[0]


def _port(address: str | None) -> int:
    try:
        return urlsplit(address or "").port or 0
    except ValueError:
        return 0
