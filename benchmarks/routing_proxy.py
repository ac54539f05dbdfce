"""Times requests through a real LiteLLM with and without the routing hook, alternating in one process.

    python benchmarks/routing_proxy.py

The proxy runs in this process, so that its hook can be switched off between two requests; what else
LiteLLM does is some hundred times what the hook adds, so the difference is within the noise.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import httpx
from routing import request
from stack.projects import MASTER_KEY, Project, model, provider

from gateway.constants import PROXY_ENVIRONMENT
from gateway.stand_in import StandIn

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "60"))
WARM = 5


def serve(root: Path, port: int) -> None:
    """LiteLLM on the rendered project, in a thread that ends with the process."""
    subprocess.run(
        [sys.executable, "-m", "gateway", "render", "-q", "--project", str(root)], check=True
    )
    os.environ.update({**PROXY_ENVIRONMENT, "LITELLM_MASTER_KEY": MASTER_KEY})
    sys.path.insert(0, str(root / "compose"))
    from litellm import run_server  # noqa: PLC0415 - reads the environment when it is imported

    argv = ["--config", str(root / "compose/litellm_config.yaml"), "--host", "127.0.0.1"]
    serving = threading.Thread(target=run_server, args=([*argv, "--port", str(port)],), daemon=True)
    serving.start()
    until = time.monotonic() + 180
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/liveliness", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise SystemExit("the proxy did not come up")


def compare(client: httpx.Client, instance: Any, router: Any, name: str, raw: bytes) -> None:
    """Both kinds ask for the same model, which the gateway has."""
    body = json.loads(raw)
    body["messages"].append({"role": "user", "content": "hi"})  # the stand-in repeats it
    body = {**body, "model": "usual", "stream": False}
    body.pop("thinking")
    spent: dict[str, list[float]] = {"off": [], "on": []}
    for number in range(ROUNDS + WARM):
        for kind in ("off", "on") if number % 2 else ("on", "off"):
            instance.router = router if kind == "on" else None
            began = time.perf_counter()
            answer = client.post("/v1/messages", json=body)
            taken = (time.perf_counter() - began) * 1_000
            assert answer.status_code == 200, answer.text
            told = answer.headers.get("x-gateway-route")
            assert told == ("asked" if kind == "on" else None), (kind, told)
            if number >= WARM:
                spent[kind].append(taken)
    off, on = (statistics.median(spent[kind]) for kind in ("off", "on"))
    print(
        f"{name:<16} off {off:8.1f} ms   on {on:8.1f} ms   difference {on - off:6.2f} ms ({on / off:.3f})"
    )


def main() -> None:
    routes = {"long_context": "long"}
    with tempfile.TemporaryDirectory() as folder, StandIn("cloud") as cloud:
        project = Project(
            providers={"cloud": provider(cloud.base_url)},
            models={"usual": model("cloud", "usual"), "long": model("cloud", "long")},
            settings={"claude_code": {"routes": routes}},
        )
        root = Path(folder)
        port = project.write(root)
        serve(root, port)
        from gateway_runtime import instance  # noqa: PLC0415 - rendered just now

        headers = {"x-api-key": MASTER_KEY, "anthropic-version": "2023-06-01"}
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
            router = instance.router
            logging.disable(logging.INFO)  # a line for each request
            print(f"through the proxy: {ROUNDS} rounds, medians")
            for name, tokens in (("1,000 tokens", 1_000), ("100,000 tokens", 100_000)):
                compare(client, instance, router, name, request(tokens))
    sys.stdout.flush()
    os._exit(0)  # the proxy's thread has no end of its own


if __name__ == "__main__":
    main()
