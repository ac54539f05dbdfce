"""Headers in, diagnostics out about those that meet another, or the key.

What arrives was seen at a stand-in behind LiteLLM 1.106.2: of an `Authorization` and a key only one
arrives, or both in one line, which no server takes; a header in two spellings arrives twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Fragment, Model, Path, Provider, Settings
from gateway.resolve.rules.likeness import heard_twice

# Prefixes that send the key as `Authorization: Bearer …`; asked one by one.
_BEARER = frozenset(
    (
        *("azure_ai", "cerebras", "cloudflare", "cohere_chat", "custom_openai", "dashscope"),
        *("databricks", "deepinfra", "deepseek", "fireworks_ai", "friendliai", "github", "groq"),
        *("hosted_vllm", "huggingface", "hyperbolic", "litellm_proxy", "llamafile", "lm_studio"),
        *("minimax", "mistral", "moonshot", "nano-gpt", "nebius", "novita", "nvidia_nim", "ollama"),
        *("ollama_chat", "openai", "openrouter", "perplexity", "sambanova", "together_ai"),
        *("text-completion-openai", "vercel_ai_gateway", "xai", "zai"),
    )
)


def find_provider_header_mistakes(settings: Settings) -> Iterator[Diagnostic]:
    """In each provider's own headers."""
    for name, data in settings.data["providers"].items():
        headers = data.get("headers", {})
        if not headers:
            continue
        at: Path = ("providers", name, "headers")
        for header, other in heard_twice(headers):
            yield _twice(settings, (*at, header), header, settings, (*at, other))
        if not data.get("api_keys") or data["litellm"] not in _BEARER:
            continue
        for header in headers:
            if header.lower() == "authorization":
                there = settings.key_span(("providers", name, "api_keys"))
                yield _instead_of_the_key(
                    settings,
                    (*at, header),
                    header,
                    name,
                    Related(settings.path, there, "the keys are here"),
                )


def find_header_mistakes(model: Model) -> Iterator[Diagnostic]:
    """In a model's headers, and between them and its providers'."""
    if not model.headers:
        return
    at: Path = ("headers",)
    for header, other in heard_twice(model.headers):
        yield _twice(model.fragment, (*at, header), header, model.fragment, (*at, other))
    for header in model.headers:
        for provider in _providers(model):
            for other in provider.headers:
                if other != header and other.lower() == header.lower():
                    yield _unlike_provider(model, header, provider, other)
            is_key = header.lower() == "authorization"
            if is_key and provider.api_keys and provider.litellm in _BEARER:
                yield _instead_of_the_key(model.fragment, (*at, header), header, provider.name)


def _providers(model: Model) -> list[Provider]:
    return list({u.provider.name: u.provider for u in model.upstreams}.values())


def _twice(file: Fragment, at: Path, header: str, other: Fragment, there: Path) -> Diagnostic:
    return Diagnostic(
        "GW256",
        f"header `{header}` stands here twice, and would be sent twice",
        file.path,
        file.key_span(at),
        "remove one of them",
        Severity.WARNING,
        (Related(other.path, other.key_span(there), "the other is here"),),
    )


def _unlike_provider(model: Model, header: str, provider: Provider, other: str) -> Diagnostic:
    return Diagnostic(
        "GW256",
        f"header `{header}` does not replace `{other}` of provider `{provider.name}`: both are sent",
        model.fragment.path,
        model.fragment.key_span(("headers", header)),
        f"spell it `{other}`",
        Severity.WARNING,
    )


def _instead_of_the_key(
    file: Fragment, at: Path, header: str, provider: str, *related: Related
) -> Diagnostic:
    return Diagnostic(
        "GW256",
        f"header `{header}` and `api_keys` of `{provider}` are one header: one of them is lost",
        file.path,
        file.key_span(at),
        "remove it, or write `api_keys: []`",
        Severity.WARNING,
        related,
    )
