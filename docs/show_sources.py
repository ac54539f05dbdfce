"""What cog calls from docs/import-sources.md: the tables of keys that the readers themselves use."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.importing import llmoxy
from gateway.importing.claude_code_router import TOP_KEYS
from gateway.importing.claude_code_router.providers import PROVIDER_KEYS
from gateway.importing.claude_code_router.routes import ROUTER_KEYS
from gateway.importing.claude_code_router.transformers import TRANSFORMERS
from gateway.importing.env_files import anthropic_proxy, api_key_proxy, claude_code_proxy
from gateway.importing.record import Key

TABLES: dict[str, Sequence[Key]] = {
    "llmoxy": llmoxy.KEYS,
    "claude-code-router": TOP_KEYS,
    "Providers": PROVIDER_KEYS,
    "Router": ROUTER_KEYS,
    "transformer": TRANSFORMERS,
    "claude-code-proxy": claude_code_proxy.KEYS,
    "anthropic-proxy": anthropic_proxy.KEYS,
    "llm-api-key-proxy": api_key_proxy.KEYS,
}


def table(name: str) -> None:
    """What becomes of each key: where its value goes, or why it is only noted."""
    print("| key | becomes |\n|---|---|")
    for key in TABLES[name]:
        shown = "any other" if key.name == "*" else f"`{key.name}`"
        print(f"| {shown} | {key.becomes or f'noted: {key.dropped}'} |")
