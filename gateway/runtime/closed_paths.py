"""LiteLLM's own ways to places that the project does not name: the door closes them for everybody.

Some pass a request on to a provider with whatever key the caller shows, some ask servers at any address,
some run code of the request's, some keep files with a provider that a parameter names. None can be set up
in a project, and who may ask for a model may not send what they like where they like (`gateway shell`).
Source: the routes of LiteLLM 1.106.2; tests/contract compares them with this list.
"""

from __future__ import annotations

import re

WEBSOCKET = "WEBSOCKET"
_PASSED_THROUGH = (
    "anthropic", "assemblyai", r"eu\.assemblyai", "azure", "azure_ai", "bedrock", "cohere", "cursor",
    "fal_ai", "gemini", "gigachat", "langfuse", "milvus", "mistral", "nvidia_nim",
    "openai", "openai_passthrough", "openrouter", "plugin-proxy", "tinyfish",
    "typesafe", "vertex[-_]ai", "vllm", "watsonx",
)  # fmt: skip
_ELSEWHERE = (
    "a2a", "agents", "assistants", "batches", "containers", "files", "fine_tuning", "guardrails",
    "interactions", "lens", "liteadmin", "mcp", "mcp-rest", "memory", "moyai", "rag", "search",
    "skills", "threads", "toolset", "traces", "vector_stores", "workflows",
)  # fmt: skip
_CLOSED = re.compile(
    rf"/(?:v1/|v1beta/)?(?:{'|'.join((*_PASSED_THROUGH, *_ELSEWHERE))})(?:/|$)"
    r"|/[^/]+/mcp/?$|/[^/]+/v1/(?:files|batches|fine_tuning)(?:/|$)"
)
# What is below `/openai/` and no route of its own goes on to OpenAI, with OPENAI_API_KEY: another
# method of one of these, too.
_OPENAI = {
    "POST": re.compile(
        r"/openai/(?:v1/responses"
        r"|deployments/.+/(?:chat/completions|completions|embeddings|images/(?:generations|edits)))"
    ),
    WEBSOCKET: re.compile(r"/openai/v1/realtime"),
}


def is_closed(path: str, method: str = "POST") -> bool:
    """Whether a request's path leads past the models of the project; `method` may be WEBSOCKET."""
    own = _OPENAI.get(method)
    if own is not None and own.fullmatch(path):
        return False
    return _CLOSED.match(path) is not None
