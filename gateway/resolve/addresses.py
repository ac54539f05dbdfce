"""`api_base` and `api_keys` of a provider in, diagnostics out about addresses nobody answers at, and keys forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from gateway.diagnostics import Diagnostic, Severity
from gateway.diagnostics.secrets import says_secret
from gateway.fix import WriteValue
from gateway.model import Path, Settings
from gateway.resolve.hosts import address_of, is_public
from gateway.resolve.providers import NEEDS_ADDRESS
from gateway.resolve.secrets import ENV_PREFIX

# To these addresses LiteLLM adds the path of the request itself; others take a whole one as it is.
_ADDS_PATH = frozenset(
    ["openai", "text-completion-openai", "custom_openai", "litellm_proxy", "lm_studio", "llamafile"]
)
_REQUESTS = ("/chat/completions", "/completions", "/embeddings", "/responses", "/messages")
_OLLAMA = frozenset(["ollama", "ollama_chat"])
# Services that answer nobody without a key.
_WANTS_KEY = frozenset(
    (
        *("openai", "anthropic", "cerebras", "cohere", "cohere_chat", "deepseek"),
        *("fireworks_ai", "gemini", "groq", "mistral", "openrouter", "perplexity"),
        *("together_ai", "xai"),
    )
)


def find_address_mistakes(settings: Settings) -> Iterator[Diagnostic]:
    """Ports and hosts that cannot be, and paths that do not belong into an address."""
    for name, data in settings.data["providers"].items():
        at: Path = ("providers", name, "api_base")
        address = data.get("api_base")
        if address is None or address.startswith(ENV_PREFIX):
            continue
        wrong = _what_is_wrong(address)
        ending = next((end for end in _REQUESTS if address.rstrip("/").endswith(end)), None)
        path, span = settings.path, settings.value_span(at)
        if wrong:
            message, hint = f"`api_base` {wrong}", "write it as `http://host:port/path`"
            yield Diagnostic("GW232", message, path, span, hint)
        elif ending and data["litellm"] in _ADDS_PATH:
            message = f"`api_base` ends in `{ending}`, which LiteLLM adds itself"
            hint = f"remove `{ending}`"
            fix = WriteValue(at, address.rstrip("/").removesuffix(ending))
            yield Diagnostic("GW233", message, path, span, hint, Severity.WARNING, fix=fix)
        elif data["litellm"] in _OLLAMA and address.rstrip("/").endswith("/v1"):
            message = f"`{data['litellm']}` asks Ollama's own API, which is not below `/v1`"
            hint = "remove `/v1`, or use the prefix `openai`"
            yield Diagnostic("GW233", message, path, span, hint, Severity.WARNING)


def _what_is_wrong(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return "has brackets that hold no IPv6 address"
    try:
        port = parts.port
    except ValueError:
        port = 0
    if not host:
        return "has no host"
    if port == 0 or parts.netloc.endswith(":"):
        return "has no port from 1 to 65535 behind its `:`"
    return None


def find_forgotten_keys(settings: Settings) -> Iterator[Diagnostic]:
    """Providers that answer nobody without a key, and about whose keys nothing is said."""
    for name, data in settings.data["providers"].items():
        if "api_keys" in data or "oauth" in data or data["litellm"] not in _WANTS_KEY:
            continue
        address = data.get("api_base")
        if address is None and data["litellm"] in NEEDS_ADDRESS:
            continue  # a mistake of its own
        if address is not None and not _is_public_https(address):
            continue
        if any(says_secret(header) for header in data.get("headers", {})):
            continue
        yield Diagnostic(
            "GW234",
            f"provider `{name}` says nothing about `api_keys`",
            settings.path,
            settings.key_span(("providers", name)),
            "add `api_keys: [NAME_OF_A_VARIABLE]`; write `api_keys: []` if none is needed",
            Severity.WARNING,
        )


def _is_public_https(text: str) -> bool:
    address = address_of(text)
    return address is not None and address.scheme == "https" and is_public(address.host)
