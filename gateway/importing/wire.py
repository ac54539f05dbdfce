"""An address that another tool asks in, LiteLLM's prefix and the address for it out.

Measured on 1.106.2: behind `openai` and most others LiteLLM adds `/chat/completions` to the address,
behind `anthropic` `/v1/messages`, behind `gemini` `/models/NAME:generateContent`, behind `azure`
`/openai/deployments/NAME/chat/completions`. Whatever speaks chat completions gets `openai`: the
request goes to the same URL as before, and its tools arrive, which they do not behind every prefix
whose models LiteLLM does not know.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from gateway.importing.words import as_address, host_of

OPENAI = "https://api.openai.com/v1"
_AZURE = re.compile(r"(/openai(?:/deployments/[^/]+)?.*)?\Z")
_VERSION = re.compile(r"[\w.-]{1,40}\Z", re.ASCII)
_VERTEX = frozenset(("vertex-gemini", "vertex-claude", "vertex-ai"))


@dataclass(frozen=True, slots=True)
class Wire:
    """How a provider is asked. `litellm` is raw for each fragment; `lost` is what the address loses."""

    prefix: str
    api_base: str | None
    mode: str | None = None
    api_version: str | None = None
    lost: str | None = None


def wire_of(url: str, speaks: Collection[str] = (), version: str | None = None) -> Wire | None:
    """None for what is no address. `speaks`: names of dialects in small letters; `version`: Azure's."""
    address, _, query = url.partition("#")[0].partition("?")
    base = as_address(address)
    if base is None:
        return None
    asked = version or next(iter(parse_qs(query).get("api-version", ())), None)
    if asked is not None and not _VERSION.match(asked):
        return None
    if version or host_of(base).endswith(".openai.azure.com"):
        return _azure(base, asked)
    return _by_dialect(base, speaks, "its query" if query else None)


def _by_dialect(base: str, speaks: Collection[str], lost: str | None) -> Wire:
    if not _VERTEX.isdisjoint(speaks):
        return Wire("vertex_ai", None, lost="all of it: LiteLLM makes it from project and location")
    if base.endswith("/messages") or set(speaks) == {"anthropic"}:
        return Wire("anthropic", _without(base, "/messages", "/v1"), lost=lost)
    google = host_of(base) == "generativelanguage.googleapis.com" and "/openai" not in base
    if google or "gemini" in speaks:
        return Wire("gemini", _without(base, "/models"), lost=lost)
    if base.endswith("/responses"):
        return Wire("openai", _without(base, "/responses"), mode="responses", lost=lost)
    return Wire("openai", _without(base, "/chat/completions"), lost=lost)


def _azure(base: str, version: str | None) -> Wire:
    root = _AZURE.sub("", base, count=1)
    path = (
        "the path to one deployment: here a model's id is its deployment" if root != base else None
    )
    return Wire("azure", root, api_version=version, lost=path)


def _without(base: str, *endings: str) -> str:
    for ending in endings:
        shorter = base.removesuffix(ending)
        base = shorter if urlsplit(shorter).netloc else base
    return base
