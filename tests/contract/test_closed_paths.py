"""Which of LiteLLM's own routes the door closes, and that none of those that lead to a model is among them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gateway.runtime.closed_paths import WEBSOCKET, is_closed

# In a process of its own: the proxy's import takes seconds and changes a process for good.
_ROUTES = """
from litellm.proxy.proxy_server import app
seen = set()
def walk(routes, depth=0):
    for route in routes:
        if getattr(route, "path", None):
            seen.add(route.path)
        for name in ("original_router", "app", "router"):
            inner = getattr(route, name, None)
            if inner is not None and inner is not app and hasattr(inner, "routes") and depth < 4:
                walk(inner.routes, depth + 1)
walk(app.routes)
print("\\n".join(sorted(seen)))
"""
# What a first word of a path that may carry a prompt away looks like; those of models stay open.
_SUSPECT = (
    "passthrough",
    "mcp",
    "proxy",
    "files",
    "batches",
    "fine_tuning",
    "rag/",
    "search/",
    "skills",
)
KNOWN_OPEN: list[str] = []
_SERVED = ("/public/", "/.well-known/", "/get/", "/update/", "/v1/models")


@pytest.fixture(scope="module")
def routes() -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _ROUTES], capture_output=True, text=True, timeout=300, check=True
    )
    return done.stdout.splitlines()


def test_what_leads_past_the_models_is_closed(routes: list[str]) -> None:
    assert len(routes) > 300
    suspect = [r for r in routes if any(word in r for word in _SUSPECT)]
    open_ones = [r for r in suspect if not is_closed(r) and not r.startswith(_SERVED)]
    assert sorted(open_ones) == KNOWN_OPEN


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/chat/completions", "/chat/completions", "/v1/completions", "/v1/embeddings"),
        *("/v1/messages", "/v1/messages/count_tokens", "/v1/responses", "/v1/responses/resp_1"),
        *("/v1/models", "/v1/models/mistral", "/models", "/v1/images/generations"),
        *("/v1/audio/transcriptions", "/v1/rerank", "/openai/deployments/gpt/chat/completions"),
        *("/engines/mcp/chat/completions", "/model/info", "/health/liveliness", "/metrics/", "/"),
        *("/openai/v1/responses", "/openai/deployments/a/b/images/generations"),
        *("/v1beta/models/gemini:generateContent", "/utils/token_counter", "/key/generate"),
    ],
)
def test_what_leads_to_a_model_is_open(path: str) -> None:
    assert not is_closed(path)


@pytest.mark.parametrize(
    "path",
    [
        *("/anthropic/v1/messages", "/openai/v1/chat/completions", "/gemini/v1beta/models/x:y"),
        *("/mcp", "/mcp/", "/v1/mcp/tools", "/mcp-rest/test/tools/list", "/anything/mcp"),
        *("/guardrails/test_custom_code", "/v1/files", "/openai/v1/files", "/azure/v1/batches"),
        *("/openai/deployments/gpt/messages", "/openai/deployments/gpt/responses", "/openai/x"),
        *("/vertex_ai/x", "/vertex-ai/x", "/v1/vector_stores/1/search", "/v1/rag/query"),
    ],
)
def test_what_leads_elsewhere_is_closed(path: str) -> None:
    assert is_closed(path)


def test_another_method_of_an_open_path_may_be_closed() -> None:
    """LiteLLM passes on to OpenAI whatever is below `/openai/` and no route of its own."""
    assert is_closed("/openai/v1/responses", "GET")
    assert is_closed("/openai/deployments/gpt/embeddings", "PUT")
    assert is_closed("/openai/v1/realtime", "GET")
    assert not is_closed("/openai/v1/realtime", WEBSOCKET)
    assert is_closed("/vertex_ai/live", WEBSOCKET)
