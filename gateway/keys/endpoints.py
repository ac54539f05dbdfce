"""A provider's prefix and address in, where its list of models is and how it wants to see a key out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# Prefixes whose address is always in gateway.yaml, and to which LiteLLM itself shows a Bearer token.
_AT_AN_ADDRESS = frozenset(
    (
        *("openai", "text-completion-openai", "custom_openai", "openai_like", "hosted_vllm"),
        *("lm_studio", "llamafile", "litellm_proxy", "xinference", "infinity"),
    )
)
OWN_ADDRESSES = {
    "aiml": "https://api.aimlapi.com/v1",
    "cerebras": "https://api.cerebras.ai/v1",
    "dashscope": "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "deepinfra": "https://api.deepinfra.com/v1/openai",
    "deepseek": "https://api.deepseek.com",
    "featherless_ai": "https://api.featherless.ai/v1",
    "fireworks_ai": "https://api.fireworks.ai/inference/v1",
    "groq": "https://api.groq.com/openai/v1",
    "hyperbolic": "https://api.hyperbolic.xyz/v1",
    "mistral": "https://api.mistral.ai/v1",
    "moonshot": "https://api.moonshot.ai/v1",
    "nano-gpt": "https://nano-gpt.com/api/v1",
    "nebius": "https://api.studio.nebius.ai/v1",
    "novita": "https://api.novita.ai/v3/openai",
    "nvidia_nim": "https://integrate.api.nvidia.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "poe": "https://api.poe.com/v1",
    "sambanova": "https://api.sambanova.ai/v1",
    "synthetic": "https://api.synthetic.new/openai/v1",
    "together_ai": "https://api.together.ai/v1",
    "veniceai": "https://api.venice.ai/api/v1",
    "xai": "https://api.x.ai/v1",
}
"""Services that speak OpenAI's API, by prefix: LiteLLM's own addresses of them (a test compares)."""
# Services whose list anybody may read, and where a key can be looked at instead.
_LOOK_AT_KEY = {"openrouter.ai": "/key"}
_ANTHROPIC, _GEMINI = "https://api.anthropic.com", "https://generativelanguage.googleapis.com"
_ANTHROPIC_VERSION = {"anthropic-version": "2023-06-01"}
_OAUTH_TOKEN, _OAUTH_BETA = "sk-ant-oat", "oauth-2025-04-20"
_AZURE_VERSION = "2024-10-21"
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`list_url` lists the models; `key_url`, where there is one, says whether a key is good.

    `key_header` is the header that the key goes into, behind `scheme`; `more` are headers beside it.
    `has_ids`: whether what it lists is what a fragment's `model` says.
    """

    list_url: str
    key_header: str = "Authorization"
    scheme: str = "Bearer "
    key_url: str | None = None
    has_ids: bool = True
    more: Mapping[str, str] = field(default_factory=dict)

    def headers(self, key: str) -> dict[str, str]:
        """What shows the key."""
        if self.key_header == "x-api-key" and key.startswith(_OAUTH_TOKEN):
            return {"Authorization": f"Bearer {key}", "anthropic-beta": _OAUTH_BETA}
        return {self.key_header: f"{self.scheme}{key}"}


def endpoint_of(
    prefix: str, address: str | None, api_version: str | None = None
) -> Endpoint | None:
    """None where no list of models is known: nothing is guessed, so no key goes anywhere else.

    `address` is the deployment's `api_base`, None for the prefix's own.
    """
    base = address.rstrip("/") if address else None
    if prefix == "anthropic":
        root = _without(base or _ANTHROPIC, "/messages", "/v1")
        url = f"{root}/v1/models?limit={_PAGE}"
        return Endpoint(url, "x-api-key", "", more=_ANTHROPIC_VERSION)
    if prefix == "gemini":
        root = _without(base or _GEMINI, "/v1beta")
        return Endpoint(f"{root}/v1beta/models?pageSize={_PAGE}", "x-goog-api-key", "")
    if prefix == "azure":
        return _azure(base, api_version) if base else None
    if prefix not in _AT_AN_ADDRESS and prefix not in OWN_ADDRESSES:
        return None
    base = base or OWN_ADDRESSES.get(prefix)
    if base is None:
        return None
    looked_at = _LOOK_AT_KEY.get(urlsplit(base).hostname or "")
    return Endpoint(f"{base}/models", key_url=base + looked_at if looked_at else None)


def _azure(base: str, api_version: str | None) -> Endpoint:
    """Lists base models, while fragments name deployments of them."""
    if base.endswith("/openai/v1"):
        return Endpoint(f"{base}/models", "api-key", "", has_ids=False)
    root = _without(base, "/openai")
    url = f"{root}/openai/models?api-version={api_version or _AZURE_VERSION}"
    return Endpoint(url, "api-key", "", has_ids=False)


def _without(base: str, *endings: str) -> str:
    for ending in endings:
        base = base.removesuffix(ending)
    return base
