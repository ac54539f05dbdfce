"""Times what deciding a route adds to a request: the hook with and without it, alternating in one run.

    python benchmarks/routing.py

The hook is called as LiteLLM calls it, on a body that was just parsed. `near` is the slowest case:
the number of tokens lies so close to the limit that they are counted, in a thread.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from gateway.bundled_tokenizer import bundled_encode
from gateway.runtime.callback import GatewayCallback
from gateway.runtime.claude_hook import ClaudeRouter
from gateway.runtime.claude_routes import Routes

ROOT = Path(__file__).parent.parent
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "200"))
WARM = 3
ROUTES = {
    "default_model": "usual",
    "names": {"usual": "usual", "long": "long", "small": "small"},
    "silent": [],
    "providers": {"cloud": {"usual": "usual"}},
    "tiers": {"opus": "long"},
    "routes": {"background": "small", "long_context": "long", "image": "long"},
    "long_context_threshold": 60_000,
    "rules": [{"name": "team", "model": "small", "when": {"header": {"x-team": "docs*"}}}],
}
TOOL = {
    "name": "Read",
    "description": "Reads a file of the working folder and gives its lines back, numbered.",
    "input_schema": {
        "type": "object",
        "properties": {"path": {"type": "string"}, "from": {"type": "integer"}},
    },
}


def request(tokens: int) -> bytes:
    """Claude Code's shape: a system prompt, tools, and turns that quote this project's own files."""
    encode = bundled_encode()
    if encode is None:
        raise SystemExit("install litellm[proxy]")
    files = sorted([*ROOT.glob("docs/*.md"), *(ROOT / "gateway").rglob("*.py")])
    text = "\n".join(path.read_text("utf-8") for path in files)
    body: dict[str, Any] = {"model": "claude-sonnet-4-5", "max_tokens": 1024, "stream": True}
    body["thinking"] = {"type": "adaptive"}
    body["system"] = [{"type": "text", "text": "You are an agent."}]
    body["tools"] = [TOOL] * (1 if tokens < 5_000 else 20)
    left = tokens - len(encode(json.dumps(body["tools"])))
    body["messages"] = []
    at = 0
    while left > 0:
        piece = text[at : at + 6_000] if left > 2_000 else text[at : at + left * 4]
        at = (at + len(piece)) % (len(text) - 6_000)
        left -= len(encode(piece)) + 8
        result = {"type": "tool_result", "tool_use_id": "1", "content": piece}
        body["messages"].append({"role": "user", "content": [result]})
    return json.dumps(body).encode()


async def timed(callback: GatewayCallback, raw: bytes) -> float:
    data = json.loads(raw)
    data["proxy_server_request"] = {"headers": {"user-agent": "claude-cli/2.1.330"}}
    began = time.perf_counter()
    await callback.async_pre_call_hook(None, None, data, "anthropic_messages")
    return (time.perf_counter() - began) * 1_000


async def compare(name: str, raw: bytes, limit: int = 60_000, *, is_cold: bool = False) -> None:
    """Alternating, and which of the two comes first too."""
    encode = bundled_encode()
    assert encode is not None
    routes = Routes.from_data({**ROUTES, "long_context_threshold": limit})
    router = ClaudeRouter(routes, lambda: encode)
    spent: dict[str, list[float]] = {"off": [], "on": []}
    for number in range(ROUNDS + WARM):
        router = ClaudeRouter(routes, lambda: encode) if is_cold else router
        callbacks = {"off": GatewayCallback(), "on": GatewayCallback(router)}
        for kind in ("off", "on") if number % 2 else ("on", "off"):
            taken = await timed(callbacks[kind], raw)
            if number >= WARM:
                spent[kind].append(taken)
    off, on = (statistics.median(spent[kind]) for kind in ("off", "on"))
    worst = statistics.quantiles(spent["on"], n=20)[-1]
    print(
        f"{name:<34} {len(raw) / 1000:>6.0f} kB   off {off:6.3f} ms   on {on:7.3f} ms   "
        f"difference {on - off:7.3f} ms   p95 {worst:7.3f} ms"
    )


async def main() -> None:
    print(f"the hook alone: {ROUNDS} rounds, medians")
    short, middle, long = request(1_000), request(60_000), request(100_000)
    await compare("1,000 tokens", short)
    await compare("100,000 tokens", long)
    await compare("100,000 tokens, sampled", long, 80_000)
    await compare("60,000 tokens at the limit", middle, 61_000)
    await compare("60,000 tokens at the limit, cold", middle, 61_000, is_cold=True)


if __name__ == "__main__":
    asyncio.run(main())
