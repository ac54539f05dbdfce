"""A source file in, the kind of configuration that it is out, with the reader for it.

A reader is a module of its own: `looks_like_NAME(path, text)` says whether a file is its kind, and
`read_NAME(source, folder)` reads it; `folder` is the one that the source's path is relative to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.importing.claude_code_router import (
    looks_like_claude_code_router,
    read_claude_code_router,
)
from gateway.importing.env_files.anthropic_proxy import (
    looks_like_anthropic_proxy,
    read_anthropic_proxy,
)
from gateway.importing.env_files.api_key_proxy import (
    looks_like_api_key_proxy,
    read_api_key_proxy,
)
from gateway.importing.env_files.claude_code_proxy import (
    looks_like_claude_code_proxy,
    read_claude_code_proxy,
)
from gateway.importing.imported import Imported
from gateway.importing.litellm import looks_like_litellm, read_litellm
from gateway.importing.llmoxy import looks_like_llmoxy, read_llmoxy
from gateway.model import GatewayError, SourceFile


@dataclass(frozen=True, slots=True)
class Kind:
    """A tool's configuration: the name that `--kind` takes, what it is for people, and its reader."""

    name: str
    what: str
    looks_like: Callable[[str, str], bool]
    read: Callable[[SourceFile, Path], Imported]


KINDS = (
    Kind("llmoxy", "llmoxy's config.yaml", looks_like_llmoxy, read_llmoxy),
    Kind("litellm", "a LiteLLM configuration", looks_like_litellm, read_litellm),
    Kind(
        "claude-code-router",
        "claude-code-router's config.json",
        looks_like_claude_code_router,
        read_claude_code_router,
    ),
    Kind(
        "llm-api-key-proxy",
        "the .env of LLM-API-Key-Proxy",
        looks_like_api_key_proxy,
        read_api_key_proxy,
    ),
    Kind(
        "anthropic-proxy",
        "the .env of 1rgs/claude-code-proxy",
        looks_like_anthropic_proxy,
        read_anthropic_proxy,
    ),
    Kind(
        "claude-code-proxy",
        "the .env of claude-code-proxy",
        looks_like_claude_code_proxy,
        read_claude_code_proxy,
    ),
)
"""The first that a file looks like is taken: the special before the general."""


def recognise(source: SourceFile, wanted: str | None = None) -> Kind:
    """The kind that the file looks like, or the one that is wanted. Raises GatewayError."""
    names = ", ".join(kind.name for kind in KINDS)
    if wanted is not None:
        found = next((kind for kind in KINDS if kind.name == wanted), None)
        if found is None:
            raise GatewayError(f"there is no kind `{wanted}`", f"use one of: {names}")
        return found
    found = next((kind for kind in KINDS if kind.looks_like(source.path, source.text)), None)
    if found is None:
        known = "; ".join(kind.what for kind in KINDS)
        raise GatewayError(
            f"{source.path} is nothing that can be imported ({known})",
            f"name its kind with --kind: one of {names}",
        )
    return found
